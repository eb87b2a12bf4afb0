import type { ModelFacts } from './facts.js';
import { dtypeOf, parametersOf, quantizationOf } from './quantization.js';

const facts = (more: Partial<ModelFacts>): ModelFacts => ({ modelId: 'owner/model', config: null, tags: [], ...more });
const quantization = (config: Record<string, unknown>) => quantizationOf(facts({ config }));

describe('quantization', () => {
  test("MLX's own, with overrides for single layers", () => {
    const own = { group_size: 64, bits: 4, 'model.layers.0.mlp.gate': { group_size: 64, bits: 8 } };
    expect(quantization({ quantization: own })).toEqual({ bits: 4, groupSize: 64, mode: 'affine' });
    expect(quantization({ quantization_config: { bits: 4, group_size: 32, mode: 'mxfp4' } })).toEqual({
      bits: 4,
      groupSize: 32,
      mode: 'mxfp4',
    });
    expect(quantization({ text_config: { quantization: { bits: 8, group_size: 64 } } })).toMatchObject({ bits: 8 });
  });

  test.each([
    [
      { quant_method: 'gptq', bits: 4, group_size: 128 },
      { bits: 4, groupSize: 128, mode: 'gptq' },
    ],
    [{ quant_method: 'mxfp4' }, { bits: 4, groupSize: 32, mode: 'mxfp4' }],
    [
      { quant_method: 'fp8', weight_block_size: [128, 128] },
      { bits: 8, groupSize: null, mode: 'fp8' },
    ],
    [
      { quant_method: 'bitsandbytes', load_in_4bit: true },
      { bits: 4, groupSize: null, mode: 'bitsandbytes' },
    ],
    [
      { quant_method: 'bitsandbytes', load_in_8bit: true },
      { bits: 8, groupSize: null, mode: 'bitsandbytes' },
    ],
    [
      { quant_method: 'compressed-tensors', config_groups: { group_0: { weights: { num_bits: 4, group_size: 32 } } } },
      { bits: 4, groupSize: 32, mode: 'compressed-tensors' },
    ],
    [{ quant_method: 'compressed-tensors', config_groups: { a: {}, b: {} } }, null],
    [{ bits: 'four' }, null],
    [{ bits: 32 }, null],
  ])('%j', (config, expected) => {
    expect(quantization({ quantization_config: config })).toEqual(expected);
  });

  test.each([
    ['mlx-community/Qwen3-8B-4bit', [], { bits: 4, groupSize: null, mode: null }],
    ['owner/Model-8-bit', [], { bits: 8, groupSize: null, mode: null }],
    ['owner/Model-MXFP4', [], { bits: 4, groupSize: 32, mode: 'mxfp4' }],
    ['owner/Model', ['mlx', '6-bit'], { bits: 6, groupSize: null, mode: null }],
    ['owner/Model-bf16', ['mlx'], null],
    ['4bit/Model', [], null],
  ])('%s %j', (modelId, tags, expected) => {
    expect(quantizationOf(facts({ modelId, tags }))).toEqual(expected);
  });

  test('a whole config that names none stands over the name', () => {
    expect(quantizationOf(facts({ modelId: 'a/b-4bit', config: { hidden_size: 64 } }))).toBeNull();
    expect(quantizationOf(facts({ modelId: 'a/b-4bit', config: { model_type: 'qwen3' } }))).toMatchObject({ bits: 4 });
  });
});

describe('parameters', () => {
  const count = (parameters: Record<string, number>, total: number, quantized: Parameters<typeof parametersOf>[1], modelId = 'a/b') =>
    parametersOf(facts({ modelId, safetensors: { parameters, total } }), quantized);
  const affine = { bits: 4, groupSize: 32, mode: 'affine' };

  test('packed weights are unpacked, scales and biases taken off: the tiny model in 4 bits has as many as in 16', () => {
    expect(count({ U32: 163840, BF16: 83328 }, 247168, affine)).toBe(1312128);
    expect(count({ BF16: 1312128 }, 1312128, null)).toBe(1312128);
  });
  test('mxfp4 keeps one U8 scale a group and no bias', () => {
    expect(count({ U32: 1000, U8: 250, BF16: 7 }, 1257, { bits: 4, groupSize: 32, mode: 'mxfp4' })).toBe(8007);
  });
  test('a total that was corrected by who counted stands', () => {
    expect(count({ U32: 1000, BF16: 100 }, 8000, affine)).toBe(8000);
  });
  test('packed weights of unknown bits say nothing', () => {
    expect(count({ U32: 1000 }, 1000, null)).toBeNull();
    expect(count({ U32: 1000 }, 1000, null, 'a/b-3B')).toBe(3e9);
  });

  test.each([
    ['Qwen/Qwen3-30B-A3B', 30e9],
    ['Qwen/Qwen3-0.6B-4bit', 0.6e9],
    ['HuggingFaceTB/SmolLM2-135M-Instruct', 135e6],
    ['allenai/OLMoE-1B-7B-0924', 7e9],
    ['/models/7B/Phi-4', null],
    ['mistralai/Mixtral-8x7B-v0.1', null],
    ['google/gemma-3n-E4B-it', null],
    ['meta-llama/Llama-4-Scout-17B-16E', null],
    ['TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T', 1.1e9],
  ])('%s', (modelId, expected) => {
    expect(parametersOf(facts({ modelId }), null)).toBe(expected);
  });
});

test('data type: from the config, else the commonest float of the files', () => {
  expect(dtypeOf(facts({ config: { torch_dtype: 'torch.float16' } }))).toBe('float16');
  expect(dtypeOf(facts({ config: { text_config: { dtype: 'bfloat16' } } }))).toBe('bfloat16');
  expect(dtypeOf(facts({ safetensors: { parameters: { U32: 900, F32: 2, BF16: 100 }, total: 1002 } }))).toBe('bfloat16');
  expect(dtypeOf(facts({ safetensors: { parameters: { U32: 900 }, total: 900 } }))).toBeNull();
});
