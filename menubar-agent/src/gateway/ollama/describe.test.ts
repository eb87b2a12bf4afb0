import type { Characteristics, LocalModel, Profile, Server } from '@mlx-manager/shared';
import { capabilitiesOf, humanNumber, processOf, showOf, tagOf } from './describe.js';
import { listedName, withoutLatest } from './names.js';

const characteristics = {
  architectureId: 'qwen3',
  parameters: 8_190_000_000,
  quantization: { bits: 4, groupSize: 64, mode: 'affine' },
  dtype: 'bfloat16',
  contextWindow: 40_960,
  vision: false,
  toolUse: true,
  thinking: true,
} as Characteristics;
const model = { characteristics, sizeBytes: 5e9, revision: 'abc', downloadedAt: '2026-01-02T03:04:05.000Z' } as LocalModel;
const unknown = {
  ...model,
  downloadedAt: null,
  revision: null,
  characteristics: { ...characteristics, architectureId: null, parameters: null, quantization: null, dtype: null, contextWindow: null },
} as unknown as LocalModel;
const profile = {
  id: 1,
  name: 'Coding',
  aliases: ['code'],
  modelPath: 'org/Coder-8B-4bit',
  modelType: 'lm',
  contextLength: null,
  toolCallParser: null,
  reasoningParser: null,
  systemPrompt: null,
  sampling: { temperature: 0.7, topK: 20 },
  createdAt: '2026-01-01T00:00:00.000Z',
} as unknown as Profile;

test.each([
  [{}, {}, ['completion', 'tools', 'thinking']],
  [{}, { toolUse: false, thinking: false }, ['completion']],
  [{ toolCallParser: 'qwen3', reasoningParser: 'qwen3' }, { toolUse: false, thinking: false }, ['completion', 'tools', 'thinking']],
  [{ modelType: 'multimodal' }, { vision: true }, ['completion', 'tools', 'vision', 'thinking']],
  [{}, { vision: true }, ['completion', 'tools', 'thinking']],
  [{ modelType: 'embeddings' }, {}, ['embedding']],
  [{ modelType: 'whisper' }, {}, []],
] as const)('capabilities of %j with %j', (own, can, expected) => {
  const known = { characteristics: { ...characteristics, ...can } };
  expect(capabilitiesOf({ ...profile, ...(own as Partial<Profile>) }, known)).toEqual(expected);
});

test('an entry of the list', () => {
  expect(tagOf(profile, model)).toEqual({
    name: 'Coding',
    model: 'Coding',
    modified_at: '2026-01-02T03:04:05.000Z',
    size: 5e9,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    details: {
      parent_model: '',
      format: 'safetensors',
      family: 'qwen3',
      families: ['qwen3'],
      parameter_size: '8.2B',
      quantization_level: '4bit',
      context_length: 40_960,
    },
    capabilities: ['completion', 'tools', 'thinking'],
  });
});

test('what is shown: a context of the profile’s own, parameters that can be read line by line', () => {
  const shown = showOf({ ...profile, contextLength: 8192, systemPrompt: 'Be kind.' }, model);
  expect(shown).toMatchObject({
    system: 'Be kind.',
    model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 8192, 'general.parameter_count': 8_190_000_000 },
    modelfile: expect.stringContaining('FROM org/Coder-8B-4bit'),
  });
  expect((shown.parameters as string).split('\n').map((line) => line.split(/\s+/))).toEqual([
    ['num_ctx', '8192'],
    ['temperature', '0.7'],
    ['top_k', '20'],
  ]);
});

test('of a model that nothing is known of, nothing is null', () => {
  const server = { memoryMb: null } as Server;
  for (const said of [tagOf(profile, unknown), showOf(profile, unknown), processOf(profile, null, server, null, 0)]) {
    expect(JSON.stringify(said)).not.toContain('null');
  }
  expect(showOf(profile, unknown)).toMatchObject({ model_info: { 'general.architecture': 'unknown' }, modified_at: profile.createdAt });
});

test('a loaded model, with when it goes', () => {
  const server = { memoryMb: 1024 } as Server;
  expect(processOf(profile, model, server, 1_000, 0)).toMatchObject({
    size: 2 ** 30,
    size_vram: 2 ** 30,
    context_length: 40_960,
    expires_at: '1970-01-01T00:00:01.000Z',
  });
  expect(String(processOf(profile, model, server, null, 0).expires_at)).toMatch(/^22/);
});

test.each([
  [1_300_000, '1.30M'],
  [7_000_000_000, '7B'],
  [8_190_000_000, '8.2B'],
  [22_000_000, '22M'],
  [512_000, '512K'],
  [12, '12'],
])('%i parameters are %s', (value, text) => {
  expect(humanNumber(value)).toBe(text);
});

test('names: without blanks where there is one, `:latest` only where it belongs', () => {
  expect(listedName({ name: 'Coding', aliases: ['code'] })).toBe('Coding');
  expect(listedName({ name: 'My Model', aliases: ['mine', 'other'] })).toBe('mine');
  expect(listedName({ name: 'My Model', aliases: [] })).toBe('My Model');
  expect(withoutLatest('tiny:latest', ['tiny'])).toBe('tiny');
  expect(withoutLatest('tiny:Latest', ['Tiny:latest', 'tiny'])).toBe('tiny:Latest');
  expect(withoutLatest('org/x:latest', [])).toBe('org/x');
  expect(withoutLatest('tiny:1m', [])).toBe('tiny:1m');
});
