import { problemsOf, providerCreate, type Provider } from '@mlx-manager/shared';
import { PRESETS } from './presets.js';
import { bodyOf, changesOf, draftOf, losesKey, problemsOfProvider } from './provider-draft.js';

const provider: Provider = {
  id: 1,
  name: 'Cloud',
  protocol: 'openai',
  baseUrl: 'https://api.example.com/v1',
  models: ['gpt-5'],
  headers: { 'X-Title': 'MLX' },
  keySet: true,
  createdAt: '',
  updatedAt: '',
};

test('every preset is one that the agent takes', () => {
  for (const { value, name, protocol, baseUrl } of PRESETS.filter(({ value }) => value !== 'other'))
    expect([value, problemsOf(providerCreate, { name, protocol, baseUrl })]).toEqual([value, []]);
});

test('what was not touched changes nothing; the key is sent only when one was typed', () => {
  expect(changesOf(provider, bodyOf(draftOf(provider)))).toEqual({});
  expect(changesOf(provider, bodyOf({ ...draftOf(provider), key: ' sk-1 ', name: 'New' }))).toEqual({ name: 'New', key: 'sk-1' });
});

test('problems as one types', () => {
  expect(problemsOfProvider(draftOf(null))).toEqual({ name: 'Must be filled in.', baseUrl: 'Must be filled in.' });
  const draft = draftOf(provider);
  expect(problemsOfProvider({ ...draft, baseUrl: 'http://api.example.com' }).baseUrl).toMatch(/^Must be https/);
  expect(problemsOfProvider({ ...draft, baseUrl: 'api.example.com' }).baseUrl).toMatch(/^Must be an address/);
  expect(problemsOfProvider({ ...draft, key: 'with a space' }).key).toMatch(/no spaces/);
  expect(problemsOfProvider({ ...draft, models: ['a b'] }).models).toBe('a b: May hold no spaces.');
  expect(problemsOfProvider({ ...draft, headers: [{ name: 'Authorization', value: 'x' }] }).headers).toBe(
    'Authorization: Is set by the agent; a secret is given as key.',
  );
  const twice = [
    { name: 'X-A', value: '1' },
    { name: 'x-a', value: '2' },
  ];
  expect(problemsOfProvider({ ...draft, headers: twice }).headers).toBe('Two headers have the same name.');
  expect(problemsOfProvider({ ...draft, headers: [{ name: '', value: '2' }] }).headers).toBeDefined();
  expect(problemsOfProvider({ ...draft, headers: [{ name: '', value: '' }] })).toEqual({});
});

test('a key goes with its host', () => {
  const draft = draftOf(provider);
  expect(losesKey(provider, { ...draft, baseUrl: 'https://api.example.com/v2' })).toBe(false);
  expect(losesKey(provider, { ...draft, baseUrl: 'https://other.example/v1' })).toBe(true);
  expect(losesKey(provider, { ...draft, baseUrl: 'https://other.example/v1', key: 'new' })).toBe(false);
  expect(losesKey({ ...provider, keySet: false }, { ...draft, baseUrl: 'https://other.example/v1' })).toBe(false);
});
