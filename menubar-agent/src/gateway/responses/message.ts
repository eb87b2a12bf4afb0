/** A whole response. It is the streamed one, put together; so both say the same. */
import type { ResponseObject, ResponsesEvent } from './events.js';

/**
 * The response that the events tell.
 * @param events all of one answer.
 */
export function responseOf(events: readonly ResponsesEvent[]): ResponseObject {
  const last = events.findLast((event) => 'response' in event);
  if (!last || !('response' in last)) throw new Error('an answer begins with response.created');
  return last.response;
}
