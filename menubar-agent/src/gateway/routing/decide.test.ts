import {
  ERROR_CODES,
  AgentError,
  globMatches,
  type FallbackReason,
  type RoutingCapability,
  type RoutingMatch,
  type RoutingRule,
} from '@mlx-manager/shared';
import { EngineRefusal } from '../core/refusal.js';
import { decide, type Known } from './decide.js';
import { factsOf } from './facts.js';
import { fallsBack } from './fallback.js';
import type { Decision, RoutingFacts } from './types.js';

const nothing: RoutingMatch = {
  models: [],
  minTokens: null,
  maxTokens: null,
  capabilities: [],
  time: null,
  clients: [],
  keys: [],
  protocols: [],
};
const rule = (name: string, match: Partial<RoutingMatch>, more: Partial<RoutingRule> = {}): RoutingRule => ({
  id: name.charCodeAt(0),
  name,
  enabled: true,
  match: { ...nothing, ...match },
  target: null,
  fallbacks: [],
  fallbackOn: ['failed', 'full', 'no_fit'],
  position: 0,
  problem: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const toProfile = (profileId: number): RoutingRule['target'] => ({ profileId, providerId: null, model: null });
const toProvider = (providerId: number, model: string | null = null): NonNullable<RoutingRule['target']> => ({
  profileId: null,
  providerId,
  model,
});
const known: Known = {
  profileName: (id) => ({ 1: 'Coder', 2: 'Seer' })[id] ?? null,
  provider: (id) =>
    ({
      1: { id: 1, name: 'Open', protocol: 'openai' as const, models: [] },
      2: { id: 2, name: 'Claude', protocol: 'anthropic' as const, models: ['claude-a'] },
    })[id] ?? null,
};
const facts = (changes: Partial<RoutingFacts> & { needs?: () => ReadonlySet<RoutingCapability> } = {}): RoutingFacts => ({
  model: 'qwen',
  endpoint: '/v1/chat/completions',
  protocol: 'openai',
  client: 'OpenAI/JS 7',
  key: null,
  forwarded: false,
  at: new Date(2026, 0, 5, 12, 0).getTime(), // a Monday, local time
  tokens: () => 100,
  needs: () => new Set(),
  ...changes,
});
const taken = (decision: Decision): string | null => decision.rule?.name ?? null;
const whyNot = (match: Partial<RoutingMatch>, changes: Parameters<typeof facts>[0] = {}): string | null => {
  const [verdict] = decide([rule('A', match)], facts(changes), known).why;
  return verdict!.matched ? null : verdict!.reason;
};

test('without a rule that fits, a request is answered here by its name', () => {
  expect(decide([], facts(), known)).toMatchObject({ target: { kind: 'model', model: 'qwen' }, fallbacks: [], rule: null, why: [] });
  const decision = decide([rule('A', { models: ['gpt-*'] }), rule('B', {}, { enabled: false })], facts(), known);
  expect(taken(decision)).toBeNull();
  expect(decision.why).toEqual([
    { id: 65, name: 'A', matched: false, reason: 'The model "qwen" is none of "gpt-*".' },
    { id: 66, name: 'B', matched: false, reason: 'It is switched off.' },
  ]);
});

test('the first rule that fits decides; no later one is asked', () => {
  const decision = decide(
    [rule('A', { models: ['x'] }), rule('B', {}, { target: toProfile(1) }), rule('C', {}, { target: toProvider(1) })],
    facts(),
    known,
  );
  expect(decision).toMatchObject({ rule: { name: 'B' }, target: { kind: 'profile', profileId: 1, name: 'Coder' } });
  expect(decision.why.map((one) => one.name)).toEqual(['A', 'B']);
});

test('a provider is asked for the rule’s model, else for the client’s', () => {
  expect(decide([rule('A', {}, { target: toProvider(1, 'gpt-x') })], facts(), known).target).toEqual({
    kind: 'provider',
    providerId: 1,
    name: 'Open',
    model: 'gpt-x',
  });
  expect(decide([rule('A', {}, { target: toProvider(1) })], facts(), known).target).toMatchObject({ model: 'qwen' });
});

test('fallbacks in their order, those that cannot answer left out', () => {
  const decision = decide(
    [rule('A', {}, { fallbacks: [toProvider(2, 'claude-a'), toProvider(2), toProvider(9), toProvider(1), toProfile(2)!] })],
    facts(),
    known,
  );
  expect(decision.target).toEqual({ kind: 'model', model: 'qwen' });
  expect(decision.fallbacks).toEqual([
    { kind: 'provider', providerId: 2, name: 'Claude', model: 'claude-a' },
    { kind: 'provider', providerId: 1, name: 'Open', model: 'qwen' },
    { kind: 'profile', profileId: 2, name: 'Seer' },
  ]);
  expect(decision.why[0]!.reason).toBe(
    'All its conditions hold: "qwen" on this machine answers, else the provider "Claude" with "claude-a", else the provider "Open" with "qwen", else the profile "Seer".',
  );
});

test('a rule with neither target nor fallbacks keeps what it matches here', () => {
  const rules = [rule('A', { keys: ['private'] }), rule('B', {}, { target: toProvider(1) })];
  expect(decide(rules, facts({ key: 'private' }), known)).toMatchObject({ rule: { name: 'A' }, target: { kind: 'model' }, fallbacks: [] });
  expect(decide(rules, facts(), known)).toMatchObject({ rule: { name: 'B' }, target: { kind: 'provider' } });
});

test('a target that cannot answer the request is passed over, and says so', () => {
  const why = (target: RoutingRule['target'], changes: Parameters<typeof facts>[0] = {}, more: Partial<RoutingRule> = {}): string =>
    decide([rule('A', {}, { target, ...more })], facts(changes), known).why[0]!.reason;
  expect(why(toProvider(2))).toBe('The provider "Claude" is not set up for the model "qwen".');
  expect(why(toProvider(2, 'claude-a'), { endpoint: '/v1/embeddings' })).toMatch(/has no \/v1\/embeddings/);
  expect(why(toProvider(9))).toMatch(/is gone/);
  expect(why(toProfile(9))).toMatch(/is gone/);
  expect(why(toProvider(1), {}, { problem: 'Its provider was deleted.' })).toBe('Its provider was deleted.');
  // Two managers that are each other's provider would send a request to and fro for ever.
  expect(why(toProvider(1), { forwarded: true })).toMatch(/another MLX Manager/);
  expect(decide([rule('A', {}, { fallbacks: [toProvider(1)] })], facts({ forwarded: true }), known).fallbacks).toEqual([]);
});

test('each condition, and the first that fails', () => {
  expect(whyNot({ models: ['GPT-*', 'Q?en'] })).toBeNull();
  expect(whyNot({ protocols: ['anthropic'] })).toBe('The client speaks openai, not "anthropic".');
  expect(whyNot({ protocols: ['anthropic', 'openai'] })).toBeNull();
  expect(whyNot({ clients: ['claude-cli*'] })).toMatch(/"OpenAI\/JS 7", none of/);
  expect(whyNot({ clients: ['openai/*'] })).toBeNull();
  expect(whyNot({ clients: ['*'] }, { client: null })).toMatch(/unknown/);
  expect(whyNot({ keys: ['team-*'] })).toBe('The request has no API key.');
  expect(whyNot({ keys: ['team-*'] }, { key: 'mine' })).toMatch(/"mine" is none of/);
  expect(whyNot({ keys: ['team-*'] }, { key: 'Team-A' })).toBeNull();
  expect(whyNot({ minTokens: 100, maxTokens: 100 })).toBeNull();
  expect(whyNot({ minTokens: 101 })).toBe('The prompt has about 100 tokens, fewer than 101.');
  expect(whyNot({ maxTokens: 99 })).toBe('The prompt has about 100 tokens, more than 99.');
  const needs = (): ReadonlySet<RoutingCapability> => new Set(['tools', 'vision']);
  expect(whyNot({ capabilities: ['tools', 'vision'] }, { needs })).toBeNull();
  expect(whyNot({ capabilities: ['tools', 'thinking'] }, { needs })).toBe('The request does not need "thinking".');
  // In the order in which they are cheap: the prompt is not counted for a model that does not fit.
  expect(
    whyNot(
      { models: ['x'], minTokens: 5 },
      {
        tokens: () => {
          throw new Error('counted');
        },
      },
    ),
  ).toMatch(/model/);
});

test.each([
  // days, from, to, [day of January 2026, hour, minute], whether it holds. The 5th is a Monday.
  [[], '09:00', '17:00', [5, 9, 0], true],
  [[], '09:00', '17:00', [5, 16, 59], true],
  [[], '09:00', '17:00', [5, 17, 0], false],
  [['mon'], null, null, [5, 0, 0], true],
  [['mon'], null, null, [6, 0, 0], false],
  [['sun'], null, null, [4, 23, 59], true],
  [['mon'], '22:00', '06:00', [5, 23, 0], true],
  // The small hours of Tuesday belong to Monday's night, those of Monday to Sunday's.
  [['mon'], '22:00', '06:00', [6, 5, 59], true],
  [['mon'], '22:00', '06:00', [5, 5, 59], false],
  [['mon'], '22:00', '06:00', [6, 6, 0], false],
  [['sun'], '22:00', '06:00', [5, 1, 0], true],
  [[], '08:00', '08:00', [5, 3, 0], true],
] as const)('time %j %s–%s at %j: %s', (days, from, to, [day, hour, minute], holds) => {
  const at = new Date(2026, 0, day, hour, minute).getTime();
  expect(whyNot({ time: { days: [...days], from, to } }, { at }) === null).toBe(holds);
});

test.each([
  ['*', '', true],
  ['*', 'a/b', true],
  ['a*b*c', 'axxbyyc', true],
  ['a*b*c', 'axxbyy', false],
  ['*-4bit', 'Qwen3-4BIT', true],
  ['?', '', false],
  ['a?', 'ab', true],
  ['a', 'ab', false],
  ['a.b', 'axb', false],
  ['a**', 'a', true],
  [`${'*a'.repeat(40)}b`, 'a'.repeat(10_000), false],
])('%s means %s: %s', (pattern, text, expected) => {
  expect(globMatches(pattern, text)).toBe(expected);
});

test('patterns mean what a regular expression means', () => {
  let state = 9;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const word = (letters: string, length: number): string =>
    Array.from({ length: random(length) }, () => letters[random(letters.length)]).join('');
  let matched = 0;
  for (let round = 0; round < 3000; round++) {
    const pattern = word('ab*?', 7);
    const text = word('ab', 7);
    const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
    if (expected) matched++;
    expect([pattern, text, globMatches(pattern, text)]).toEqual([pattern, text, expected]);
  }
  expect(matched).toBeGreaterThan(100);
});

test('what a request shows of itself', () => {
  const of = (body: Record<string, unknown>, endpoint = '/v1/chat/completions', client: string | null = null): RoutingFacts =>
    factsOf({ model: 'm', endpoint, protocol: 'openai', body, caller: { client, keyName: 'k' } }, 5);
  const needs = (body: Record<string, unknown>, endpoint?: string): string[] => [...of(body, endpoint).needs()];
  expect(needs({ messages: [{ role: 'user', content: 'x' }] })).toEqual([]);
  expect(needs({ tools: [{}] })).toEqual(['tools']);
  expect(needs({ tools: [{}], tool_choice: 'none' })).toEqual([]);
  expect(needs({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] })).toEqual(['vision']);
  expect(needs({ reasoning_effort: 'low' })).toEqual(['thinking']);
  expect(needs({ reasoning_effort: 'none', chat_template_kwargs: { enable_thinking: true } })).toEqual([]);
  expect(needs({ chat_template_kwargs: { enable_thinking: true } })).toEqual(['thinking']);
  expect(needs({ response_format: { type: 'json_schema' } })).toEqual(['json_schema']);
  expect(needs({ input: 'x' }, '/v1/embeddings')).toEqual(['embeddings']);
  expect(of({ messages: [{ role: 'user', content: 'x'.repeat(3600) }] }).tokens()).toBe(1004);
  expect(of({ input: ['x'.repeat(1800), 'x'.repeat(1800)] }).tokens()).toBe(1008);
  expect(of({ prompt: 'x'.repeat(3600) }).tokens()).toBe(1004);
  expect(of({}, undefined, 'mlx-manager-gateway/0.1.0').forwarded).toBe(true);
  expect(of({}, undefined, 'mlx-manager-raycast/0.1.0').forwarded).toBe(false);
  expect(of({})).toMatchObject({ model: 'm', key: 'k', at: 5, client: null });
});

describe('when the next target is tried', () => {
  const on = (...reasons: FallbackReason[]): ReadonlySet<FallbackReason> => new Set(reasons);
  const all = on('failed', 'full', 'no_fit');
  const refusal = (status: number): EngineRefusal => new EngineRefusal(status, 'x', { type: 'x', code: null, param: null }, null);

  test.each([
    ['QUEUE_FULL', 'full'],
    ['QUEUE_TIMEOUT', 'full'],
    ['NOT_ENOUGH_MEMORY', 'no_fit'],
    ['MEMORY_PRESSURE', 'no_fit'],
    ['SERVER_FAILED', 'no_fit'],
    ['SERVER_FAILED', 'failed'],
    ['ENGINE_UNREACHABLE', 'failed'],
    ['PROVIDER_UNREACHABLE', 'failed'],
  ] as const)('%s is %s', (code, reason) => {
    expect(fallsBack(new AgentError(code), on(reason))).toBe(true);
    expect(fallsBack(new AgentError(code), on())).toBe(false);
  });

  test('what is the request’s own fault goes nowhere else', () => {
    for (const code of [
      'INVALID_REQUEST',
      'UNKNOWN_MODEL',
      'MODEL_NOT_ALLOWED',
      'RATE_LIMIT_EXCEEDED',
      'INTERNAL',
      'SHUTTING_DOWN',
    ] as const) {
      expect(ERROR_CODES).toContain(code);
      expect(fallsBack(new AgentError(code), all)).toBe(false);
    }
    expect(fallsBack(new Error('x'), all)).toBe(false);
    expect(fallsBack(refusal(400), all)).toBe(false);
    expect(fallsBack(refusal(500), on('failed'))).toBe(true);
    expect(fallsBack(refusal(429), on('failed'))).toBe(false);
    expect(fallsBack(refusal(429), on('full'))).toBe(true);
  });
});
