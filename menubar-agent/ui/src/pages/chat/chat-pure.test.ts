/** The history's groups, and who may answer. */
import type { Chat, ChatHit, LocalModel, Profile, Provider, RoutingRule, RoutingTarget, Server } from '@mlx-manager/shared';
import { fits, historyRows, inOrder, marked } from './history-groups.js';
import { choiceOf, DEFAULT_TARGET, targetsOf, valueOf } from './targets.js';
import { choiceOfTemplate, missingOf } from './template-choice.js';

const now = new Date(2026, 10, 21, 15).getTime();
const chat = (id: string, changes: Partial<Chat> = {}): ChatHit => ({
  chat: {
    id,
    title: id,
    pinned: false,
    tags: [],
    model: null,
    profileId: null,
    answeredProfileId: null,
    updatedAt: new Date(now).toISOString(),
    ...changes,
  } as Chat,
  match: null,
});
const ago = (days: number): string => new Date(now - days * 86_400_000).toISOString();
const profile = (id: number, name: string, more: Partial<Profile> = {}): Profile =>
  ({ id, name, aliases: [], modelPath: `org/${id}`, modelType: 'lm', ...more }) as Profile;

test('by date: pinned ones first, then today and before; by model: under the name of who answers', () => {
  const hits = [
    chat('p', { pinned: true }),
    chat('a', { profileId: 1 }),
    chat('b', { updatedAt: ago(1) }),
    chat('c', { updatedAt: ago(3), model: 'gpt' }),
    chat('d', { updatedAt: ago(30), answeredProfileId: 1 }),
    chat('e', { updatedAt: ago(30) }),
  ];
  const said = (by: 'date' | 'model') =>
    historyRows(hits, by, [profile(1, 'Tiny')], now).map((row) => (row.kind === 'heading' ? `# ${row.title}` : row.hit.chat.id));
  expect(said('date')).toEqual(['# Pinned', 'p', '# Today', 'a', '# Yesterday', 'b', '# Last 7 Days', 'c', '# Earlier', 'd', 'e']);
  expect(said('model')).toEqual(['# Default Model', 'p', 'b', 'e', '# Tiny', 'a', 'd', '# gpt', 'c']);
});

test('order and filter are the agent’s', () => {
  expect(
    inOrder([chat('old', { updatedAt: ago(2) }), chat('new'), chat('pin', { pinned: true, updatedAt: ago(9) })]).map((hit) => hit.chat.id),
  ).toEqual(['pin', 'new', 'old']);
  const filter = { search: '', profileId: 1, tag: 'work' };
  expect(fits(filter, chat('a', { profileId: 1, tags: ['work'] }).chat)).toBe(true);
  expect(fits(filter, chat('a', { profileId: 2, tags: ['work'] }).chat)).toBe(false);
  expect(fits(filter, chat('a', { profileId: 1 }).chat)).toBe(false);
  expect(fits(filter, chat('a', { answeredProfileId: 1, tags: ['work'] }).chat)).toBe(true);
  expect(fits(filter, chat('a', { profileId: 2, answeredProfileId: 1, tags: ['work'] }).chat)).toBe(false);
});

test('found words are marked', () => {
  expect(
    marked('a cat, a cat', [
      [2, 5],
      [9, 12],
    ]),
  ).toEqual([
    { text: 'a ', hit: false },
    { text: 'cat', hit: true },
    { text: ', a ', hit: false },
    { text: 'cat', hit: true },
  ]);
  expect(marked('none', [])).toEqual([{ text: 'none', hit: false }]);
});

test('who may answer: the default, running profiles, others, models without one; a choice goes there and back', () => {
  const profiles = [
    profile(1, 'Zeta'),
    profile(2, 'Alpha', { aliases: ['small'] }),
    profile(3, 'Voice', { modelType: 'whisper' as never }),
  ];
  const model = (modelId: string) =>
    ({ modelId, localPath: `/m/${modelId}`, complete: true, characteristics: { modelType: 'lm' } }) as LocalModel;
  const targets = targetsOf({
    profiles,
    servers: [{ profileId: 1, state: 'healthy' } as Server],
    models: [model('org/1'), model('org/free'), { ...model('org/part'), complete: false }],
  });
  expect(targets.map(({ value }) => value)).toEqual([DEFAULT_TARGET, 'profile:1', 'profile:2', 'model:org/free']);
  for (const { value } of targets) expect(valueOf(choiceOf(value), profiles)).toBe(value);
  expect(valueOf({ model: 'SMALL', profileId: null }, profiles)).toBe('profile:2');
});

test('names that rules send elsewhere can be chosen; a provider’s model without a rule is named, and says why it cannot', () => {
  const provider = (id: number, name: string, models: string[] = []) => ({ id, name, models }) as Provider;
  const match = { models: [], minTokens: null, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] };
  const to = (target: Partial<RoutingTarget>): RoutingTarget => ({ profileId: null, providerId: null, model: null, ...target });
  const rule = (name: string, on: Partial<RoutingRule['match']>, target: RoutingTarget | null, more: Partial<RoutingRule> = {}) =>
    ({ name, enabled: true, problem: null, match: { ...match, ...on }, target, fallbacks: [], ...more }) as RoutingRule;
  const routes = {
    enabled: true,
    providers: [provider(1, 'Cloud', ['gpt-big', 'gpt-small', 'other']), provider(2, 'Any')],
    rules: [
      rule('Off', { models: ['other'] }, to({ providerId: 1 }), { enabled: false }),
      rule('Keys', { models: ['other'], keys: ['k'] }, to({ providerId: 1 })),
      rule('Stays', { models: ['gpt-small'] }, null),
      rule('GPT', { models: ['gpt-*'] }, to({ providerId: 1 })),
      rule('Named', { models: ['fast'] }, to({ providerId: 2, model: 'fast-1' })),
      rule('Long', { models: ['long'], minTokens: 1000 }, to({ providerId: 2 })),
      rule('Here', { models: ['mine', 'Zeta'] }, to({ profileId: 1 })),
    ],
  };
  const said = (changes: Partial<typeof routes> = {}) =>
    targetsOf({ profiles: [profile(1, 'Zeta')], servers: [], models: [], routes: { ...routes, ...changes } })
      .slice(2)
      .map(({ value, hint, disabled = false, provider: from = '' }) => `${value} | ${hint} | ${from}${disabled ? ' | no' : ''}`);
  expect(said()).toEqual([
    'model:gpt-big | From Cloud | Cloud',
    'model:fast | From Any (fast-1) | Any',
    'model:long | From Any, when the rule “Long” holds | Any',
    'model:mine | Zeta, by a routing rule | ',
    'model:gpt-small | No routing rule asks Cloud for it: add one in Settings |  | no',
    'model:other | No routing rule asks Cloud for it: add one in Settings |  | no',
  ]);
  expect(said({ enabled: false })).toEqual(
    ['gpt-big', 'gpt-small', 'other'].map((model) => `model:${model} | Cloud: turn on routing rules in Settings |  | no`),
  );
});

test('a template chooses model and persona; places without a default and without text are named', () => {
  const personas = [{ id: 7, name: 'Coder' }];
  expect(choiceOfTemplate({ model: 'Tiny', persona: 'CODER' }, personas)).toEqual({
    choice: { model: 'Tiny', profileId: null, personaId: 7 },
    words: 'the model Tiny and the persona Coder',
    unknown: null,
  });
  expect(choiceOfTemplate({ model: null, persona: 'Poet' }, personas)).toEqual({ choice: {}, words: '', unknown: 'Poet' });
  const template = {
    text: '{selection} {a} {b:1} {clipboard}',
    variables: [
      { name: 'a', fallback: null },
      { name: 'b', fallback: '1' },
    ],
  };
  expect(missingOf(template, { a: ' ' })).toEqual(['Text', 'Clipboard', 'a']);
  expect(missingOf(template, { a: 'x', selection: 'y', clipboard: 'z' })).toEqual([]);
});
