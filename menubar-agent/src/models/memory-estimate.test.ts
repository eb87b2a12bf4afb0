import { DEFAULT_CONTEXT, estimatedSizeGb, estimateMemory } from './memory-estimate.js';

const known = { contextWindow: 40960, kvBytesPerToken: 147456, slidingWindow: null };
const GB = 1e9;

test('weights + cache for the default context + overhead', () => {
  expect(estimateMemory({ weightsBytes: 4.6 * GB, characteristics: known })).toEqual({
    weightsBytes: 4_600_000_000,
    kvCacheBytes: 147456 * 8192,
    overheadBytes: 300_000_000 + 230_000_000,
    totalBytes: 4_600_000_000 + 147456 * 8192 + 530_000_000,
    contextLength: 8192,
    basis: 'config',
  });
});

test('the default context is no longer than the window; an asked one stands as asked', () => {
  const short = { ...known, contextWindow: 2048 };
  expect(estimateMemory({ weightsBytes: GB, characteristics: short }).contextLength).toBe(2048);
  expect(estimateMemory({ weightsBytes: GB, characteristics: short, contextLength: 4096 })).toMatchObject({
    contextLength: 4096,
    kvCacheBytes: 147456 * 4096,
  });
  expect(estimateMemory({ weightsBytes: GB, characteristics: { ...known, contextWindow: null } }).contextLength).toBe(DEFAULT_CONTEXT);
  for (const contextLength of [null, 0, -5, Number.NaN]) {
    expect(estimateMemory({ weightsBytes: GB, characteristics: short, contextLength }).contextLength).toBe(2048);
  }
});

test('a quantized cache costs its bits and half a bit for scales', () => {
  const at = (kvBits: number) => estimateMemory({ weightsBytes: GB, characteristics: known, contextLength: 1024, kvBits }).kvCacheBytes;
  expect(at(16)).toBe(147456 * 1024);
  expect(at(8)).toBe((147456 * 1024 * 8.5) / 16);
  expect(at(4)).toBe((147456 * 1024 * 4.5) / 16);
});

test('a window bounds the cache', () => {
  const sliding = { ...known, slidingWindow: 1024 };
  expect(estimateMemory({ weightsBytes: GB, characteristics: sliding, contextLength: 500 }).kvCacheBytes).toBe(147456 * 500);
  expect(estimateMemory({ weightsBytes: GB, characteristics: sliding, contextLength: 32768 }).kvCacheBytes).toBe(147456 * 1024);
});

test('with the layout, layers that slide are counted up to their window', () => {
  // Gemma 3 27B: 10 full layers, 52 of 1024 tokens.
  const layout = { bytesPerToken: 81920, windowedBytesPerToken: 425984, window: 1024 };
  const characteristics = { contextWindow: null, kvBytesPerToken: 81920, slidingWindow: null };
  expect(estimateMemory({ weightsBytes: GB, characteristics, layout }).kvCacheBytes).toBe(81920 * 8192 + 425984 * 1024);
  expect(estimateMemory({ weightsBytes: GB, characteristics, layout, contextLength: 100 }).kvCacheBytes).toBe((81920 + 425984) * 100);
});

test('by size where the config says nothing', () => {
  const unknown = { contextWindow: 8192, kvBytesPerToken: null, slidingWindow: null };
  expect(estimateMemory({ weightsBytes: 2 * GB, characteristics: unknown, contextLength: 4096 })).toEqual({
    weightsBytes: 2_000_000_000,
    kvCacheBytes: 0,
    overheadBytes: 400_000_000,
    totalBytes: 2_400_000_000,
    contextLength: null,
    basis: 'size',
  });
  expect(estimateMemory({ weightsBytes: Number.NaN, characteristics: unknown }).totalBytes).toBe(0);
});

test('estimated size: 20 % more, decimal gigabytes, two decimals', () => {
  expect(estimatedSizeGb(4_600_000_000)).toBe(5.52);
  expect(estimatedSizeGb(832_721)).toBe(0);
  expect(estimatedSizeGb(1_234_567_890)).toBe(1.48);
  expect(estimatedSizeGb(-1)).toBe(0);
});
