import fc from 'fast-check';
import type { Page, RequestRecord } from '@mlx-manager/shared';
import { exportAddress, joined, merged, ms, NO_FILTERS, phasesOf, refetched, timingWords, toQuery } from './trace.js';

test('phases are the parts of the whole: the first token’s time has queue and load in it', () => {
  expect(phasesOf({ queueMs: 100, loadMs: 400, firstTokenMs: 900, totalMs: 3000 })).toEqual({
    queue: 100,
    load: 400,
    first: 400,
    generation: 2100,
  });
  expect(phasesOf({ queueMs: 0, loadMs: 0, firstTokenMs: null, totalMs: 70 })).toEqual({ queue: 0, load: 0, first: 0, generation: 70 });
});

test('whatever was measured, no phase is negative and they add up', () => {
  const time = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(time, time, fc.option(time), time, (queueMs, loadMs, firstTokenMs, totalMs) => {
      const parts = Object.values(phasesOf({ queueMs, loadMs, firstTokenMs, totalMs }));
      expect(parts.every((part) => part >= 0)).toBe(true);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(totalMs, 3);
    }),
  );
});

test('times in words', () => {
  expect([ms(3.4), ms(999.6), ms(12_345), ms(184_000)]).toEqual(['3 ms', '1.00 s', '12.3 s', '3 min 4 s']);
  expect(timingWords({ queueMs: 5, loadMs: 0, firstTokenMs: 25, totalMs: 100 })).toBe(
    '100 ms: queue 5 ms, first token 20 ms, generation 75 ms',
  );
});

test('what came live and was fetched too is shown once, as it came', () => {
  const record = (id: string, status = 200) => ({ id, status }) as RequestRecord;
  expect(merged([record('b', 500)], [record('b'), record('a')])).toEqual([record('b', 500), record('a')]);
});

test('filters as the agent takes them', () => {
  expect(toQuery(NO_FILTERS, 0)).toEqual({});
  const now = Date.parse('2026-01-02T03:04:59Z');
  const query = toQuery({ ...NO_FILTERS, search: ' qwen ', outcome: 'error', minMs: 1000, hours: 1 }, now);
  expect(query).toEqual({ search: 'qwen', outcome: 'error', minMs: 1000, since: '2026-01-02T02:04:00.000Z' });
  expect(exportAddress(query, 'csv')).toBe(
    '/api/requests/export?format=csv&search=qwen&outcome=error&since=2026-01-02T02%3A04%3A00.000Z&min_ms=1000',
  );
  const span = { ...NO_FILTERS, status: 429, hours: 0, to: '2026-01-02T03:00' };
  expect(toQuery(span, now)).toEqual({ status: 429, until: new Date('2026-01-02T03:00').toISOString() });
  expect(toQuery({ ...span, from: '2026-01-01T00:00' }, now)).toMatchObject({ since: new Date('2026-01-01T00:00').toISOString() });
  // What was chosen before the span counts no longer, nor does the span behind it.
  expect(toQuery({ ...span, hours: null }, now)).toEqual({ status: 429 });
});

test('a first page fetched anew keeps what was fetched behind it, unless something between is not known', () => {
  const page = (cursor: string | null, ...ids: string[]): Page<RequestRecord> => ({
    items: ids.map((id) => ({ id }) as RequestRecord),
    cursor,
  });
  const idsOf = ({ items, cursor }: Page<RequestRecord>): [string, string | null] => [items.map(({ id }) => id).join(''), cursor];
  const old = page('far', 'c', 'd', 'e', 'f');
  expect(idsOf(joined(page('near', 'b', 'c'), old))).toEqual(['bcdef', 'far']);
  expect(idsOf(joined(page('near', 'a', 'b'), old))).toEqual(['ab', 'near']);
  // All there is: what is not on it was forgotten.
  expect(idsOf(joined(page(null, 'b', 'c'), old))).toEqual(['bc', null]);
  expect(idsOf(joined(page(null), old))).toEqual(['', null]);
});

test('a list fetched anew reaches down to what is shown, however many came meanwhile', async () => {
  const all = Array.from({ length: 26 }, (_, i) => String.fromCharCode(122 - i));
  const asked: string[] = [];
  const fetchPage = (cursor: string | undefined): Promise<Page<RequestRecord>> => {
    asked.push(cursor ?? '');
    const from = Number(cursor ?? 0);
    const items = all.slice(from, from + 5).map((id) => ({ id }) as RequestRecord);
    return Promise.resolve({ items, cursor: from + 5 < all.length ? String(from + 5) : null });
  };
  const shown = { items: all.slice(16, 20).map((id) => ({ id }) as RequestRecord), cursor: '20' };
  const page = await refetched(fetchPage, () => shown);
  expect(page.items.map(({ id }) => id).join('')).toBe('zyxwvutsrqponmlkjihg');
  expect(page.cursor).toBe('20');
  expect(asked).toEqual(['', '5', '10', '15']);
  // Nothing shown, or nothing of it left: one page, or all.
  asked.length = 0;
  expect((await refetched(fetchPage, () => undefined)).cursor).toBe('5');
  expect(asked).toEqual(['']);
  const gone = await refetched(fetchPage, () => ({ items: [{ id: 'gone' } as RequestRecord], cursor: null }));
  expect(gone.items.map(({ id }) => id)).toEqual(all);
  expect(gone.cursor).toBeNull();
});
