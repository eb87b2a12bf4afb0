/** Searching: text, patterns, what takes too long. */
import { cut, nextHit, PATTERN_FLAGS, patternProblem, PlainHits, plainRanges, rangesOf } from './find.js';
import type { Line } from './lines.js';
import { PatternSearch, type WorkerLike } from './pattern-search.js';
import type { PatternFound, PatternJob } from './pattern-worker.js';

const line = (id: number, text: string): Line => ({
  id,
  seq: id,
  source: '1',
  time: '2026-11-21T13:00:00.000Z',
  level: 'info',
  text,
  rows: 1,
});

test('text is found whatever its case, and each line is looked at once', () => {
  const hits = new PlainHits('Metal');
  expect([...hits.update([line(1, 'METAL memory'), line(2, 'nothing')])]).toEqual([1]);
  // The same id again with another text: it was looked at.
  expect([...hits.update([line(2, 'metal'), line(3, 'metal')])]).toEqual([1, 3]);
  hits.keep(new Set([3]));
  expect(hits.size).toBe(1);
});

test('signs of patterns are plain signs in plain text', () => {
  expect(plainRanges('a.b (a.b) axb', 'a.b')).toEqual([0, 3, 5, 8]);
  expect(plainRanges('[x] \\ $', '[X]')).toEqual([0, 3]);
  // Lower case of İ is longer than itself: places are those of the text.
  expect(plainRanges('İİ ok', 'ok')).toEqual([3, 5]);
  expect(plainRanges('x'.repeat(16_000), 'x').length).toBeLessThanOrEqual(400);
});

test('patterns: rows, matches of nothing, and what is none', () => {
  expect(rangesOf('one\ntwo', new RegExp('^t', PATTERN_FLAGS))).toEqual([4, 5]);
  expect(rangesOf('baab', new RegExp('a*', PATTERN_FLAGS))).toEqual([1, 3]);
  expect(patternProblem('a(b')).toMatch(/group|parenthes/i);
  expect(patternProblem('a(b)')).toBeNull();
});

test('a text cut at its matches is the text', () => {
  expect(cut('one two one', [0, 3, 8, 11])).toEqual([
    ['one', true],
    [' two ', false],
    ['one', true],
  ]);
  expect(cut('abc', [])).toEqual([['abc', false]]);
});

test('the next match, round at the ends', () => {
  expect([nextHit([2, 5, 9], 5, 1), nextHit([2, 5, 9], 9, 1), nextHit([2, 5, 9], 2, -1), nextHit([2, 5, 9], 7, -1)]).toEqual([9, 2, 9, 5]);
  expect(nextHit([], 0, 1)).toBeNull();
});

/** A worker that answers by hand. */
function stand() {
  const jobs: PatternJob[] = [];
  const worker: WorkerLike & { ended: boolean } = {
    onmessage: null,
    onerror: null,
    ended: false,
    postMessage: (job) => void jobs.push(job),
    terminate: () => (worker.ended = true),
  };
  return { jobs, worker, say: (data: PatternFound | 'ready') => worker.onmessage?.({ data } as MessageEvent<PatternFound | 'ready'>) };
}

test('a pattern is looked for in the worker: what comes meanwhile goes with the next job', () => {
  const { jobs, worker, say } = stand();
  const seen: number[] = [];
  const search = new PatternSearch(
    'a+',
    () => seen.push(search.hits.size),
    () => worker,
  );
  search.update([line(1, 'a')]);
  expect(jobs).toEqual([]);
  say('ready');
  expect(jobs).toEqual([{ pattern: 'a+', ids: [1], texts: ['a'] }]);
  search.update([line(1, 'a'), line(2, 'b'), line(3, 'aa')]);
  expect(jobs).toHaveLength(1);
  say({ ids: [1], ranges: [[0, 1]] });
  expect(jobs[1]?.ids).toEqual([2, 3]);
  expect(search.searching).toBe(true);
  say({ ids: [3], ranges: [[0, 2]] });
  expect([search.hits.get(3), search.searching, seen]).toEqual([[0, 2], false, [1, 2]]);
  search.end();
  expect(worker.ended).toBe(true);
});

test('a pattern that does not end is ended, and said', async () => {
  const { worker, say } = stand();
  const search = await new Promise<PatternSearch>((resolve) => {
    const one = new PatternSearch(
      '(a+)+$',
      () => resolve(one),
      () => worker,
      20,
    );
    one.update([line(1, 'a')]);
    say('ready');
  });
  expect([worker.ended, search.searching]).toEqual([true, false]);
  expect(search.problem).toMatch(/too long/);
});
