import type { Characteristics, DownloadTask, LocalModel, ModelSearchResult, Server } from '@mlx-manager/shared';
import { contextsOf, memoryAt, memoryView } from './memory.js';
import { isFiltered, moreCount, NO_FILTERS, queryOf } from './filters.js';
import { activeRows, baseName, contextWords, precisionOf, recommendedOf, siblingsOf, sorted, stateOf, type Here } from './rows.js';

const found = (modelId: string, sizeBytes: number | null = 1e9, extra: object = {}): ModelSearchResult =>
  ({ modelId, sizeBytes, estimatedSizeGb: null, gated: false, characteristics: {}, ...extra }) as unknown as ModelSearchResult;
const local = (modelId: string, extra: object = {}): LocalModel =>
  ({
    modelId,
    localPath: `/hub/${modelId}`,
    sizeBytes: 1,
    complete: true,
    lastUsedAt: null,
    memory: { totalBytes: 2 },
    ...extra,
  }) as unknown as LocalModel;
const task = (modelId: string, status: DownloadTask['status'], at = '1'): DownloadTask =>
  ({ modelId, status, taskId: `${modelId} ${at}`, createdAt: at, updatedAt: at, totalBytes: 9 }) as unknown as DownloadTask;
const here = (changes: Partial<Here> = {}): Here => ({ models: [], downloads: [], servers: [], profiles: [], ...changes });

test('all quantizations of a model have one name; sizes and versions belong to it', () => {
  for (const [id, name] of [
    ['org/Qwen3-4B-4bit', 'Qwen3-4B'],
    ['org/Qwen3-4B-Instruct-2507-4bit-DWQ', 'Qwen3-4B-Instruct-2507'],
    ['org/gemma-3-1b-it-qat-bf16', 'gemma-3-1b-it-qat'],
    ['org/Llama-3.1', 'Llama-3.1'],
    ['org/4bit', '4bit'],
  ] as const)
    expect(baseName(id)).toBe(name);
  const all = [found('a/M-8bit', 8), found('b/M-4bit', 4), found('a/Other-4bit', 4), found('a/M-bf16', null)];
  expect(siblingsOf('a/M-8bit', all).map((one) => one.modelId)).toEqual(['b/M-4bit', 'a/M-bf16']);
});

test('recommended: one of each, the largest that fits, none that asks for terms', () => {
  const results = [found('a/M-4bit', 4), found('a/M-8bit', 8), found('a/Gated-4bit', 4, { gated: true }), found('a/N-4bit', 1)];
  expect(recommendedOf(results).map((one) => one.modelId)).toEqual(['a/M-8bit', 'a/N-4bit']);
});

test('what moves stands over what rests', () => {
  const row = { modelId: 'a/M', local: local('a/M') };
  const server = { state: 'healthy', modelPath: '/hub/a/M' } as Server;
  expect(stateOf(row, here())).toEqual({ kind: 'here' });
  expect(stateOf(row, here({ servers: [server] })).kind).toBe('running');
  expect(stateOf(row, here({ servers: [server], downloads: [task('a/M', 'downloading')] })).kind).toBe('downloading');
  expect(stateOf(row, here({ downloads: [task('a/M', 'failed')] })).kind).toBe('here');
  expect(stateOf({ ...row, local: local('a/M', { complete: false }) }, here()).kind).toBe('incomplete');
  // The newest task counts.
  expect(
    stateOf({ modelId: 'a/M', local: null }, here({ downloads: [task('a/M', 'failed', '1'), task('a/M', 'cancelled', '2')] })).kind,
  ).toBe('absent');
});

test('downloads stand on top, the newest first, each once', () => {
  const downloads = [
    task('a/Old', 'paused', '1'),
    task('a/New', 'downloading', '3'),
    task('a/New', 'failed', '2'),
    task('a/Done', 'completed', '4'),
  ];
  expect(activeRows(here({ downloads }), []).map((row) => row.modelId)).toEqual(['a/New', 'a/Old']);
});

test('downloaded models in an order', () => {
  const models = [local('a/B', { sizeBytes: 1, lastUsedAt: '2026' }), local('a/A', { sizeBytes: 1 }), local('a/C', { sizeBytes: 9 })];
  const ids = (by: 'size' | 'used' | 'name'): string[] => sorted(models, by).map((one) => one.modelId);
  expect(ids('size')).toEqual(['a/C', 'a/A', 'a/B']);
  expect(ids('used')).toEqual(['a/B', 'a/A', 'a/C']);
  expect(ids('name')).toEqual(['a/A', 'a/B', 'a/C']);
});

test('contexts in short', () => expect([32_768, 131_072, 1500].map(contextWords)).toEqual(['32k', '128k', '1.5k']));

test('how weights are stored', () => {
  const of = (quantization: Characteristics['quantization'], dtype: string | null = null): string | null =>
    precisionOf({ quantization, dtype });
  expect(of({ bits: 4, groupSize: 64, mode: 'affine' })).toBe('4-bit');
  expect(of({ bits: 4, groupSize: 32, mode: 'mxfp4' })).toBe('MXFP4');
  expect(of(null, 'bfloat16')).toBe('BF16');
  expect(of(null)).toBeNull();
});

test('what filters ask for', () => {
  expect(queryOf(' qwen ', NO_FILTERS)).toEqual({ query: 'qwen', sort: 'downloads', limit: 30 });
  expect(queryOf('', { ...NO_FILTERS, kind: 'vision', sort: 'size', bits: 4, fits: true })).toEqual({
    ...{ query: '', sort: 'size', limit: 30 },
    ...{ vision: true, quantizationBits: 4, fits: true },
  });
  const more = { ...NO_FILTERS, author: 'org', architecture: 'Qwen', maxGb: 7.5 };
  expect(queryOf('', more)).toMatchObject({ author: 'org', architecture: 'Qwen', maxSizeGb: 7.5 });
  expect([isFiltered(NO_FILTERS), isFiltered(more), moreCount(more)]).toEqual([false, true, 3]);
});

describe('memory by context', () => {
  const memory = {
    weightsBytes: 1000,
    kvCacheBytes: 800,
    overheadBytes: 100,
    totalBytes: 1900,
    contextLength: 8192,
    basis: 'config' as const,
  };
  test('grows with the context, and stops at a sliding window', () => {
    expect(memoryAt(memory, { kvBytesPerToken: 0.1, slidingWindow: null }, 16_384).totalBytes).toBe(2700);
    const windowed = { ...memory, kvCacheBytes: 4096 };
    expect(memoryAt(windowed, { kvBytesPerToken: 1, slidingWindow: 4096 }, 32_768).kvCacheBytes).toBe(4096);
    expect(memoryAt(windowed, { kvBytesPerToken: 1, slidingWindow: 4096 }, 2048).kvCacheBytes).toBe(2048);
    // Layers that keep everything beside some that slide.
    expect(memoryAt({ ...memory, kvCacheBytes: 8192 + 4096 }, { kvBytesPerToken: 1, slidingWindow: 4096 }, 16_384).kvCacheBytes).toBe(
      16_384 + 4096,
    );
  });
  test('contexts to choose from end with the model’s own', () => {
    expect(contextsOf(memory, 10_000)).toEqual([2048, 4096, 8192, 10_000]);
    expect(contextsOf({ ...memory, contextLength: null }, 10_000)).toEqual([]);
  });
  test('against what models may take', () => {
    const pool = { budgetGb: 10, leasedGb: 4 };
    const verdict = (gib: number, own: number | null = null): string => memoryView(gib * 2 ** 30, pool, own).verdict;
    expect([verdict(5), verdict(8), verdict(12), verdict(4, 4 * 2 ** 30)]).toEqual(['fits', 'after-unloading', 'too-large', 'loaded']);
  });
});
