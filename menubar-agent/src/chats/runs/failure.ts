/** What went wrong with an answer, in the words of the wire, and whether another try may help. */
import { AgentError, type TaskError } from '@mlx-manager/shared';
import { EngineRefusal } from '../../gateway/index.js';

/** Failures of a process or a connection, which the next try may not meet. */
const PASSING = new Set(['ENGINE_UNREACHABLE', 'ENGINE_STREAM_BROKEN', 'PROVIDER_UNREACHABLE', 'PROVIDER_STREAM_BROKEN']);

/** Whether to try again. Only for what failed before the first token. */
export function mayPass(error: unknown): boolean {
  if (error instanceof EngineRefusal) return error.status >= 500;
  return error instanceof AgentError && PASSING.has(error.code);
}

/** An error as it is kept with a run. */
export function asTaskError(error: unknown): TaskError {
  if (error instanceof EngineRefusal) {
    const own = new AgentError('ENGINE_REFUSED', { said: error.message });
    return { code: own.code, message: own.message, action: own.action };
  }
  const known = error instanceof AgentError ? error : new AgentError('INTERNAL');
  return { code: known.code, message: known.message, action: known.action };
}
