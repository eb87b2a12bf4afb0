import fc from 'fast-check';
import { ByteRanges } from './byte-ranges.js';

test('stretches join where they meet, and only new bytes count', () => {
  const ranges = new ByteRanges();
  expect(ranges.add({ start: 10, end: 20 })).toBe(10);
  expect(ranges.add({ start: 15, end: 18 })).toBe(0);
  expect(ranges.add({ start: 30, end: 40 })).toBe(10);
  expect(ranges.prefix).toBe(0);
  expect(ranges.add({ start: 0, end: 10 })).toBe(10);
  expect(ranges.prefix).toBe(20);
  expect(ranges.add({ start: 5, end: 35 })).toBe(10);
  expect([...ranges]).toEqual([{ start: 0, end: 40 }]);
  expect(ranges.add({ start: 50, end: 50 })).toBe(0);
  expect(ranges.missing(100, 25)).toEqual([
    { start: 40, end: 65 },
    { start: 65, end: 90 },
    { start: 90, end: 100 },
  ]);
  expect(ranges.missing(40, 25)).toEqual([]);
});

test('whatever is added in whatever order: what is there and what is missing make the file', () => {
  const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]) => ({ start, end: start + length }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), fc.integer({ min: 1, max: 30 }), (added, longest) => {
      const size = 80;
      const bytes = new Set<number>();
      const ranges = new ByteRanges();
      for (const { start, end } of added) {
        const before = bytes.size;
        for (let at = start; at < end; at += 1) bytes.add(at);
        expect(ranges.add({ start, end })).toBe(bytes.size - before);
      }
      expect(ranges.total).toBe(bytes.size);
      const missing = ranges.missing(size, longest);
      expect(missing.every(({ start, end }) => end > start && end - start <= longest)).toBe(true);
      const gaps = missing.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
      expect(gaps).toEqual(Array.from({ length: size }, (_, at) => at).filter((at) => !bytes.has(at)));
      let prefix = 0;
      while (bytes.has(prefix)) prefix += 1;
      expect(ranges.prefix).toBe(prefix);
    }),
  );
});
