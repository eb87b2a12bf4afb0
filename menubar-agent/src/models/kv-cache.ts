/**
 * How much memory a model's KV cache takes, by its config. Counted as mlx-lm 0.32.2 keeps it (`make_cache` of each file under its
 * `models/`), because that is what both engines allocate: a bare `sliding_window` in a Mistral, Mixtral, Phi or Gemma 2 config is
 * not honoured there, and such layers keep every token.
 */
import { asCount, asRecord, asText, lookUp, modelTypeOf, textConfigs, type Json } from './facts.js';

/** Bytes at 16 bits. The fixed-size state of linear-attention, Mamba and convolution layers is not in here. */
export interface KvLayout {
  /** Taken by each token in the layers that keep all tokens. */
  readonly bytesPerToken: number;
  /** Taken by each token in the layers that keep the last {@link window} tokens only. */
  readonly windowedBytesPerToken: number;
  /** Tokens; null when no layer has a window. */
  readonly window: number | null;
}

/** Layers that keep all tokens, and layers that keep a window of them. */
interface LayerCount {
  readonly full: number;
  readonly windowed: number;
}

const BYTES_AT_16_BITS = 2;
/** Keys and values. */
const BOTH = 2;

/** Words of `layer_types` and its likes. A word that is in none of the three sets leaves the layout unknown. */
const FULL = new Set(['full_attention', 'attention', 'global', 'global_attention', 'full']);
const WINDOWED = new Set(['sliding_attention', 'chunked_attention', 'local_attention', 'local', 'sliding']);
const STATEFUL = new Set(['linear_attention', 'conv', 'mamba', 'mamba2', 'recurrent', 'ssm', 'moe', 'mlp', 'gated_deltanet']);

/** Every n-th layer is full where the config leaves the pattern to the class: defaults of mlx-lm's gemma3_text.py, cohere2.py and gpt_oss.py. */
const DEFAULT_PATTERN: Readonly<Record<string, number>> = { gemma3: 6, gemma3_text: 6, cohere2: 4, gpt_oss: 2 };

/** Latent attention (MLA) whose mlx-lm file caches the expanded keys and values all the same. */
const EXPANDED_LATENT = new Set(['deepseek_v2', 'minicpm3', 'youtu_llm']);

function countWords(words: readonly unknown[]): LayerCount | null {
  let full = 0;
  let windowed = 0;
  for (const word of words) {
    if (typeof word !== 'string') return null;
    if (FULL.has(word)) full += 1;
    else if (WINDOWED.has(word)) windowed += 1;
    else if (!STATEFUL.has(word)) return null;
  }
  return { full, windowed };
}

/** Every `interval`-th layer is full. */
function everyNth(layers: number, interval: number): LayerCount {
  const full = Math.floor(layers / interval);
  return { full, windowed: layers - full };
}

const asList = (value: unknown): readonly unknown[] | null => (Array.isArray(value) && value.length > 0 ? value : null);

/** Hybrid models: the config names the layers that attend at all, in one of seven ways. */
function hybridLayers(configs: readonly Json[], layers: number): LayerCount | null {
  const flags = lookUp(configs, ['attn_type_list'], asList); // MiniMax: 1 is softmax attention, 0 is linear
  if (flags !== null) return { full: flags.filter((flag) => flag === 1).length, windowed: 0 };
  const pattern = lookUp(configs, ['hybrid_override_pattern'], asText); // Nemotron-H: `*` is attention, `M` Mamba, `-` a plain MLP
  if (pattern !== null) return { full: pattern.split('*').length - 1, windowed: 0 };
  const indices = lookUp(configs, ['full_attn_idxs', 'attn_layer_indices'], asList); // LFM2, Bamba
  if (indices !== null) return { full: indices.length, windowed: 0 };
  const kimi = asList(lookUp(configs, ['linear_attn_config'], asRecord)?.['full_attn_layers']); // Kimi Linear
  if (kimi !== null) return { full: kimi.length, windowed: 0 };
  const interval = lookUp(configs, ['full_attention_interval'], asCount); // Qwen3-Next, Qwen3.5
  if (interval !== null) return { full: Math.floor(layers / interval), windowed: 0 };
  const period = lookUp(configs, ['attn_layer_period'], asCount); // Jamba
  if (period !== null) {
    const offset = lookUp(configs, ['attn_layer_offset'], asCount) ?? 0;
    return { full: Math.max(0, Math.ceil((layers - offset) / period)), windowed: 0 };
  }
  const crossed = lookUp(configs, ['cross_attention_layers'], asList); // Llama 3.2 Vision: these keep the image, not the text
  return crossed === null ? null : { full: Math.max(0, layers - crossed.length), windowed: 0 };
}

function layerCount(configs: readonly Json[], types: ReadonlySet<string>, layers: number): LayerCount | null {
  const words = lookUp(configs, ['layer_types', 'layers_block_type'], asList);
  // Gemma 3n and 4: the last layers use the cache of earlier ones.
  const shared = lookUp(configs, ['num_kv_shared_layers'], asCount) ?? 0;
  if (words !== null) return countWords(words.slice(0, Math.max(0, Math.min(words.length, layers) - shared)));
  // Their layers differ in kind and size; without the list nothing is known.
  if (shared > 0 || types.has('gemma4') || types.has('gemma4_text')) return null;
  const hybrid = hybridLayers(configs, layers);
  if (hybrid !== null) return hybrid;
  // Llama 4: three of four layers attend within a chunk (mlx-lm's llama4.py).
  if (lookUp(configs, ['attention_chunk_size'], asCount) !== null) return everyNth(layers, 4);
  if (lookUp(configs, ['sliding_window'], asCount) === null) return { full: layers, windowed: 0 };
  const letters = lookUp(configs, ['sliding_window_pattern'], asText); // EXAONE 4: `LLLG`
  if (letters !== null) {
    const full = Array.from({ length: Math.min(layers, 1e4) }, (_, index) => letters[index % letters.length]).filter(
      (l) => l === 'G',
    ).length;
    return { full, windowed: layers - full };
  }
  const byType = [...types].flatMap((type) => (Object.hasOwn(DEFAULT_PATTERN, type) ? [DEFAULT_PATTERN[type]] : []))[0];
  const interval = lookUp(configs, ['sliding_window_pattern', '_sliding_window_pattern'], asCount) ?? byType;
  return interval === undefined ? { full: layers, windowed: 0 } : everyNth(layers, interval);
}

interface AttentionShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

function attentionShape(configs: readonly Json[]): AttentionShape | null {
  const heads = lookUp(configs, ['num_attention_heads', 'n_head', 'n_heads', 'num_heads'], asCount);
  if (heads === null) return null;
  const grouped = lookUp(configs, ['multi_query_attention'], (value) => (value === false ? false : null)) === null;
  const groups = grouped ? lookUp(configs, ['multi_query_group_num'], asCount) : null; // ChatGLM
  // A list gives each layer its own number (OpenELM): no single figure then.
  if (lookUp(configs, ['num_key_value_heads', 'num_kv_heads'], asList) !== null) return null;
  const kvHeads = lookUp(configs, ['num_key_value_heads', 'num_kv_heads', 'n_kv_heads', 'n_head_kv'], asCount) ?? groups ?? heads;
  const hidden = lookUp(configs, ['hidden_size', 'n_embd', 'd_model'], asCount);
  const derived = hidden !== null && hidden % heads === 0 ? hidden / heads : null;
  const headDim = lookUp(configs, ['head_dim', 'kv_channels'], asCount) ?? derived;
  return headDim === null ? null : { heads, kvHeads, headDim };
}

/** Bytes one token takes in one layer of multi-head latent attention; null when the model has none or its sizes are missing. */
function latentBytes(configs: readonly Json[], types: ReadonlySet<string>, heads: number | null): number | null {
  const rank = lookUp(configs, ['kv_lora_rank'], asCount);
  const rope = lookUp(configs, ['qk_rope_head_dim'], asCount);
  if (rank === null || rope === null) return null;
  if ([...types].some((type) => EXPANDED_LATENT.has(type))) {
    const nope = lookUp(configs, ['qk_nope_head_dim'], asCount);
    const value = lookUp(configs, ['v_head_dim'], asCount) ?? nope;
    if (heads === null || nope === null || value === null) return null;
    return heads * (nope + rope + value) * BYTES_AT_16_BITS;
  }
  // DeepSeek V3.2 and GLM-5 keep their indexer's keys too, twice, since the cache holds keys and values.
  const indexer = lookUp(configs, ['index_head_dim'], asCount) ?? 0;
  return (rank + rope + BOTH * indexer) * BYTES_AT_16_BITS;
}

/** Gemma 4 gives its full-attention layers wider heads and, in some sizes, other key-value heads (mlx-lm's gemma4_text.py). */
function fullLayerBytes(configs: readonly Json[], shape: AttentionShape): number {
  const headDim = lookUp(configs, ['global_head_dim'], asCount) ?? shape.headDim;
  const sharesKeys = lookUp(configs, ['attention_k_eq_v'], (value) => (value === true ? true : null)) === true;
  const kvHeads = (sharesKeys ? lookUp(configs, ['num_global_key_value_heads'], asCount) : null) ?? shape.kvHeads;
  return kvHeads * headDim * BOTH * BYTES_AT_16_BITS;
}

/** The layout of a model's KV cache by its config; null when the config does not say. */
export function kvLayout(config: Json | null): KvLayout | null {
  const configs = textConfigs(config);
  const types = new Set(configs.flatMap((entry) => modelTypeOf(entry) ?? []));
  const layers = lookUp(configs, ['num_hidden_layers', 'n_layer', 'num_layers', 'n_layers'], asCount);
  if (layers === null) return null;
  const count = layerCount(configs, types, layers);
  if (count === null) return null;
  const shape = attentionShape(configs);
  const isLatent = lookUp(configs, ['kv_lora_rank'], asCount) !== null;
  if (isLatent) {
    const bytes = latentBytes(configs, types, shape?.heads ?? null);
    // LongCat has two attentions in a layer.
    const perLayer = [...types].some((type) => type.startsWith('longcat_flash')) ? 2 : 1;
    return bytes === null ? null : { bytesPerToken: count.full * perLayer * bytes, windowedBytesPerToken: 0, window: null };
  }
  if (shape === null) return null;
  const window = count.windowed === 0 ? null : lookUp(configs, ['sliding_window', 'attention_chunk_size'], asCount);
  if (count.windowed > 0 && window === null) return null;
  const windowedBytes = shape.kvHeads * shape.headDim * BOTH * BYTES_AT_16_BITS;
  return { bytesPerToken: count.full * fullLayerBytes(configs, shape), windowedBytesPerToken: count.windowed * windowedBytes, window };
}
