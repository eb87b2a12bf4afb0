import { describeModel } from './characteristics.js';
import { kvLayout } from './kv-cache.js';

/** 2 key-value heads of 64: 512 bytes a token and layer at 16 bits. */
const shape = { hidden_size: 256, num_attention_heads: 4, num_key_value_heads: 2, num_hidden_layers: 8 };
const LAYER = 512;
const full = (layers: number) => ({ bytesPerToken: layers * LAYER, windowedBytesPerToken: 0, window: null });

test('every head keeps its own keys where no grouping is said', () => {
  expect(kvLayout({ n_layer: 2, n_head: 4, n_embd: 256 })).toEqual({
    bytesPerToken: 2 * 4 * 64 * 4,
    windowedBytesPerToken: 0,
    window: null,
  });
});

test('a head size of its own stands over hidden / heads', () => {
  expect(kvLayout({ ...shape, head_dim: 128 })).toEqual(full(16));
});

test.each([
  ['MiniMax flags', { attn_type_list: [0, 1, 0, 1, 0, 0, 0, 1] }, 3],
  ['Nemotron-H pattern', { hybrid_override_pattern: 'MEM*M-M*' }, 2],
  ['LFM2 indices', { full_attn_idxs: [2, 5, 7] }, 3],
  ['Kimi Linear', { linear_attn_config: { full_attn_layers: [4, 8], kda_layers: [1, 2, 3, 5, 6, 7] } }, 2],
  ['Qwen3-Next interval', { full_attention_interval: 4 }, 2],
  ['Jamba period', { attn_layer_period: 8, attn_layer_offset: 4 }, 1],
  ['Granite 4 hybrid', { layer_types: ['mamba', 'mamba', 'attention', 'mamba', 'mamba', 'mamba', 'attention', 'mamba'] }, 2],
  ['Jamba blocks', { layers_block_type: ['mamba', 'attention'] }, 1],
  ['Llama 3.2 Vision', { cross_attention_layers: [3, 7] }, 6],
  ['a window that mlx-lm does not honour (Mistral 7B v0.1)', { model_type: 'mistral', sliding_window: 4096 }, 8],
])('%s', (_name, config, layers) => {
  expect(kvLayout({ ...shape, ...config })).toEqual(full(layers));
});

const mixed = (layers: number, windowed: number, window: number) => ({
  bytesPerToken: layers * LAYER,
  windowedBytesPerToken: windowed * LAYER,
  window,
});

test.each([
  ['Gemma 3 by its default pattern', { model_type: 'gemma3_text', sliding_window: 512 }, mixed(1, 7, 512)],
  ['Cohere 2 by a stated pattern', { model_type: 'cohere2', sliding_window: 512, sliding_window_pattern: 2 }, mixed(4, 4, 512)],
  ['EXAONE 4 by letters', { sliding_window: 512, sliding_window_pattern: 'LLLG' }, mixed(2, 6, 512)],
  ['Llama 4 by chunks', { attention_chunk_size: 8192 }, mixed(2, 6, 8192)],
  [
    'layers that share a cache (Gemma 3n)',
    { layer_types: ['sliding_attention', 'full_attention', 'full_attention'], num_kv_shared_layers: 1, sliding_window: 9 },
    mixed(1, 1, 9),
  ],
])('%s', (_name, config, expected) => {
  expect(kvLayout({ ...shape, ...config })).toEqual(expected);
});

test('Gemma 4: full layers have wider heads, and others where keys are the values', () => {
  const config = {
    ...shape,
    model_type: 'gemma4_text',
    layer_types: ['sliding_attention', 'full_attention'],
    sliding_window: 8,
    global_head_dim: 128,
  };
  expect(kvLayout(config)).toEqual({ bytesPerToken: 2 * LAYER, windowedBytesPerToken: LAYER, window: 8 });
  const keysAreValues = { ...config, attention_k_eq_v: true, num_global_key_value_heads: 1 };
  expect(kvLayout(keysAreValues)?.bytesPerToken).toBe(LAYER);
});

test('where every layer slides, the description says so and counts them', () => {
  const config = { ...shape, layer_types: Array<string>(8).fill('sliding_attention'), sliding_window: 1024 };
  expect(describeModel({ modelId: 'x', config, tags: [] })).toMatchObject({ kvBytesPerToken: 8 * LAYER, slidingWindow: 1024 });
});

test('latent attention: the latent, the indexer of V3.2, and the expanded form of V2', () => {
  const latent = {
    num_hidden_layers: 10,
    num_attention_heads: 16,
    hidden_size: 2048,
    kv_lora_rank: 512,
    qk_rope_head_dim: 64,
    qk_nope_head_dim: 128,
    v_head_dim: 128,
  };
  expect(kvLayout(latent)?.bytesPerToken).toBe(10 * 576 * 2);
  expect(kvLayout({ ...latent, index_head_dim: 128 })?.bytesPerToken).toBe(10 * (576 + 256) * 2);
  expect(kvLayout({ ...latent, model_type: 'deepseek_v2' })?.bytesPerToken).toBe(10 * 16 * 320 * 2);
  expect(kvLayout({ ...latent, model_type: 'longcat_flash' })?.bytesPerToken).toBe(2 * 10 * 576 * 2);
});

test.each([
  ['no config', null],
  ['an extract', { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'] }],
  ['no heads', { num_hidden_layers: 8, hidden_size: 256 }],
  ['heads that do not divide', { ...shape, hidden_size: 257 }],
  ['heads by layer', { ...shape, num_key_value_heads: [1, 2] }],
  ['a kind of layer nobody knows', { ...shape, layer_types: ['full_attention', 'quantum'] }],
  ['layers that are no words', { ...shape, layer_types: [1, 2] }],
  ['sliding layers without a window', { ...shape, layer_types: ['sliding_attention', 'full_attention'] }],
  ['Gemma 4 without its list of layers', { ...shape, model_type: 'gemma4', sliding_window: 512 }],
  ['latent attention without sizes', { ...shape, kv_lora_rank: 512 }],
  ['expanded latent attention without sizes', { ...shape, model_type: 'deepseek_v2', kv_lora_rank: 512, qk_rope_head_dim: 64 }],
])('unknown: %s', (_name, config) => {
  expect(kvLayout(config)).toBeNull();
});
