import type { Profile, Server } from '@mlx-manager/shared';
import { findProfiles, inOrder, profileHint, shortModel, startable } from './servers.js';

const profile = (id: number, name: string, more: Partial<Profile> = {}): Profile =>
  ({ id, name, modelPath: `org/${name}-4bit`, engine: null, aliases: [], ...more }) as Profile;
const server = (profileId: number, profileName: string, state: Server['state']): Server => ({ profileId, profileName, state }) as Server;

test('a model is told by the last part of its path', () => {
  expect(shortModel('mlx-community/Qwen3-4B')).toBe('Qwen3-4B');
  expect(shortModel('/models/tiny/')).toBe('tiny');
  expect(profileHint(profile(1, 'a', { engine: 'mlx-lm' }))).toBe('a-4bit · mlx-lm');
});

test('tiles stand by name, whatever their state', () => {
  const list = [server(3, 'beta', 'failed'), server(1, 'beta', 'healthy'), server(2, 'alpha', 'stopping')];
  expect(inOrder(list).map(({ profileId }) => profileId)).toEqual([2, 1, 3]);
});

test('what is alive cannot be started; what failed can', () => {
  const profiles = [profile(2, 'b'), profile(1, 'a'), profile(3, 'c')];
  expect(startable(profiles, [server(1, 'a', 'starting'), server(3, 'c', 'failed')]).map(({ id }) => id)).toEqual([2, 3]);
});

test('every word must be found, in name, model, engine or alias', () => {
  const profiles = [profile(1, 'Coder', { aliases: ['fast'] }), profile(2, 'Writer', { engine: 'vllm-mlx' })];
  expect(findProfiles(profiles, ' FAST cod').map(({ id }) => id)).toEqual([1]);
  expect(findProfiles(profiles, 'vllm').map(({ id }) => id)).toEqual([2]);
  expect(findProfiles(profiles, '')).toHaveLength(2);
  expect(findProfiles(profiles, 'coder vllm')).toEqual([]);
});
