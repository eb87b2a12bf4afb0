/** The pool's errors, with their numbers. */
import { AgentError } from '@mlx-manager/shared';
import type { MemoryReading } from '../system/index.js';

export const GIB = 2 ** 30;
/** Bytes as shown: in 2^30 bytes, two decimals. */
export const gb = (bytes: number): number => Math.round((bytes / GIB) * 100) / 100;
/** Whole seconds, at least one, for Retry-After. */
export const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
/** Percent of the machine's memory in use. */
export const percentUsed = ({ totalBytes, availableBytes }: MemoryReading): number =>
  totalBytes > 0 ? Math.round((1 - availableBytes / totalBytes) * 1000) / 10 : 0;

/** The same error, with when to come again. */
export function withRetry(error: unknown, ms: number): unknown {
  if (!(error instanceof AgentError)) return error;
  const { message, action, status, details } = error;
  return new AgentError(error.code, { ...details, retryAfter: seconds(ms) }, { message, action, status, cause: error });
}

/** A profile that is counted in memory, for an error. */
interface Named {
  readonly name: string;
  readonly bytes: number;
  /** Why it stays; null when it may be unloaded. */
  readonly stays: 'pinned' | 'launchd' | null;
}

/** NOT_ENOUGH_MEMORY with the numbers and what to unload. */
export function notEnoughMemory(
  wanted: { readonly profileId: number; readonly name: string; readonly need: number },
  budget: number,
  held: readonly Named[],
): AgentError {
  const { name, profileId, need } = wanted;
  const free = Math.max(0, budget - held.reduce((sum, { bytes }) => sum + bytes, 0));
  const others = held
    .filter(({ bytes }) => bytes > 0)
    .map(
      (one) => `${one.name} (${gb(one.bytes)} GB${one.stays === null ? '' : `, ${one.stays === 'pinned' ? 'pinned' : 'run by launchd'}`})`,
    );
  return new AgentError('NOT_ENOUGH_MEMORY', {
    name,
    profileId,
    neededGb: gb(need),
    freeGb: gb(free),
    budgetGb: gb(budget),
    remedy:
      need > budget
        ? 'Choose a smaller model or quantization, a shorter context, or raise the setting max_memory_percent or max_memory_gb.'
        : `Stop one of: ${others.join(', ')}.`,
  });
}
