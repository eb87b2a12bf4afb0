/** How a failed request is written down. */
import { AgentError } from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import type { Call } from './call.js';
import { EngineRefusal, type EngineStreamError } from './refusal.js';

/** Writes into the trace what a request failed with. */
export function noteFailure({ trace, signal }: Call, error: unknown): void {
  trace.outcome = trace.engine === null && trace.provider === null ? 'refused' : 'error';
  if (signal.aborted) return;
  trace.status = error instanceof AgentError || error instanceof EngineRefusal ? error.status : 500;
  trace.errorCode =
    error instanceof AgentError ? error.code : error instanceof EngineRefusal ? (error.fields.code ?? 'engine_refused') : 'INTERNAL';
  trace.errorMessage = error instanceof Error ? error.message.slice(0, 500) : null;
}

/** The events of an answer are well formed and mean nothing: ENGINE_STREAM_BROKEN, logged. */
export function senseless({ trace, model }: Call, problem: EngineStreamError, logger: Logger): AgentError {
  logger.warn({ err: problem, profileId: trace.profileId, provider: trace.provider }, 'an answer makes no sense');
  const name = trace.provider ?? trace.profileName ?? model;
  return new AgentError('ENGINE_STREAM_BROKEN', { name, said: ` What it said makes no sense: ${problem.message}.` }, { cause: problem });
}
