/** What a model will need by its context, against what models may take on this machine. Bytes throughout. */
import type { Characteristics, MemoryEstimate, PoolStatus } from '@mlx-manager/shared';
import { bytes } from '../../lib/format.js';

const GIB = 2 ** 30;
const SMALLEST = 2048;
/** Longest context offered where the model says none, tokens. */
const LARGEST = 131_072;

/** Contexts to choose from: doubling, and the model's own as the last. Empty where memory is not counted by context. */
export function contextsOf(memory: MemoryEstimate, window: number | null): number[] {
  if (memory.contextLength === null) return [];
  const last = window ?? Math.max(LARGEST, memory.contextLength);
  const steps: number[] = [];
  for (let step = SMALLEST; step < last; step *= 2) steps.push(step);
  return [...steps, last];
}

/** The estimate for another context: weights and overhead stay, the cache grows as the estimate's did. */
export function memoryAt(
  memory: MemoryEstimate,
  c: Pick<Characteristics, 'kvBytesPerToken' | 'slidingWindow'>,
  context: number,
): MemoryEstimate {
  const known = memory.contextLength;
  if (known === null || known === 0) return memory;
  const kvCacheBytes = Math.round(cacheAt(memory.kvCacheBytes, known, c, context));
  return { ...memory, kvCacheBytes, totalBytes: memory.weightsBytes + kvCacheBytes + memory.overheadBytes, contextLength: context };
}

function cacheAt(atKnown: number, known: number, c: Pick<Characteristics, 'kvBytesPerToken' | 'slidingWindow'>, context: number): number {
  const { kvBytesPerToken: perToken, slidingWindow: window } = c;
  if (window === null || perToken === null) return (atKnown / known) * context;
  // What is left beside the layers that keep everything is kept by the sliding ones, up to their window.
  const sliding = atKnown - perToken * known;
  if (sliding < 0) return (atKnown / Math.min(known, window)) * Math.min(context, window);
  return perToken * context + (sliding / Math.min(known, window)) * Math.min(context, window);
}

export interface MemoryView {
  readonly verdict: 'fits' | 'after-unloading' | 'too-large' | 'loaded';
  readonly sentence: string;
  /** What models may take together. */
  readonly budget: number;
  /** What others that are loaded take of it. */
  readonly others: number;
}

/** @param own what the pool counts for this model while it is loaded; null when it is not. */
export function memoryView(total: number, pool: Pick<PoolStatus, 'budgetGb' | 'leasedGb'>, own: number | null): MemoryView {
  const budget = pool.budgetGb * GIB;
  const others = Math.max(0, pool.leasedGb * GIB - (own ?? 0));
  const free = Math.max(0, budget - others);
  const need = `needs about ${bytes(total)}`;
  if (own !== null) return { verdict: 'loaded', sentence: `Loaded: ${need} of the ${bytes(budget)} for models.`, budget, others };
  if (total > budget)
    return { verdict: 'too-large', sentence: `Too large: ${need}; models may take ${bytes(budget)} here.`, budget, others };
  if (total > free)
    return {
      verdict: 'after-unloading',
      sentence: `Fits when others are unloaded: ${need}; ${bytes(free)} of ${bytes(budget)} are free.`,
      budget,
      others,
    };
  return { verdict: 'fits', sentence: `Fits: ${need} of the ${bytes(free)} free for models.`, budget, others };
}
