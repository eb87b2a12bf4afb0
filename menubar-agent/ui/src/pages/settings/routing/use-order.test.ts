import { moved } from './use-order.js';

test('a rule goes to a place, and not beyond the ends', () => {
  expect(moved([1, 2, 3], 1, 2)).toEqual([2, 3, 1]);
  expect(moved([1, 2, 3], 3, -5)).toEqual([3, 1, 2]);
  expect(moved([1, 2, 3], 1, 9)).toEqual([2, 3, 1]);
  expect(moved([1, 2, 3], 1, 0)).toBeNull();
  expect(moved([1, 2, 3], 4, 0)).toBeNull();
});
