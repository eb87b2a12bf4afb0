/** What is known of a model before anything is concluded from it, and safe ways to read it. */

/** Everything a description may draw on. `config` is a whole config.json or the extract the hub answers for `expand[]=config`. */
export interface ModelFacts {
  readonly modelId: string;
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly tokenizerConfig?: Readonly<Record<string, unknown>> | null;
  /** Text of chat_template.jinja; it stands over every other place a template may be in. */
  readonly chatTemplate?: string | null;
  readonly tags: readonly string[];
  readonly pipelineTag?: string | null;
  /** Stored elements by data type (`BF16`, `U32`…), as the hub answers them or as the headers of the weight files add up. */
  readonly safetensors?: { readonly parameters: Readonly<Record<string, number>>; readonly total: number } | null;
  readonly weightsBytes?: number | null;
  /** Paths inside the repository. */
  readonly fileNames?: readonly string[];
}

export type Json = Readonly<Record<string, unknown>>;

/** The value when it is a plain object; null for anything else. Configs are written by strangers. */
export function asRecord(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** The value when it is a string with something in it. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** The value when it is a whole number above zero that a double holds exactly. */
export function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** The value when it is a finite number above zero. */
export function asPositive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

/** The strings in a list; [] for anything else. */
export function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/**
 * First own value of these keys that `read` accepts, in the order of the keys.
 * Own only: a config may not be answered by `Object.prototype`.
 */
export function firstOf<T>(source: Json | null, keys: readonly string[], read: (value: unknown) => T | null): T | null {
  if (source === null) return null;
  for (const key of keys) {
    const value = Object.hasOwn(source, key) ? read(source[key]) : null;
    if (value !== null) return value;
  }
  return null;
}

/** Where multimodal configs keep their language model: transformers' `text_config`, DeepSeek-VL2's `language_config`, InternVL's `llm_config`. */
const TEXT_CONFIG_KEYS = ['text_config', 'language_config', 'llm_config'] as const;

/**
 * The configs to ask about the language model, the most specific first: the nested text config, a thinker's (Qwen-Omni)
 * around it, the whole config last, since older multimodal models (Qwen2-VL, LLaVA) keep everything at the top.
 */
export function textConfigs(config: Json | null): readonly Json[] {
  if (config === null) return [];
  const found: Json[] = [];
  const thinker = asRecord(config['thinker_config']);
  for (const holder of thinker === null ? [config] : [thinker, config]) {
    const nested = firstOf(holder, TEXT_CONFIG_KEYS, asRecord);
    if (nested !== null) found.push(nested);
    found.push(holder);
  }
  return found;
}

/** First value of these keys in any of the configs; every key is tried in the most specific config first. */
export function lookUp<T>(configs: readonly Json[], keys: readonly string[], read: (value: unknown) => T | null): T | null {
  for (const config of configs) {
    const value = firstOf(config, keys, read);
    if (value !== null) return value;
  }
  return null;
}

/** `model_type` of config.json, untouched. */
export function modelTypeOf(config: Json | null): string | null {
  return firstOf(config, ['model_type'], asText);
}

/** Last part of a hub id (`Qwen/Qwen3-8B` → `Qwen3-8B`), or of a folder's path. */
export function repositoryName(modelId: string): string {
  return modelId.split(/[\\/]/u).findLast((part) => part !== '') ?? modelId;
}

/** The words of a repository's name, in lower case. */
export function nameTokens(modelId: string): string[] {
  return repositoryName(modelId)
    .toLowerCase()
    .split(/[-_\s]+/u)
    .filter((token) => token !== '');
}
