import { SseEvents } from './sse-events.js';
import { cpuMs } from '../../../../tests/support/cpu.js';

/** Numbers from a seed (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const read = (bytes: Uint8Array, cuts: number[]): string[] => {
  const reader = new SseEvents();
  const ends = [...cuts, bytes.length];
  let from = 0;
  return ends.flatMap((end) => {
    const events = reader.push(bytes.subarray(from, end));
    from = end;
    return events;
  });
};

const pieces = [
  'data: {"a":"Grüße, 世界 🌍"}\n\n',
  ': keepalive 3/7\n\n',
  'data: {"b":1}\r\n\r\n',
  'event: x\ndata: one\ndata: two\n\n',
  'data:{"no":"space"}\n\n',
  'id: 7\n\n',
  'data: [DONE]\n\n',
];

test('data is read, comments and other fields are not', () => {
  const bytes = new TextEncoder().encode(pieces.join(''));
  expect(read(bytes, [])).toEqual(['{"a":"Grüße, 世界 🌍"}', '{"b":1}', 'one\ntwo', '{"no":"space"}', '[DONE]']);
});

test('any split of the bytes gives the same events', () => {
  const next = random(7);
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: 1 + Math.floor(next() * 12) }, () => pieces[Math.floor(next() * pieces.length)]).join('');
    const bytes = new TextEncoder().encode(text);
    const cuts = Array.from({ length: Math.floor(next() * 20) }, () => Math.floor(next() * bytes.length)).sort((a, b) => a - b);
    expect(read(bytes, cuts)).toEqual(read(bytes, []));
  }
});

test('every single byte on its own, too', () => {
  const bytes = new TextEncoder().encode(pieces.join(''));
  expect(
    read(
      bytes,
      Array.from(bytes, (_, i) => i),
    ),
  ).toEqual(read(bytes, []));
});

test('an event without end costs what it is long, however it is cut, and ends in an error', () => {
  for (const piece of ['a'.repeat(4096), 'data: aaaa\n'.repeat(400)]) {
    const bytes = new TextEncoder().encode(piece);
    const reader = new SseEvents();
    const feed = (): void => {
      for (let i = 0; i < 20_000; i++) expect(reader.push(bytes)).toEqual([]);
    };
    // Put together anew with every piece it took minutes.
    expect(cpuMs(() => expect(feed).toThrow('has no end'))).toBeLessThan(20_000);
  }
}, 30_000);
