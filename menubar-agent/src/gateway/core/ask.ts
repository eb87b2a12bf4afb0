/** Asks an engine. Its refusals and its silence become errors here, in one way for all protocols. */
import type { Dispatcher } from 'undici';
import { AgentError } from '@mlx-manager/shared';
import type { ServerTarget } from '../../servers/index.js';
import { engineError } from '../engine-error.js';
import { EngineRefusal } from './refusal.js';

/** Of an engine's error answer. */
const MAX_ERROR_CHARS = 64 * 1024;

/** The engine behind a profile. */
export interface EngineAt {
  readonly target: ServerTarget;
  readonly profileId: number;
  readonly profileName: string;
  /** Told when an engine gives no answer, so that it is looked at. */
  readonly onStall: (profileId: number) => Promise<void>;
}

/**
 * Sends a request to an engine.
 * @param path e.g. `/v1/chat/completions`.
 * @param signal closes the connection, which ends the engine's work.
 * @throws AgentError ENGINE_UNREACHABLE; EngineRefusal for its own error answers.
 */
export async function askEngine(
  at: EngineAt,
  path: string,
  request: { body: string | Uint8Array; contentType: string; accept: string },
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  // Loaded with the first request: most of the agent's life there is none.
  const { request: send } = await import('undici');
  const { target, profileId, profileName: name } = at;
  // Whoever has the place looks after the engine: it may try again.
  const unreachable = (reason: string, cause?: unknown): AgentError => new AgentError('ENGINE_UNREACHABLE', { name, reason }, { cause });
  let answer;
  try {
    answer = await send(target.baseUrl + path, {
      method: 'POST',
      headers: { 'content-type': request.contentType, accept: request.accept },
      body: request.body,
      signal,
      // A long prompt may take minutes before the first byte; only the client decides how long it waits.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  } catch (error) {
    throw unreachable(error instanceof Error ? error.message : String(error), error);
  }
  if (answer.statusCode < 400) return answer;
  const text = (await answer.body.text().catch(() => '')).slice(0, MAX_ERROR_CHARS); // an error that breaks off is an error all the same
  if (target.adapter.saysDead?.(answer.statusCode, text) === true) throw unreachable('it says that it can generate nothing any more');
  if (answer.statusCode >= 500) void at.onStall(profileId);
  throw refusalOf(answer.statusCode, text, answer.headers['retry-after']);
}

/** An error answer as an {@link EngineRefusal}. */
export function refusalOf(statusCode: number, text: string, retryAfter: string | string[] | undefined): EngineRefusal {
  const { status, body } = engineError(statusCode, text);
  const { message, ...fields } = body.error;
  return new EngineRefusal(status, message, fields, typeof retryAfter === 'string' ? retryAfter : null);
}
