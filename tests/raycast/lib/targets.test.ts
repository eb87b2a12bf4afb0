/** Who may answer a chat: local ones, and names that the rules send to a provider. */
import type { LocalModel, Profile, Provider, RoutingRule, RoutingTarget } from '@mlx-manager/shared';
import { isNobodyThere, targetsOf, type Answerers } from '../../../raycast-extension/src/lib/chat/targets.js';

const provider = (id: number, name: string, models: string[] = []): Provider => ({ id, name, models }) as unknown as Provider;
const match = { models: [], minTokens: null, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] };
const to = (target: Partial<RoutingTarget>): RoutingTarget => ({ profileId: null, providerId: null, model: null, ...target });
const rule = (on: Partial<RoutingRule['match']>, target: RoutingTarget | null, more: Partial<RoutingRule> = {}): RoutingRule =>
  ({ name: 'r', enabled: true, problem: null, match: { ...match, ...on }, target, fallbacks: [], ...more }) as unknown as RoutingRule;
const profile = (id: number, name: string): Profile => ({ id, name, aliases: [], modelType: 'lm', modelPath: name }) as unknown as Profile;
const answerers = (changes: Partial<Answerers>): Answerers => ({
  profiles: [],
  servers: [],
  models: [],
  routingEnabled: true,
  providers: [provider(1, 'Cloud', ['gpt-big', 'gpt-small', 'other']), provider(2, 'Any')],
  rules: [],
  ...changes,
});
const offered = (changes: Partial<Answerers>): string[] =>
  targetsOf(answerers(changes)).map(({ value, provider: from }) => (from === undefined ? value : `${value} from ${from}`));

test('names that a rule always sends to a provider can be chosen, and no others', () => {
  const rules = [
    rule({ models: ['other'] }, to({ providerId: 1 }), { enabled: false }),
    rule({ models: ['other'] }, to({ providerId: 1 }), { problem: 'Its provider was deleted.' }),
    rule({ models: ['other'], keys: ['k'] }, to({ providerId: 1 })),
    rule({ models: ['other'], clients: ['curl*'] }, to({ providerId: 1 })),
    rule({ models: ['other'], protocols: ['anthropic'] }, to({ providerId: 1 })),
    rule({ models: ['long'], minTokens: 1000 }, to({ providerId: 2 })),
    rule({ models: ['not-listed'] }, to({ providerId: 1 })),
    rule({ models: ['gpt-small'] }, null),
    rule({ models: ['GPT-*'], clients: ['mlx manager'], protocols: ['internal'] }, to({ providerId: 1 })),
    rule({ models: ['fast', 'mine', 'here'] }, to({ providerId: 2, model: 'fast-1' })),
  ];
  expect(offered({ rules })).toEqual(['model:fast from Any', 'model:gpt-big from Cloud', 'model:here from Any', 'model:mine from Any']);
  // The rule decides over what is on the disk; a profile stands there already.
  const models = [{ modelId: 'here', localPath: '/here', complete: true, characteristics: { modelType: 'lm' } }] as unknown as LocalModel[];
  expect(offered({ rules, models, profiles: [profile(7, 'Mine')] })).toEqual([
    'profile:7',
    'model:fast from Any',
    'model:gpt-big from Cloud',
    'model:here from Any',
  ]);
  expect(offered({ rules, routingEnabled: false })).toEqual([]);
  // A rule for everything takes any name: those of the provider, and its own.
  expect(offered({ rules: [rule({}, to({ providerId: 2, model: 'fast-1' }))] })).toContain('model:fast-1 from Any');
});

test('nobody is there: neither a model here nor a rule that may ask a provider', () => {
  const nobody = (changes: Partial<Answerers>): boolean => isNobodyThere(answerers(changes));
  expect(nobody({})).toBe(true);
  expect(nobody({ profiles: [profile(1, 'Here')] })).toBe(false);
  expect(nobody({ rules: [rule({}, to({ providerId: 2 }))] })).toBe(false);
  // It may: the agent knows when it is asked.
  expect(nobody({ rules: [rule({ minTokens: 1000 }, to({ providerId: 2 }))] })).toBe(false);
  expect(nobody({ rules: [rule({}, to({ providerId: 2 }))], routingEnabled: false })).toBe(true);
  expect(nobody({ rules: [rule({}, null), rule({ keys: ['k'] }, to({ providerId: 2 }))] })).toBe(true);
});
