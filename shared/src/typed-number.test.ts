import { typedNumber } from './typed-number.js';

test.each([
  [' 8,000 ', 8000],
  ['1 200 000', 1_200_000],
  ['1,000', 1000],
  ['0.5', 0.5],
  ['1,5', 1.5],
  ['.5', 0.5],
  ['−2', -2],
  ['+3', 3],
  ['1,00', 1],
  ['0,000', 0],
])('%s is %d', (typed, value) => expect(typedNumber(typed)).toBe(value));

test('where numbers are small, a comma is a decimal one', () => {
  expect(typedNumber('1,000', 'temperature')).toBe(1);
  expect(typedNumber('1,000', 'maxTokens')).toBe(1000);
});

test('nothing is none; what is no number is none that a schema takes', () => {
  expect(typedNumber(' ')).toBeUndefined();
  for (const typed of ['many', '1,000,00', '1e5', '0x10', '1.000.000', '--1', 'Infinity']) expect(typedNumber(typed)).toBeNaN();
});
