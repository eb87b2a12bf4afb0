import { namedAnswer } from './named-answer.js';

const numbers = Array.from({ length: 20_000 }, (_, i) => i / 7);
const item = { object: 'embedding', index: 0, embedding: numbers };

test.each([
  ['before the numbers', { model: '/a "b"\\/c', data: [item], usage: { prompt_tokens: 3 } }],
  ['behind them', { object: 'list', data: [item], model: `/${'folder/'.repeat(150)}m`, usage: { prompt_tokens: 3 } }],
  ['in a short answer', { data: [], model: 'x' }],
])('the name is replaced %s', (_where, answer) => {
  for (const text of [JSON.stringify(answer), JSON.stringify(answer).replace('"model":', '"model": ')])
    expect(JSON.parse(namedAnswer(text, 'Embed $& "1"'))).toEqual({ ...answer, model: 'Embed $& "1"' });
});

test('an answer without a name stays as it is', () => {
  const text = JSON.stringify({ data: [item] });
  expect(namedAnswer(text, 'x')).toBe(text);
});
