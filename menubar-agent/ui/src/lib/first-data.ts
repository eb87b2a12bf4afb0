/** What came with the page: the answers it would ask for first. Each is taken once; what is asked again is asked of the agent. */
import { FIRST_DATA_ID, type FirstData } from '@mlx-manager/shared';

/** Older answers are not used: a page that opens late, say from the background, asks. Milliseconds since the page began. */
const GOOD_MS = 10_000;

const data = typeof document === 'undefined' ? null : read(document.getElementById(FIRST_DATA_ID));

function read(element: HTMLElement | null): FirstData | null {
  return element === null ? null : (JSON.parse(element.textContent) as FirstData);
}

/** Where the event stream begins, so that nothing is missed that happened behind the answers; empty where none came. */
export const firstEventId = data?.eventId ?? '';

/** Whether answers are left, and still good. */
export const hasFirst = (): boolean => data !== null && performance.now() < GOOD_MS && Object.keys(data.answers).length > 0;

/** The answer that came with the page, once. @param url path with query. */
export function takeFirst(url: string): Response | undefined {
  const answer = data?.answers[url];
  if (data === null || answer === undefined) return undefined;
  Reflect.deleteProperty(data.answers, url);
  return new Response(answer.body, {
    headers: { 'content-type': 'application/json', ...(answer.link !== undefined && { link: answer.link }) },
  });
}
