import type { RoutingMatch, RoutingRule } from '@mlx-manager/shared';
import { ruleSentence, type Names } from './sentence.js';

const names: Names = {
  profile: (id) => (id === 1 ? 'Big' : undefined),
  provider: (id) => (id === 7 ? 'Cloud' : undefined),
};
const match: RoutingMatch = {
  models: [],
  minTokens: null,
  maxTokens: null,
  capabilities: [],
  time: null,
  clients: [],
  keys: [],
  protocols: [],
};
const target = { profileId: null, providerId: null, model: null };
const rule = (changes: Partial<RoutingMatch>, more: Partial<RoutingRule> = {}): string =>
  ruleSentence({ match: { ...match, ...changes }, target: null, fallbacks: [], fallbackOn: ['failed', 'full', 'no_fit'], ...more }, names);

test('a rule reads as a sentence', () => {
  expect(
    rule(
      { models: ['gpt-*'], minTokens: 8000 },
      { target: { ...target, profileId: 1 }, fallbacks: [{ ...target, providerId: 7, model: 'gpt-5' }], fallbackOn: ['failed'] },
    ),
  ).toBe('When model is gpt-* and prompt ≥ 8,000 tokens → Profile Big, else on failure → Provider Cloud with gpt-5');
  expect(rule({})).toBe('Always → stays on this Mac, by the name it gives');
  expect(
    rule(
      { keys: ['ci'] },
      {
        fallbacks: [
          { ...target, providerId: 7 },
          { ...target, profileId: 1 },
        ],
      },
    ),
  ).toBe('When key is ci → the model it names, on this Mac, else on any trouble → Provider Cloud, then Profile Big');
});

test('every condition is told', () => {
  const all = rule({
    models: ['a', 'b', 'c'],
    minTokens: 1,
    maxTokens: 20_000,
    capabilities: ['tools', 'vision', 'json_schema'],
    protocols: ['openai', 'internal'],
    clients: ['Zed*'],
    keys: ['one', 'two'],
    time: { days: ['mon', 'tue', 'wed', 'sat'], from: '22:00', to: '06:00' },
  });
  expect(all).toBe(
    'When model is a, b or c, prompt has 1 to 20,000 tokens, it needs tools, images and JSON by a schema, ' +
      'the client speaks OpenAI or Chats of MLX Manager, client is Zed*, key is one or two and it is on Mon–Wed, Sat from 22:00 to 06:00 ' +
      '→ stays on this Mac, by the name it gives',
  );
  expect(rule({ models: ['a', 'b', 'c', 'd', 'e', 'f'] })).toMatch(/^When model is a, b, c or 3 others →/);
  expect(rule({ time: { days: [], from: null, to: null } })).toMatch(/^Always/);
  expect(rule({ maxTokens: 5 })).toMatch(/prompt ≤ 5 tokens/);
});

test('what is gone is told', () => {
  expect(rule({}, { target: { ...target, profileId: 9 } })).toBe('Always → Profile (deleted)');
  expect(rule({}, { target: { ...target, providerId: 9 } })).toBe('Always → Provider (deleted)');
});
