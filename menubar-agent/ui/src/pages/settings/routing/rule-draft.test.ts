import { FALLBACK_REASONS, problemsOf, routingRuleCreate, type RoutingRule } from '@mlx-manager/shared';
import { bodyOf, draftOf, freeName, problemsOfRule, type Pointed } from './rule-draft.js';

const pointed: Pointed = { profiles: [{ id: 1, name: 'Big' }], providers: [{ id: 7, name: 'Cloud', models: ['gpt-5'] }] };
const rule: Pick<RoutingRule, 'name' | 'match' | 'target' | 'fallbacks' | 'fallbackOn'> = {
  name: 'long ones',
  match: {
    models: ['gpt-*'],
    minTokens: 8000,
    maxTokens: null,
    capabilities: ['tools'],
    time: { days: ['sat'], from: '22:00', to: '06:00' },
    clients: ['Zed*'],
    keys: ['ci'],
    protocols: ['openai'],
  },
  target: { profileId: 1, providerId: null, model: null },
  fallbacks: [{ profileId: null, providerId: 7, model: 'gpt-5' }],
  fallbackOn: ['failed'],
};

test('a rule comes back from its draft as it was', () => {
  expect(bodyOf(draftOf(rule))).toEqual(rule);
  expect(problemsOfRule(draftOf(rule), pointed)).toEqual({});
});

test('an empty draft is a rule for every request; only its name is missing', () => {
  const body = bodyOf({ ...draftOf(null), name: 'all' });
  expect(problemsOf(routingRuleCreate, body)).toEqual([]);
  expect(body).toMatchObject({ target: null, fallbacks: [], fallbackOn: FALLBACK_REASONS, match: { time: null } });
  expect(problemsOfRule(draftOf(null), pointed)).toEqual({ name: 'Must be filled in.' });
});

test('what cannot work is told at its field', () => {
  const draft = { ...draftOf(rule), minTokens: '10', maxTokens: '5', to: '', fallbackOn: [] };
  expect(problemsOfRule(draft, pointed)).toEqual({
    maxTokens: 'Is less than the fewest.',
    to: 'Say when it ends.',
    fallbackOn: 'At least one is needed.',
  });
  expect(problemsOfRule({ ...draftOf(rule), target: { who: 'profile:2', model: '' } }, pointed).target).toMatch(/was deleted/);
  expect(problemsOfRule({ ...draftOf(rule), target: { who: 'provider:7', model: 'other' } }, pointed).target).toMatch(
    /not set up for the model other/,
  );
  expect(problemsOfRule({ ...draftOf(rule), fallbacks: [{ who: '', model: '' }] }, pointed).fallbacks).toBe('Choose who answers.');
  expect(problemsOfRule({ ...draftOf(rule), minTokens: 'x' }, pointed).minTokens).toBe('Must be a number.');
});

test('a copy gets a free name', () => {
  expect(freeName('a copy', ['A copy', 'a copy 2'])).toBe('a copy 3');
  expect(freeName('x'.repeat(90), [])).toHaveLength(80);
});
