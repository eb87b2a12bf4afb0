/** What came with the page: the answers it would ask for first, read while it is drawn for the first time. What is asked again is asked of the agent. */
import { createFirstReader, FIRST_DATA_ID, type FirstData, type FirstReader } from '@mlx-manager/shared';
import { atServer } from './here.js';

/** Older answers are not used: a page that opens late, say from the background, asks. Milliseconds since the page began. */
const GOOD_MS = 10_000;

const data = atServer ? null : read(document.getElementById(FIRST_DATA_ID));
let reader = data === null ? null : createFirstReader(data.answers);

function read(element: HTMLElement | null): FirstData | null {
  if (element === null) return null;
  try {
    return JSON.parse(element.textContent) as FirstData;
  } catch {
    // The agent ended while it sent the page: the page asks once it is back.
    return null;
  }
}

/** Where the event stream begins, so that nothing is missed that happened behind the answers; empty where none came. */
export const firstEventId = data?.eventId ?? '';

/** At the server: what the next drawing has. */
export function drawWith(answers: FirstData['answers']): void {
  reader = createFirstReader(answers);
}

/** Reads from what came with the page; undefined where it did not come, is too old, or is not what this page reads. */
export function readFirst<T>(call: (reader: FirstReader) => T): T | undefined {
  if (reader === null || (!atServer && performance.now() > GOOD_MS)) return undefined;
  try {
    return call(reader);
  } catch {
    // The agent is asked, and what is wrong then is shown.
    return undefined;
  }
}
