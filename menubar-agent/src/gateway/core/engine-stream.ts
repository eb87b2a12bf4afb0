/** One streamed answer of an engine: asked for, read to its last event, corrected by the engine's adapter. */
import { AgentError } from '@mlx-manager/shared';
import type { Logger } from '../../core/index.js';
import { askEngine, type EngineAt } from './ask.js';
import { EngineStreamError } from './refusal.js';
import { DONE, SseEvents } from './sse-events.js';
import type { StallWatch } from './stall-watch.js';

/**
 * Asks an engine for a stream.
 * @param path the engine's endpoint.
 * @param asked the request in OpenAI's form.
 * @param left aborted when the client leaves.
 * @param stalls told of every sign of life.
 * @returns corrected events as JSON texts, as many at a time as came together.
 * @throws AgentError ENGINE_UNREACHABLE, ENGINE_STREAM_BROKEN; EngineRefusal.
 */
export async function* engineStream(
  at: EngineAt,
  path: string,
  asked: Readonly<Record<string, unknown>>,
  left: AbortSignal,
  logger: Logger,
  stalls: StallWatch,
): AsyncGenerator<readonly string[]> {
  const { adapter, spec } = at.target;
  const body = adapter.prepareChat({ ...asked, stream: true, stream_options: { include_usage: true } }, spec);
  const limit = body.max_completion_tokens ?? body.max_tokens;
  const filter = adapter.streamFilter?.({ maxTokens: typeof limit === 'number' ? limit : null });
  const signal = adapter.onLeave === 'drain' ? new AbortController().signal : left;
  const request = { body: JSON.stringify(body), contentType: 'application/json', accept: 'text/event-stream' };
  const listener = stalls.listen(at.profileId, request.body.length);
  let answer;
  try {
    answer = await askEngine(at, path, request, signal);
  } catch (error) {
    listener.over();
    throw error;
  }
  const reader = new SseEvents();
  let done = false;
  try {
    for await (const chunk of answer.body) {
      listener.heard();
      if (left.aborted) throw left.reason;
      const events: string[] = [];
      let failure: EngineStreamError | null = null;
      for (const data of reader.push(chunk)) {
        if (data === DONE) {
          done = true;
          break;
        }
        const event = filter === undefined ? data : filter(data);
        if (event === null) continue;
        failure = errorIn(event);
        if (failure !== null) break;
        events.push(event);
      }
      // What was said before is the client's.
      if (events.length > 0) yield events;
      if (failure !== null) throw failure;
      if (done) break;
    }
    // mlx_lm.server marks the end of a stream by closing: a killed engine looks like one that is done, but for its last event.
    if (!done) throw new Error('the stream ended without its last event');
  } catch (error) {
    if (left.aborted) throw error;
    logger.warn({ err: error, profileId: at.profileId }, 'an engine broke off in an answer');
    void at.onStall(at.profileId);
    const said = error instanceof EngineStreamError ? ` It said: ${error.message}` : '';
    throw new AgentError('ENGINE_STREAM_BROKEN', { name: at.profileName, said }, { cause: error });
  } finally {
    listener.over();
    answer.body.leave(done ? 'finish' : adapter.onLeave === 'drain' ? 'drain' : 'close');
  }
}

function errorIn(event: string): EngineStreamError | null {
  if (!event.startsWith('{"error"')) return null;
  const { error } = JSON.parse(event) as { error: unknown };
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return new EngineStreamError(typeof message === 'string' ? message : JSON.stringify(message));
}
