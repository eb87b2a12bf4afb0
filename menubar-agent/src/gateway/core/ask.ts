/** Asks an engine. Its refusals and its silence become errors here, in one way for all protocols. */
import type { Dispatcher } from 'undici';
import { AgentError } from '@mlx-manager/shared';
import type { ServerTarget } from '../../servers/index.js';
import { engineError } from '../engine-error.js';
import { EngineBody } from './engine-body.js';
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

/** What is sent. */
export interface EngineRequest {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly accept: string;
}

/** What came back. */
export interface EngineAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: EngineBody;
}

/**
 * Sends a request to an engine.
 * @param path e.g. `/v1/chat/completions`.
 * @param signal closes the connection, which ends the engine's work.
 * @throws AgentError ENGINE_UNREACHABLE; EngineRefusal for its own error answers.
 */
export async function askEngine(at: EngineAt, path: string, request: EngineRequest, signal: AbortSignal): Promise<EngineAnswer> {
  const { target, profileId, profileName: name } = at;
  // Whoever has the place looks after the engine: it may try again.
  const unreachable = (reason: string, cause?: unknown): AgentError => new AgentError('ENGINE_UNREACHABLE', { name, reason }, { cause });
  let answer;
  try {
    answer = await dispatch(target.baseUrl, path, request, signal);
  } catch (error) {
    throw unreachable(error instanceof Error ? error.message : String(error), error);
  }
  if (answer.statusCode < 400) return answer;
  const text = (await answer.body.start(MAX_ERROR_CHARS).catch(() => '')).slice(0, MAX_ERROR_CHARS); // an error that breaks off is an error all the same
  if (target.adapter.saysDead?.(answer.statusCode, text) === true) throw unreachable('it says that it can generate nothing any more');
  if (answer.statusCode >= 500) void at.onStall(profileId);
  throw refusalOf(answer.statusCode, text, answer.headers['retry-after']);
}

/** Loaded with the first request: most of the agent's life there is none. */
let dispatcher: Dispatcher | null = null;
const loadDispatcher = async (): Promise<Dispatcher> => (await import('undici')).getGlobalDispatcher();

async function dispatch(
  origin: string,
  path: string,
  { body, contentType, accept }: EngineRequest,
  signal: AbortSignal,
): Promise<EngineAnswer> {
  dispatcher ??= await loadDispatcher();
  const through = dispatcher;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let answering: EngineBody | null = null;
    const onAbort = (): void => {
      const reason = signal.reason instanceof Error ? signal.reason : new Error('aborted');
      controller?.abort(reason);
      reject(reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const over = (): void => signal.removeEventListener('abort', onAbort);
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (signal.aborted) onAbort();
      },
      onResponseStart(started, statusCode, headers) {
        if (statusCode < 200) return;
        answering = new EngineBody(started);
        resolve({ statusCode, headers, body: answering });
      },
      onResponseData: (_started, bytes) => answering?.push(bytes),
      onResponseEnd() {
        over();
        answering?.end();
      },
      onResponseError(_started, error) {
        over();
        if (answering === null) reject(error);
        else answering.fail(error);
      },
    };
    // A long prompt may take minutes before the first byte; only the client decides how long it waits.
    const timeouts = { headersTimeout: 0, bodyTimeout: 0 };
    const headers = { 'content-type': contentType, accept };
    through.dispatch({ origin, path, method: 'POST', headers, body, ...timeouts }, handler);
  });
}

/** An error answer as an {@link EngineRefusal}. */
export function refusalOf(statusCode: number, text: string, retryAfter: string | string[] | undefined): EngineRefusal {
  const { status, body } = engineError(statusCode, text);
  const { message, ...fields } = body.error;
  return new EngineRefusal(status, message, fields, typeof retryAfter === 'string' ? retryAfter : null);
}
