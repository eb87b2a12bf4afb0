/**
 * Tool use and thinking, read from the text of the chat template, and the parser that reads them back. The names are those that
 * `--tool-call-parser` and `--reasoning-parser` of mlx-openai-server 1.8.1 accept (`TOOL_PARSER_MAP`, `REASONING_PARSER_MAP`,
 * `UNIFIED_PARSER_MAP` in its app/parsers/__init__.py). mlx-lm 0.32.2 takes no name: it infers a tool parser by the same kind of marker
 * (tokenizer_utils.py, `_infer_tool_parser`). It has some that mlx-openai-server lacks: mistral, pythonic (LFM2), minicpm5, laguna,
 * muse_spark and kimi_k3; and it lacks harmony (GPT-OSS), solar_open and Step's thinking. A null here therefore does not say that
 * mlx-lm reads no calls.
 */
import { asRecord, asText, firstOf, lookUp, modelTypeOf, textConfigs, type ModelFacts } from './facts.js';

/** Tool parsers mlx-openai-server 1.8.1 knows. */
export const TOOL_CALL_PARSERS = [
  'hermes',
  'qwen3',
  'qwen3_coder',
  'qwen3_moe',
  'qwen3_vl',
  'glm4_moe',
  'minimax_m2',
  'nemotron3_nano',
  'functiongemma',
  'gemma4',
  'iquest_coder_v1',
  'solar_open',
  'longcat_flash_lite',
  'kimi_k2',
  'step_35',
  'harmony',
] as const;
export type ToolCallParser = (typeof TOOL_CALL_PARSERS)[number];

/** Reasoning parsers mlx-openai-server 1.8.1 knows. */
export const REASONING_PARSERS = [
  'hermes',
  'qwen3',
  'qwen3_moe',
  'qwen3_vl',
  'qwen3_5',
  'glm4_moe',
  'glm47_flash',
  'minimax_m2',
  'nemotron3_nano',
  'solar_open',
  'gemma4',
  'kimi_k2',
  'mixed_think_tool_handoff',
  'step_35',
  'harmony',
] as const;
export type ReasoningParser = (typeof REASONING_PARSERS)[number];

export interface ToolsAndThinking {
  readonly toolUse: boolean;
  readonly toolCallParser: ToolCallParser | null;
  readonly thinking: boolean;
  readonly reasoningParser: ReasoningParser | null;
}

/** A template is one text, or several named ones (`default`, `tool_use`): all of them together then. */
function templateText(value: unknown): string | null {
  if (!Array.isArray(value)) return asText(value);
  const texts = value.flatMap((entry) => firstOf(asRecord(entry), ['template'], asText) ?? []);
  return texts.length === 0 ? null : texts.join('\n');
}

/** The chat template, wherever it is: chat_template.jinja stands over the tokenizer's own, as in transformers. */
export function chatTemplateOf(facts: ModelFacts): string | null {
  const { config } = facts;
  return (
    asText(facts.chatTemplate) ??
    firstOf(config, ['chat_template_jinja'], asText) ??
    firstOf(asRecord(facts.tokenizerConfig), ['chat_template'], templateText) ??
    firstOf(asRecord(config?.['tokenizer_config']), ['chat_template'], templateText)
  );
}

/** The template reads the variable `tools`, so a client's tools reach the model. The mere word in a sentence does not count. */
const READS_TOOLS = /\b(?:if|elif|in|not|and|or)\s+tools\b(?!_)|\btools\s*(?:\||is\b|-?%\}|-?\}\})/u;

/** Family of the JSON-in-`<tool_call>` format; all are the Hermes parser under names that say for whom. */
function hermesName(type: string): ToolCallParser {
  if (type.startsWith('qwen3_vl')) return 'qwen3_vl';
  if (type === 'qwen3_moe') return 'qwen3_moe';
  return type === 'qwen3' ? 'qwen3' : 'hermes';
}

/** Family of the `<function=NAME>` format, likewise. */
function functionParameterName(type: string): ToolCallParser {
  if (type.startsWith('nemotron')) return 'nemotron3_nano';
  return type.startsWith('step3p5') || type.startsWith('step_35') ? 'step_35' : 'qwen3_coder';
}

/** Which parser reads the calls this template teaches; null when none of them does (Mistral, Llama's JSON, LFM2, Cohere, Phi, Granite 3). */
function toolCallParser(template: string, type: string): ToolCallParser | null {
  const has = (...marks: string[]): boolean => marks.every((mark) => template.includes(mark));
  if (has('<minimax:tool_call>')) return 'minimax_m2';
  if (has('<|tool_call>', '<tool_call|>')) return 'gemma4';
  if (has('<start_function_call>')) return 'functiongemma';
  if (has('<longcat_tool_call>')) return 'longcat_flash_lite';
  if (has('<|tool_call:begin|>')) return 'solar_open';
  if (has('<arg_key>')) return 'glm4_moe';
  if (has('<|tool_calls_section_begin|>')) return 'kimi_k2';
  if (isHarmony(template)) return 'harmony';
  if (has('<tool_call>', '<function=')) return functionParameterName(type);
  if (has('<tool_call>', 'arguments')) return hermesName(type);
  // Kimi K2's first template declares tools and leaves the form of calls to the engine.
  return type === 'kimi_k2' ? 'kimi_k2' : null;
}

/** OpenAI's harmony format: messages on channels, thinking on `analysis`, calls on `commentary`. */
function isHarmony(template: string): boolean {
  return template.includes('<|channel|>') && template.includes('analysis');
}

/**
 * Whether the prompt itself ends inside an opened `<think>`, so that the answer begins with the thought and only ever closes it.
 * Looks at what follows the last `add_generation_prompt`; a pair that is closed at once is how thinking is turned off, and
 * `not thinking` is DeepSeek V3.1, which opens it only on request.
 */
function opensThinking(template: string): boolean {
  const start = template.lastIndexOf('add_generation_prompt');
  if (start < 0) return false;
  const tail = template.slice(start);
  if (/\bnot thinking\b/u.test(tail)) return false;
  return tail.replaceAll(/<think>(?:\\n|\s)*<\/think>/gu, '').includes('<think>');
}

/** Parser of the thoughts this template knows: undefined when it knows none, null when no parser reads them. */
function reasoningParser(template: string, type: string): ReasoningParser | null | undefined {
  const has = (...marks: string[]): boolean => marks.every((mark) => template.includes(mark));
  if (isHarmony(template)) return 'harmony';
  if (has('<|channel>', '<channel|>')) return 'gemma4';
  if (has('<|think|>', '<|content|>')) return 'solar_open';
  if (has('<think>') || has('enable_thinking')) return thinkTagParser(template, type);
  // Magistral, Cohere, Seed-OSS, LongCat: known thoughts, no parser.
  const others = ['[THINK]', '<|START_THINKING|>', '<seed:think>', '<longcat_think>', '<thinking>'];
  return others.some((mark) => template.includes(mark)) ? null : undefined;
}

/**
 * Thoughts in `<think>` tags. Parsers differ in two ways (app/parsers of the engine): those that put the opening tag before the
 * answer because the prompt has it (qwen3_moe, qwen3_5, glm47_flash, minimax_m2, nemotron3_nano, step_35), and those that stand aside when the request turns
 * thinking off (qwen3, qwen3_5, glm4_moe).
 */
function thinkTagParser(template: string, type: string): ReasoningParser {
  const opened = opensThinking(template);
  const switchable = template.includes('enable_thinking');
  if (template.includes('<minimax:tool_call>')) return opened ? 'minimax_m2' : 'hermes';
  if (type.startsWith('kimi')) return opened ? 'qwen3_moe' : 'kimi_k2';
  if (type.startsWith('step3p5')) return 'step_35';
  if (template.includes('<arg_key>')) return opened ? 'glm47_flash' : 'glm4_moe';
  if (type.startsWith('nemotron') && opened) return 'nemotron3_nano';
  if (opened) return switchable ? 'qwen3_5' : 'qwen3_moe';
  return switchable ? 'qwen3' : 'hermes';
}

/** mlx-lm's `tool_parser_type` in a converted tokenizer_config.json → the other engine's name for the same format. */
const FROM_MLX_LM: Readonly<Record<string, ToolCallParser>> = {
  json_tools: 'hermes',
  qwen3_coder: 'qwen3_coder',
  glm47: 'glm4_moe',
  kimi_k2: 'kimi_k2',
  minimax_m2: 'minimax_m2',
  gemma4: 'gemma4',
  function_gemma: 'functiongemma',
  longcat: 'longcat_flash_lite',
};

const TOOL_TAGS = new Set(['tool-use', 'tool-calling', 'function-calling', 'tools']);

/**
 * What the chat template says of tools and thinking. Without a template only two things count as evidence: GPT-OSS, whose format is
 * fixed, and what the repository itself states (mlx-lm's parser name, tags). False means: no evidence.
 */
export function toolsAndThinking(facts: ModelFacts): ToolsAndThinking {
  const type = (
    lookUp([...(facts.config === null ? [] : [facts.config]), ...textConfigs(facts.config)], ['model_type'], asText) ?? ''
  ).toLowerCase();
  const template = chatTemplateOf(facts);
  if (template === null && modelTypeOf(facts.config) === 'gpt_oss') {
    return { toolUse: true, toolCallParser: 'harmony', thinking: true, reasoningParser: 'harmony' };
  }
  const stated = firstOf(asRecord(facts.tokenizerConfig), ['tool_parser_type'], asText);
  const offersTools = template !== null && READS_TOOLS.test(template);
  const toolUse = offersTools || stated !== null || facts.tags.some((tag) => TOOL_TAGS.has(tag.toLowerCase()));
  const byTemplate = offersTools ? toolCallParser(template, type) : null;
  const byName = stated !== null && Object.hasOwn(FROM_MLX_LM, stated) ? FROM_MLX_LM[stated] : undefined;
  const reasoning = template === null ? undefined : reasoningParser(template, type);
  return {
    toolUse,
    toolCallParser: byTemplate ?? byName ?? null,
    thinking: reasoning !== undefined,
    reasoningParser: reasoning ?? null,
  };
}
