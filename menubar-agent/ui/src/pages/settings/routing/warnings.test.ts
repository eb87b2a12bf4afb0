import type { Provider } from '@mlx-manager/shared';
import { sendsTo, warningsOf } from './warnings.js';

const provider = (id: number, changes: Partial<Provider>): Provider => ({
  id,
  name: `P${id}`,
  protocol: 'openai',
  baseUrl: 'https://api.example.com/v1',
  models: [],
  headers: {},
  keySet: true,
  createdAt: '',
  updatedAt: '',
  ...changes,
});
const to = (providerId: number) => ({ profileId: null, providerId, model: null });
const known = {
  profiles: [{ id: 1 }],
  providers: [provider(1, {}), provider(2, { keySet: false }), provider(3, { keySet: false, baseUrl: 'http://192.168.1.9:1234/v1' })],
};

test('a provider without a key is told, but not one in the own network', () => {
  expect(warningsOf({ target: to(1), fallbacks: [to(3)] }, known)).toEqual([]);
  expect(warningsOf({ target: to(2), fallbacks: [to(2)] }, known)).toEqual([expect.stringContaining('P2 has no key yet')]);
});

test('a fallback that is gone is told', () => {
  const profile = (profileId: number) => ({ profileId, providerId: null, model: null });
  expect(warningsOf({ target: null, fallbacks: [profile(1)] }, known)).toEqual([]);
  expect(warningsOf({ target: null, fallbacks: [profile(2)] }, known)).toEqual(['A fallback was deleted. It is passed over.']);
  expect(warningsOf({ target: null, fallbacks: [to(9)] }, known)).toEqual(['A fallback was deleted. It is passed over.']);
});

test('who beyond this network is asked', () => {
  expect(sendsTo({ target: to(1), fallbacks: [to(3), to(2), to(1)] }, known.providers)).toEqual(['P1', 'P2']);
});
