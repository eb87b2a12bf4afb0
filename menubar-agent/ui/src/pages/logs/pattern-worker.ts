/** Looks for a pattern in lines, beside the page: a pattern that never ends is ended with its worker, and the page goes on. */
import { PATTERN_FLAGS, rangesOf } from './find.js';

export interface PatternJob {
  readonly pattern: string;
  readonly ids: readonly number[];
  readonly texts: readonly string[];
}
/** Of each line with a match its id, and where the matches are. */
export interface PatternFound {
  readonly ids: readonly number[];
  readonly ranges: readonly (readonly number[])[];
}
/** The worker's side of the channel; the page's types know only the page's. */
interface Channel {
  onmessage: ((event: { data: PatternJob }) => void) | null;
  postMessage: (message: PatternFound | 'ready') => void;
}

const channel = globalThis as unknown as Channel;
channel.onmessage = ({ data: { pattern, ids, texts } }) => {
  const compiled = new RegExp(pattern, PATTERN_FLAGS);
  const found: { ids: number[]; ranges: number[][] } = { ids: [], ranges: [] };
  for (const [i, text] of texts.entries()) {
    compiled.lastIndex = 0;
    if (!compiled.test(text)) continue;
    found.ids.push(ids[i] ?? 0);
    found.ranges.push(rangesOf(text, compiled));
  }
  channel.postMessage(found);
};
channel.postMessage('ready');
