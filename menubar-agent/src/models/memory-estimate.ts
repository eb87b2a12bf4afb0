/** What a model will need in memory while it runs. */
import type { Characteristics, MemoryEstimate } from '@mlx-manager/shared';
import type { KvLayout } from './kv-cache.js';

/** Seed §7: 20 % on top of the weights where nothing better is known. */
const SIZE_FACTOR = 1.2;

/** Tokens the cache is counted for when no context is asked for. MLX's caches grow as they are used, so a model's full window (often
 * 128 K and more) would refuse models that run well; 8192 holds a long chat. */
export const DEFAULT_CONTEXT = 8192;

/**
 * The engine itself: Python, MLX and the server. Measured on Linux with a model of 3 MB: 90–124 MB (mlx_lm.server 0.32.2), 285 MB
 * (mlx-openai-server 1.8.1). Not yet verified on a Mac.
 */
const ENGINE_BYTES = 300_000_000;
/**
 * Work space grows with the model: activations of a prefill step and buffers MLX keeps for reuse. The widest of an 8 B model
 * (3 × 12288 values of 2 bytes for each of the 2048 tokens of mlx-lm's prefill step) are 151 MB, 3.3 % of its 4.6 GB at 4 bits; 5 % leaves room.
 */
const WORK_SHARE = 0.05;

const FULL_BITS = 16;
/** A quantized cache keeps a 16-bit scale and bias for each group of 64 values (mlx-lm's `QuantizedKVCache`): half a bit a value. */
const GROUP_COST_BITS = 0.5;

export interface MemoryEstimateInput {
  /** Bytes of the weight files; negative or not finite counts as 0. */
  readonly weightsBytes: number;
  readonly characteristics: Pick<Characteristics, 'contextWindow' | 'kvBytesPerToken' | 'slidingWindow'>;
  /** Tokens; null or missing: the smaller of the model's window and {@link DEFAULT_CONTEXT}. */
  readonly contextLength?: number | null;
  /** Bits of a cached value; 16 unless the engine quantizes its cache. */
  readonly kvBits?: number | null;
  /** From `kvLayout(config)`: exact where only some layers slide. Without it the bounded part of those is not counted. */
  readonly layout?: KvLayout | null;
}

const positive = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;

/**
 * Weights + KV cache for one conversation of the given context + overhead, in bytes. Where the config does not say how large
 * the cache is, weights × 1.2 (`basis: 'size'`, no context).
 */
export function estimateMemory(input: MemoryEstimateInput): MemoryEstimate {
  const weightsBytes = Math.round(positive(input.weightsBytes) ?? 0);
  const { contextWindow, kvBytesPerToken, slidingWindow } = input.characteristics;
  const layout = input.layout ?? null;
  if (kvBytesPerToken === null && layout === null) {
    const overheadBytes = Math.round(weightsBytes * (SIZE_FACTOR - 1));
    return { weightsBytes, kvCacheBytes: 0, overheadBytes, totalBytes: weightsBytes + overheadBytes, contextLength: null, basis: 'size' };
  }
  // Asked for, the context stands even beyond the model's window: no engine here enforces that.
  const contextLength = Math.round(positive(input.contextLength) ?? Math.min(contextWindow ?? DEFAULT_CONTEXT, DEFAULT_CONTEXT));
  const within = (window: number | null): number => Math.min(contextLength, window ?? contextLength);
  const atFullBits =
    layout === null
      ? (kvBytesPerToken ?? 0) * within(slidingWindow)
      : layout.bytesPerToken * contextLength + layout.windowedBytesPerToken * within(layout.window);
  const bits = positive(input.kvBits) ?? FULL_BITS;
  const share = bits >= FULL_BITS ? 1 : (bits + GROUP_COST_BITS) / FULL_BITS;
  const kvCacheBytes = Math.round(atFullBits * share);
  const overheadBytes = Math.round(ENGINE_BYTES + weightsBytes * WORK_SHARE);
  return {
    weightsBytes,
    kvCacheBytes,
    overheadBytes,
    totalBytes: weightsBytes + kvCacheBytes + overheadBytes,
    contextLength,
    basis: 'config',
  };
}

/** The seed's `estimated_size_gb`: bytes × 1.2 in decimal gigabytes, two decimals. */
export function estimatedSizeGb(bytes: number): number {
  return Math.round(((positive(bytes) ?? 0) * SIZE_FACTOR) / 1e7) / 100;
}
