/** When the next target is tried. Pure. */
import { AgentError, type ErrorCode, type FallbackReason } from '@mlx-manager/shared';
import { EngineRefusal } from '../core/refusal.js';

/**
 * What each error means for a fallback. What is the request's own fault (a wrong field, an unknown name, a limit of the caller's key) would fail
 * elsewhere too, or must fail: it is not here. A server that does not start may have failed for want of memory: both words fit.
 */
const REASONS: Partial<Record<ErrorCode, readonly FallbackReason[]>> = {
  QUEUE_FULL: ['full'],
  QUEUE_TIMEOUT: ['full'],
  NOT_ENOUGH_MEMORY: ['no_fit'],
  MEMORY_PRESSURE: ['no_fit'],
  SERVER_FAILED: ['no_fit', 'failed'],
  SERVER_NOT_RUNNING: ['failed'],
  MODEL_NOT_RUNNING: ['failed'],
  MODEL_NOT_HERE: ['failed'],
  MODEL_NOT_DOWNLOADED: ['failed'],
  MODEL_INCOMPLETE: ['failed'],
  ENGINE_NOT_INSTALLED: ['failed'],
  ENGINE_UNREACHABLE: ['failed'],
  ENGINE_STREAM_BROKEN: ['failed'],
  PROVIDER_UNREACHABLE: ['failed'],
  PROVIDER_KEY_REJECTED: ['failed'],
  PROVIDER_STREAM_BROKEN: ['failed'],
  PROVIDER_NOT_FOUND: ['failed'],
};

/**
 * Whether the next target is to be tried. Only to be asked while nothing of the answer has gone out.
 * @param on the reasons the rule falls back for.
 */
export function fallsBack(error: unknown, on: ReadonlySet<FallbackReason>): boolean {
  return reasonsOf(error).some((reason) => on.has(reason));
}

function reasonsOf(error: unknown): readonly FallbackReason[] {
  if (error instanceof AgentError) return REASONS[error.code] ?? [];
  if (!(error instanceof EngineRefusal)) return [];
  if (error.status === 429) return ['full'];
  return error.status >= 500 ? ['failed'] : [];
}
