/** What a model is and can do, concluded from its files and its hub page. Pure: no file, no network. */
import type { Characteristics } from '@mlx-manager/shared';
import { architectureName } from './architectures.js';
import { asCount, asRecord, firstOf, lookUp, modelTypeOf, textConfigs, type Json, type ModelFacts } from './facts.js';
import { kvLayout } from './kv-cache.js';
import { modalities } from './modalities.js';
import { toolsAndThinking } from './parsers.js';
import { dtypeOf, parametersOf, quantizationOf } from './quantization.js';

export type { ModelFacts } from './facts.js';

/** The keys of one length, the current name first; the rest are GPT-2's, ChatGLM's, MPT's, Whisper's and OpenAI's Whisper's. */
const CONTEXT_KEYS = [
  'max_position_embeddings',
  'n_positions',
  'seq_length',
  'max_seq_len',
  'max_sequence_length',
  'n_ctx',
  'max_target_positions',
  'n_text_ctx',
] as const;
/** Tokenizers write 10^30 for "no limit". */
const LARGEST_SANE_CONTEXT = 2 ** 24;

/**
 * Longest context in tokens. With YaRN it is factor × the original length where that is more than the length the config states
 * (Qwen2.5 as its card switches YaRN on; most others state the scaled length already). Linear scaling is left alone: configs state the scaled
 * length as often as the original one. The tokenizer's `model_max_length` counts only where the config says nothing.
 */
function contextWindow(facts: ModelFacts): number | null {
  const configs = textConfigs(facts.config);
  const stated = lookUp(configs, CONTEXT_KEYS, asCount);
  const scaled = lookUp(configs, ['rope_scaling', 'rope_parameters'], yarnLength);
  if (stated !== null) return Math.max(stated, scaled ?? 0);
  if (scaled !== null) return scaled;
  const limit = (source: Json | null): number | null => firstOf(source, ['model_max_length'], asCount);
  const tokens = limit(asRecord(facts.tokenizerConfig)) ?? limit(asRecord(facts.config?.['tokenizer_config']));
  return tokens !== null && tokens <= LARGEST_SANE_CONTEXT ? tokens : null;
}

function yarnLength(value: unknown): number | null {
  const scaling = asRecord(value);
  if (scaling === null || (scaling['rope_type'] ?? scaling['type']) !== 'yarn') return null;
  const original = firstOf(scaling, ['original_max_position_embeddings'], asCount);
  const factor = typeof scaling['factor'] === 'number' && Number.isFinite(scaling['factor']) ? scaling['factor'] : 0;
  return original === null ? null : asCount(Math.round(original * factor));
}

/**
 * Describes a model. Never throws, whatever is in the config: what cannot be read is unknown. Unknown is null; a false ability means
 * that nothing speaks for it.
 *
 * `kvBytesPerToken` counts the layers that keep every token. Where only some layers slide (Gemma 3, GPT-OSS, OLMo 3, Llama 4) the others
 * add a bounded amount that only {@link kvLayout} knows, and `slidingWindow` is null; it is set when every caching layer slides, and
 * `kvBytesPerToken` then counts those. Both are null for kinds that keep no cache from token to token.
 */
export function describeModel(facts: ModelFacts): Characteristics {
  const quantization = quantizationOf(facts);
  const kind = modalities(facts);
  const writesText = kind.modelType === 'lm' || kind.modelType === 'multimodal';
  const layout = writesText ? kvLayout(facts.config) : null;
  const allSlide = layout !== null && layout.window !== null && layout.bytesPerToken === 0;
  const skills = writesText ? toolsAndThinking(facts) : { toolUse: false, toolCallParser: null, thinking: false, reasoningParser: null };
  return {
    architecture: architectureName(facts),
    architectureId: modelTypeOf(facts.config),
    parameters: parametersOf(facts, quantization),
    quantization,
    dtype: dtypeOf(facts),
    contextWindow: contextWindow(facts),
    ...kind,
    ...skills,
    kvBytesPerToken: allSlide ? layout.windowedBytesPerToken : (layout?.bytesPerToken ?? null),
    slidingWindow: allSlide ? layout.window : null,
  };
}
