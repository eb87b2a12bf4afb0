/** What Search Models and Manage Models make of models: names, states, recommendations, filters, the memory gauge. */
import fc from 'fast-check';
import { routes, type Characteristics, type DownloadTask, type LocalModel, type ModelSearchResult, type Server } from '@mlx-manager/shared';
import { gaugeMarkdown, gaugeSvg, memoryView } from '../../../raycast-extension/src/lib/memory-gauge.js';
import { DEFAULT_FILTER, FILTER_SECTIONS, filterOf } from '../../../raycast-extension/src/lib/model-filters.js';
import {
  abilitiesOf,
  baseName,
  kindOf,
  matches,
  ownerOf,
  precisionOf,
  recommendedOf,
  rowOfHub,
  shortName,
  siblingsOf,
  stateOf,
  type Here,
} from '../../../raycast-extension/src/lib/models.js';

const GIB = 2 ** 30;
const nothing = { quantization: null, dtype: null } as Characteristics;
const hubModel = (modelId: string, changes: Partial<ModelSearchResult> = {}): ModelSearchResult =>
  ({ modelId, sizeBytes: 1e9, gated: false, fits: true, characteristics: nothing, ...changes }) as ModelSearchResult;
const emptyHere = (): Here => ({ models: [], downloads: [], servers: [], profiles: [], pool: {} as Here['pool'] });
const task = (status: DownloadTask['status'], updatedAt = '2026-01-01T00:00:00Z'): DownloadTask =>
  ({ modelId: 'org/a', taskId: `${status} ${updatedAt}`, status, updatedAt }) as DownloadTask;
const local = (complete: boolean): LocalModel => ({ modelId: 'org/a', localPath: '/cache/a', complete }) as LocalModel;

test('names: short one, owner, and without how the weights are stored', () => {
  expect([shortName('org/Model-4bit'), ownerOf('org/Model-4bit')]).toEqual(['Model-4bit', 'org']);
  expect([shortName('/models/org/name/'), ownerOf('/models/org/name')]).toEqual(['name', '/models/org']);
  expect([shortName('gpt2'), ownerOf('gpt2')]).toEqual(['gpt2', '']);
  const bases = {
    'mlx-community/Qwen3-4B-4bit': 'Qwen3-4B',
    'mlx-community/Qwen3-4B-Instruct-2507-4bit-DWQ': 'Qwen3-4B-Instruct-2507',
    'mlx-community/Qwen3-4B-Instruct-2507-bf16': 'Qwen3-4B-Instruct-2507',
    'mlx-community/gpt-oss-20b-MXFP4-Q8': 'gpt-oss-20b',
    'mlx-community/Llama-3.2-3B-Instruct-8bit': 'Llama-3.2-3B-Instruct',
    'lmstudio-community/Qwen3-30B-A3B-MLX-6bit': 'Qwen3-30B-A3B',
    'mlx-community/gemma-3-4b-it-qat-4bit': 'gemma-3-4b-it-qat',
    'mlx-community/whisper-large-v3-mlx': 'whisper-large-v3',
    'org/Model-2': 'Model-2',
    'org/Mistral-7B-v0.3': 'Mistral-7B-v0.3',
    'org/4bit': '4bit',
  };
  expect(Object.fromEntries(Object.keys(bases).map((id) => [id, baseName(id)]))).toEqual(bases);
});

test('a base name is never empty and stands still', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/), (name) => {
      const base = baseName(name);
      return base.length > 0 && name.startsWith(base) && baseName(base) === base;
    }),
  );
});

test('other quantizations: same base, not itself, small ones first', () => {
  const results = [
    hubModel('a/Qwen3-4B-8bit', { sizeBytes: 4e9 }),
    hubModel('a/Qwen3-4B-4bit', { sizeBytes: 2e9 }),
    hubModel('b/qwen3-4b-bf16', { sizeBytes: null }),
    hubModel('a/Qwen3-4B-Thinking-4bit'),
    hubModel('a/Qwen3-4B-3bit', { sizeBytes: 1.5e9 }),
  ];
  expect(siblingsOf('a/Qwen3-4B-4bit', results).map((one) => one.modelId)).toEqual([
    'a/Qwen3-4B-3bit',
    'a/Qwen3-4B-8bit',
    'b/qwen3-4b-bf16',
  ]);
});

test('recommended: one of each kind, in the largest quantization, none that is gated', () => {
  const results = [
    hubModel('a/Llama-4bit', { sizeBytes: 2e9 }),
    hubModel('a/Gated-4bit', { gated: true }),
    hubModel('a/Qwen-4bit', { sizeBytes: 2e9 }),
    hubModel('a/Llama-8bit', { sizeBytes: 4e9 }),
    hubModel('a/Llama-3bit', { sizeBytes: 1e9 }),
    ...['B', 'C', 'D', 'E'].map((name) => hubModel(`a/${name}`)),
  ];
  expect(recommendedOf(results).map((one) => one.modelId)).toEqual(['a/Llama-8bit', 'a/Qwen-4bit', 'a/B', 'a/C', 'a/D']);
});

test('what moves stands over what rests', () => {
  const row = (complete?: boolean) => ({ modelId: 'org/a', local: complete === undefined ? null : local(complete) });
  const server = (state: Server['state'], modelPath = 'org/a'): Server => ({ state, modelPath }) as Server;
  const here = (changes: Partial<Here>): Here => ({ ...emptyHere(), ...changes });
  expect(stateOf(row(), undefined)).toEqual({ kind: 'absent' });
  expect(stateOf(row(true), here({})).kind).toBe('here');
  expect(stateOf(row(false), here({})).kind).toBe('incomplete');
  for (const status of ['queued', 'starting', 'downloading'] as const)
    expect(stateOf(row(false), here({ downloads: [task(status)] })).kind).toBe('downloading');
  expect(stateOf(row(false), here({ downloads: [task('paused')] })).kind).toBe('paused');
  expect(stateOf(row(), here({ downloads: [task('failed')] })).kind).toBe('failed');
  expect(stateOf(row(), here({ downloads: [task('cancelled')] })).kind).toBe('absent');
  // An old failure says nothing about a model that has come since.
  expect(stateOf(row(true), here({ downloads: [task('failed')] })).kind).toBe('here');
  expect(stateOf(row(), here({ downloads: [task('paused', '2026-01-03'), task('failed', '2026-01-02')] })).kind).toBe('paused');
  expect(stateOf(row(true), here({ servers: [server('healthy')] })).kind).toBe('running');
  expect(stateOf(row(true), here({ servers: [server('starting', '/cache/a')] })).kind).toBe('running');
  expect(stateOf(row(true), here({ servers: [server('failed'), server('healthy', 'org/b')] })).kind).toBe('here');
});

test('a row of the hub knows what is on this disk', () => {
  expect(rowOfHub(hubModel('org/a'), { ...emptyHere(), models: [local(true)] }).local?.localPath).toBe('/cache/a');
  expect(rowOfHub(hubModel('org/b'), { ...emptyHere(), models: [local(true)] }).local).toBeNull();
});

test('kinds, precision and abilities in words', () => {
  expect(
    (['lm', 'multimodal', 'whisper', 'embeddings', 'image-generation', 'image-edit'] as const).map((modelType) =>
      kindOf({ modelType, vision: false } as Characteristics),
    ),
  ).toEqual(['Text', 'Multimodal', 'Speech to Text', 'Embeddings', 'Image Generation', 'Image Editing']);
  expect(kindOf({ modelType: 'multimodal', vision: true } as Characteristics)).toBe('Vision and Text');
  const stored = (mode: string | null, bits: number) =>
    precisionOf({ quantization: { mode, bits, groupSize: 64 }, dtype: null } as Characteristics);
  expect([stored('affine', 4), stored(null, 8), stored('mxfp4', 4)]).toEqual(['4-bit', '8-bit', 'MXFP4']);
  expect(precisionOf({ quantization: null, dtype: 'bfloat16' } as Characteristics)).toBe('BF16');
  expect(precisionOf(nothing)).toBeNull();
  expect(abilitiesOf({ toolUse: true, vision: true, thinking: true } as Characteristics)).toEqual(['vision', 'thinking', 'tools']);
});

test('all words of a query, in any order', () => {
  expect(matches('mlx-community/Qwen3-4B-4bit', '4bit qwen')).toBe(true);
  expect(matches('mlx-community/Qwen3-4B-4bit', '')).toBe(true);
  expect(matches('mlx-community/Qwen3-4B-4bit', 'qwen 8bit')).toBe(false);
});

test('every filter is one the agent understands, named once', () => {
  const filters = FILTER_SECTIONS.flatMap((section) => section.filters);
  for (const filter of filters) {
    const wire = Object.entries(filter.ask).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      String(value),
    ]);
    expect(() => routes.searchModels.query.parse(Object.fromEntries(wire))).not.toThrow();
  }
  expect(new Set(filters.map((one) => one.id)).size).toBe(filters.length);
  expect(filterOf('of an older release').id).toBe(DEFAULT_FILTER);
  expect(filterOf('fits:size').ask).toEqual({ fits: true, sort: 'size' });
});

describe('the memory gauge', () => {
  const memory = {
    weightsBytes: 4e9,
    kvCacheBytes: 1e9,
    overheadBytes: 0.5e9,
    totalBytes: 5.5e9,
    contextLength: 8192,
    basis: 'config' as const,
  };
  const pool = (budgetBytes: number, leasedBytes: number) => ({ budgetGb: budgetBytes / GIB, leasedGb: leasedBytes / GIB });

  test.each([
    [pool(10e9, 0), null, 'fits', 'Fits now: needs about 5.50 GB of the 10.0 GB free for models.'],
    [pool(10e9, 6e9), null, 'after-unloading', 'Fits when others are unloaded: needs about 5.50 GB; 4.00 GB of 10.0 GB are free.'],
    [pool(5e9, 0), null, 'too-large', 'Too large: needs about 5.50 GB; models may take 5.00 GB here.'],
    [pool(10e9, 6e9), 5.5e9, 'loaded', 'Loaded: needs about 5.50 GB of the 10.0 GB for models.'],
  ])('says in words whether it fits (%#)', (state, own, verdict, sentence) => {
    expect(memoryView(memory, state, own)).toMatchObject({ verdict, sentence });
  });

  test('draws shares to scale, with the limit inside the picture', () => {
    const widths = (svg: string) => [...svg.matchAll(/height="18" fill="#[0-9a-f]{6}"\/>/g)].length;
    const small = gaugeSvg(memoryView(memory, pool(11e9, 2e9), null));
    expect(widths(small)).toBe(4); // others, weights, KV cache, overhead
    const weights = /width="([\d.]+)" height="18" fill="#0a84ff"/.exec(small)?.[1];
    expect(Number(weights)).toBeCloseTo((460 * 4) / 11, 0);
    const large = gaugeSvg(memoryView(memory, pool(2.75e9, 0), null));
    const limit = /<rect x="([\d.]+)" y="0" width="2"/.exec(large)?.[1];
    expect(Number(limit)).toBeCloseTo(230, 0);
    expect(gaugeMarkdown(memoryView(memory, pool(11e9, 0), null))).toMatch(
      /^!\[Fits now: .*\]\(data:image\/svg\+xml;base64,[A-Za-z0-9+/=]+\)\n\n\*\*Fits now/,
    );
  });

  test('is a well-formed picture whatever the figures are', () => {
    const size = fc.double({ min: 0, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(size, size, size, size, size, (weightsBytes, kvCacheBytes, overheadBytes, budget, leased) => {
        const totalBytes = weightsBytes + kvCacheBytes + overheadBytes;
        const svg = gaugeSvg(memoryView({ ...memory, weightsBytes, kvCacheBytes, overheadBytes, totalBytes }, pool(budget, leased), null));
        return !/NaN|Infinity|="-/.test(svg) && svg.startsWith('<svg') && svg.endsWith('</svg>');
      }),
    );
  });
});
