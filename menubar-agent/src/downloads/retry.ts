/** When to try again, when to give up, and what to say then. */
import type { Clock } from '../core/index.js';
import { errorOfFailure } from '../hub/index.js';
import { AgentError } from '@mlx-manager/shared';
import type { TransferLimits } from './types.js';

/** Nothing came for too long. */
export class StallError extends Error {}
/** A download address no longer holds; a new one is asked for. */
export class AddressExpired extends Error {}

export interface RetryContext {
  readonly clock: Clock;
  readonly limits: TransferLimits;
  readonly endpoint: string;
  /** What is being fetched, for messages. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Told before each wait. */
  readonly onRetry: (error: unknown, delayMs: number) => void;
}

/** Waiting longer than this for a 429 would look like doing nothing. Milliseconds. */
const LONGEST_RETRY_AFTER = 15 * 60_000;

/**
 * Runs `attempt` until it succeeds, fails for good, or has failed too often in a row without bringing anything.
 * @param attempt answers when done; its failures are retried where that can help.
 * @param progress bytes brought so far; whenever it has grown, the count begins anew.
 * @throws what the last failure means to the user, or the signal's reason.
 */
export async function withRetries<T>(context: RetryContext, attempt: () => Promise<T>, progress: () => number = () => 0): Promise<T> {
  let fruitless = 0;
  for (;;) {
    const before = progress();
    try {
      return await attempt();
    } catch (error) {
      context.signal.throwIfAborted();
      if (!canHelp(error)) throw error;
      fruitless = progress() > before ? 1 : fruitless + 1;
      if (fruitless >= context.limits.maxAttempts) throw finalError(error, fruitless, context);
      const delayMs = delayOf(error, fruitless, context.limits);
      context.onRetry(error, delayMs);
      await delay(delayMs, context);
    }
  }
}

function canHelp(error: unknown): boolean {
  if (!(error instanceof AgentError)) return true; // stalls, cut connections, no network
  if (error.code === 'HUB_UNREACHABLE' || error.code === 'HUB_RATE_LIMITED') return true;
  const { status } = error.details;
  return error.code === 'HUB_ERROR' && typeof status === 'number' && (status >= 500 || status === 408);
}

function finalError(error: unknown, attempts: number, { endpoint, what, limits }: RetryContext): AgentError {
  if (error instanceof StallError) return new AgentError('DOWNLOAD_STALLED', { seconds: Math.round(limits.stallMs / 1000), attempts });
  if (error instanceof AddressExpired) return new AgentError('HUB_ERROR', { status: 'an address that does not hold', what });
  return errorOfFailure(error, { endpoint, what });
}

/** Doubles from the first delay on, with up to half of it taken off at random, so that connections cut together do not come back together. */
function delayOf(error: unknown, attempts: number, limits: TransferLimits): number {
  if (error instanceof AgentError && error.code === 'HUB_RATE_LIMITED')
    return Math.min(LONGEST_RETRY_AFTER, Number(error.details.retryAfter) * 1000);
  if (error instanceof AddressExpired && attempts === 1) return 0;
  const full = Math.min(limits.longestDelayMs, limits.firstDelayMs * 2 ** (attempts - 1));
  return full * (1 - Math.random() / 2);
}

async function delay(ms: number, { clock, signal }: RetryContext): Promise<void> {
  if (ms <= 0) return;
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.schedule(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
