import type { PoolGroup } from '@mlx-manager/shared';
import { groupBetween } from './groups.js';
import { planLoad, type Held } from './plan.js';

const held = (profileId: number, bytes: number, given: Partial<Held> = {}): Held => ({
  ...{ profileId, bytes, stays: false, leaving: false, busy: false, freeAt: 0, lastUsed: profileId },
  ...given,
});
const plan = (need: number, others: Held[], apart: number[] = []) =>
  planLoad({ profileId: 0, need, budget: 10, conflicts: (id) => apart.includes(id) }, others);
const victims = (...args: Parameters<typeof plan>): number[] | string => {
  const result = plan(...args);
  return result.kind === 'evict' ? result.victims.map(({ profileId }) => profileId) : result.kind;
};

test('what fits, what makes room, what never does', () => {
  expect(victims(10, [])).toBe('fits');
  expect(victims(4, [held(1, 6)])).toBe('fits');
  expect(victims(5, [held(1, 6)])).toEqual([1]);
  expect(victims(11, [])).toBe('never');
  expect(victims(5, [held(1, 6, { stays: true })])).toBe('never');
  expect(plan(5, [held(1, 6, { stays: true })])).toMatchObject({ because: 'memory', inTheWay: [{ profileId: 1 }] });
});

test('idle before busy, and the least recently used of the idle', () => {
  expect(victims(4, [held(1, 5, { busy: true, freeAt: 1 }), held(2, 5, { lastUsed: 90 })])).toEqual([2]);
  expect(victims(4, [held(1, 5, { lastUsed: 90 }), held(2, 5, { lastUsed: 80 })])).toEqual([2]);
  expect(victims(4, [held(1, 5, { busy: true, freeAt: 9 }), held(2, 5, { busy: true, freeAt: 5 })])).toEqual([2]);
});

test('no more than needed', () => {
  expect(victims(5, [held(1, 1), held(2, 2), held(3, 6)])).toEqual([3]);
  expect(victims(4, [held(1, 1), held(2, 3), held(3, 6)])).toEqual([1, 2]);
  expect(victims(4, [held(1, 0), held(2, 8)])).toEqual([2]);
});

test('what leaves already is waited for, and counts as gone', () => {
  expect(victims(5, [held(1, 6, { leaving: true }), held(2, 4)])).toEqual([]);
  expect(victims(7, [held(1, 6, { leaving: true }), held(2, 4)])).toEqual([2]);
});

test('what may not be loaded beside it goes, though there is room', () => {
  expect(victims(1, [held(1, 1), held(2, 1)], [2])).toEqual([2]);
  expect(victims(1, [held(2, 1, { leaving: true })], [2])).toEqual([]);
  expect(plan(1, [held(2, 1, { stays: true })], [2])).toMatchObject({ kind: 'never', because: 'conflict' });
});

test('a need that is unknown fits even when others take more than the budget', () => {
  expect(victims(0, [held(1, 12, { stays: true })])).toBe('fits');
});

test('groups keep apart what they say, and only that', () => {
  const group = (given: Partial<PoolGroup>): PoolGroup => ({
    id: 1,
    name: 'G',
    profileIds: [1, 2],
    mode: 'together',
    exclusive: false,
    ...given,
  });
  const apart = (given: Partial<PoolGroup>, a: number, b: number): boolean => groupBetween([group(given)], a, b) !== null;
  expect([apart({}, 1, 2), apart({}, 1, 3), apart({}, 3, 4)]).toEqual([false, false, false]);
  expect([apart({ mode: 'one_at_a_time' }, 1, 2), apart({ mode: 'one_at_a_time' }, 1, 3)]).toEqual([true, false]);
  expect([apart({ exclusive: true }, 1, 2), apart({ exclusive: true }, 3, 1), apart({ exclusive: true }, 3, 4)]).toEqual([
    false,
    true,
    false,
  ]);
  expect(apart({ mode: 'one_at_a_time', exclusive: true }, 1, 1)).toBe(false);
});
