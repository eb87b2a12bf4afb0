import { problemsOf, routingRuleCreate } from '@mlx-manager/shared';
import { atFields, numberOf, textOf } from './use-form.js';

test('problems go to the fields they belong to', () => {
  const draft = { name: '', models: [''], minTokens: '', from: 'x', fallbacks: [] };
  const match = { models: [''], minTokens: 1.5, maxTokens: null, capabilities: [], clients: [], keys: [], protocols: [] };
  const body = { name: '', match: { ...match, time: { days: [], from: 'x', to: null } }, fallbacks: [{ profileId: -1 }] };
  expect(atFields(draft, problemsOf(routingRuleCreate, body))).toEqual({
    name: 'Must be filled in.',
    models: 'Must be filled in.',
    minTokens: 'Must be a whole number.',
    from: 'Must be HH:MM.',
    fallbacks: 'Must be more than 0.',
  });
});

test('numbers and texts as they are typed', () => {
  expect(numberOf(' 8,000 ')).toBe(8000);
  expect(numberOf('1 200 000')).toBe(1_200_000);
  expect(numberOf('0.5')).toBe(0.5);
  expect(numberOf(' ')).toBeNull();
  expect(numberOf('many')).toBeNaN();
  expect(numberOf('1,5')).toBe(1.5);
  expect(textOf('  ')).toBeNull();
  expect(textOf(' a ')).toBe('a');
});
