/** Engines in words, and what depends on one. */
import type { Engine, Profile, Server } from '@mlx-manager/shared';
import { abilitiesOf, named, profilesOn, serversOn } from './words.js';

const engine = { id: 'mlx-lm', defaultFor: ['lm'], capabilities: { tools: true, continuousBatching: true } } as unknown as Engine;

test('profiles that name it, and those that name none where it is the usual one', () => {
  const profiles = [
    { id: 1, engine: 'mlx-lm', modelType: 'lm' },
    { id: 2, engine: null, modelType: 'lm' },
    { id: 3, engine: null, modelType: 'whisper' },
    { id: 4, engine: 'vllm-mlx', modelType: 'lm' },
  ] as Profile[];
  expect(profilesOn(engine, profiles).map(({ id }) => id)).toEqual([1, 2]);
});

test('servers that run on it', () => {
  const servers = [
    { profileId: 1, engine: 'mlx-lm', state: 'healthy' },
    { profileId: 2, engine: 'mlx-lm', state: 'failed' },
    { profileId: 3, engine: 'mlx-vlm', state: 'healthy' },
  ] as Server[];
  expect(serversOn(engine, servers).map(({ profileId }) => profileId)).toEqual([1]);
});

test('in words', () => {
  expect(abilitiesOf(engine)).toEqual(['Several requests at once', 'Tools']);
  expect(named([])).toBe('');
  expect(named(['a'])).toBe('a');
  expect(named(['a', 'b'])).toBe('a and b');
  expect(named(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});
