/** Lines kept: order, counts, what leaves. */
import type { LogEntry } from '@mlx-manager/shared';
import { HISTORY, hitIndexes, indexOfLine, LEVELS, LineRing, visibleOf } from './lines.js';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 13, 0, second)).toISOString();
const entry = (seq: number, more: Partial<LogEntry> = {}): LogEntry => ({
  source: '1',
  seq,
  time: at(seq),
  level: 'info',
  text: `line ${seq}`,
  ...more,
});
const texts = (ring: LineRing): string[] => ring.lines.map(({ text }) => text);

test('merges by time, and keeps the order of each source also where its times go back', () => {
  const ring = new LineRing();
  ring.add([entry(1), entry(2), entry(5)]);
  ring.add([entry(1, { source: 'agent', time: at(3), text: 'agent' })]);
  expect(texts(ring)).toEqual(['line 1', 'line 2', 'agent', 'line 5']);
  ring.add([entry(6, { time: at(1), text: 'stepped back' })]);
  expect(texts(ring).at(-1)).toBe('stepped back');
});

test('keeps the last ones, counts by level, and says how many left', () => {
  const ring = new LineRing(3);
  ring.add([entry(1, { level: 'error' }), entry(2), entry(3), entry(4, { level: 'warning' }), entry(5)]);
  expect(texts(ring)).toEqual(['line 3', 'line 4', 'line 5']);
  expect(ring.counts).toEqual({ error: 0, warning: 1, info: 2, debug: 0 });
  expect(ring.dropped).toBe(2);
  // Too many came at once: the agent told the last ones alone.
  ring.add([entry(105)]);
  expect(ring.dropped).toBe(2 + 99 + 1);
  ring.clear(false);
  expect([ring.lines, ring.dropped]).toEqual([[], 0]);
  ring.add([entry(106)]);
  expect([texts(ring), ring.dropped]).toEqual([['line 106'], 0]);
});

test('is the same array until something comes; ids go on over a clearing', () => {
  const ring = new LineRing();
  ring.add([entry(1)]);
  const before = ring.lines;
  expect(ring.lines).toBe(before);
  ring.clear(true);
  ring.add([entry(1)]);
  expect(ring.lines[0]?.id).toBeGreaterThan(before[0]?.id ?? Infinity);
  expect(before).toHaveLength(1);
});

test('levels and matches choose what is shown', () => {
  const ring = new LineRing();
  ring.add([entry(1, { level: 'error', text: 'a\nb\nc' }), entry(2), entry(3, { level: 'debug' })]);
  const { lines } = ring;
  expect(lines[0]?.rows).toBe(3);
  expect(visibleOf(lines, new Set(LEVELS), null)).toBe(lines);
  expect(visibleOf(lines, new Set(['error', 'debug']), null).map(({ seq }) => seq)).toEqual([1, 3]);
  const [first, second, third] = lines.map(({ id }) => id) as [number, number, number];
  expect(visibleOf(lines, new Set(LEVELS), new Set([second])).map(({ seq }) => seq)).toEqual([2]);
  expect(hitIndexes(lines, new Set([first, third, 99]))).toEqual([0, 2]);
  expect([indexOfLine(lines, third), indexOfLine(lines, 9)]).toEqual([2, -1]);
});

test('with its history before it a line keeps its id; without it all are new', () => {
  const ring = new LineRing();
  ring.replace([entry(8), entry(9)]);
  const [eight, nine] = ring.lines.map(({ id }) => id) as [number, number];
  ring.replace([entry(6), entry(7), entry(8), entry(9), entry(10)]);
  expect(ring.lines.map(({ seq, id }) => [seq, id])).toEqual([6, 7, 8, 9, 10].map((seq) => [seq, seq - 8 + eight]));
  expect([nine, ring.lastId]).toEqual([eight + 1, eight + 2]);
  expect(eight).toBeGreaterThan(HISTORY);
  ring.replace([entry(50)]);
  expect(ring.lines[0]?.id).toBe(eight + 3);
});
