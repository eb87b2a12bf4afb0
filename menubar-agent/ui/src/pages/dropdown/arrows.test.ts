import { step } from './arrows.js';

test('arrows stay inside, and enter from nowhere at the top', () => {
  expect(step('ArrowDown', -1, 3)).toBe(0);
  expect(step('ArrowDown', 1, 3)).toBe(2);
  expect(step('ArrowDown', 2, 3)).toBe(2);
  expect(step('ArrowUp', 0, 3)).toBe(0);
  expect(step('ArrowUp', -1, 3)).toBe(0);
  expect(step('ArrowDown', -1, 0)).toBe(-1);
  expect(step('Enter', 1, 3)).toBe(1);
});
