import type { Profile } from '@mlx-manager/shared';
import { settingsOf } from './settings-of.js';

const profile = {
  contextLength: null,
  maxConcurrency: null,
  queueSize: 100,
  queueTimeout: 300,
  sampling: {},
  pinned: false,
  idleMinutes: null,
  launchdInstalled: false,
  autoStart: false,
  restartOnCrash: true,
  aliases: [],
  toolCallParser: null,
  reasoningParser: null,
  systemPrompt: null,
  chatTemplateFile: null,
  trustRemoteCode: false,
  logLevel: 'INFO',
  extraArgs: [],
} as unknown as Profile;
const valueOf = (name: string, changes: Partial<Profile> = {}) =>
  settingsOf({ ...profile, ...changes }).find((fact) => fact.name === name)?.value;

test('what was not set is told as what stands in its place', () => {
  expect(valueOf('Context')).toBe('the model’s own');
  expect(valueOf('At Once')).toBe('the engine’s own limit');
  expect(valueOf('Queue')).toBe('100 requests, at most 5 min');
  expect(valueOf('Unloads')).toBe('to make room');
  expect(valueOf('More Options')).toBeUndefined();
});

test('what was set is told with its unit', () => {
  expect(valueOf('Context', { contextLength: 32_768 })).toBe('33k tokens');
  expect(valueOf('Sampling', { sampling: { temperature: 0.7, maxTokens: 512 } })).toBe('temperature 0.7, max tokens 512');
  expect(valueOf('Unloads', { pinned: true, idleMinutes: 5 })).toBe('never: pinned');
  expect(valueOf('Unloads', { idleMinutes: 5 })).toBe('after 5 min idle');
  expect(valueOf('Starts', { autoStart: true })).toBe('with the agent');
  expect(valueOf('More Options', { extraArgs: ['--a', '1'] })).toBe('--a 1');
});
