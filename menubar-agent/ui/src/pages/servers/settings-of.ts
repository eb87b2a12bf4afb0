/** A profile's settings as names and values: what was set, and what stands where nothing was. Pure. */
import type { Profile } from '@mlx-manager/shared';
import type { Fact } from '../../kit/facts.js';
import { count, duration, plural } from '../../lib/format.js';

const SAMPLING: Record<keyof Profile['sampling'], string> = {
  temperature: 'temperature',
  topP: 'top-p',
  topK: 'top-k',
  minP: 'min-p',
  maxTokens: 'max tokens',
  repetitionPenalty: 'repetition penalty',
  presencePenalty: 'presence penalty',
  frequencyPenalty: 'frequency penalty',
  seed: 'seed',
};

export function settingsOf(profile: Profile): Fact[] {
  const sampling = Object.entries(profile.sampling).flatMap(([key, value]) =>
    value === undefined ? [] : [`${SAMPLING[key as keyof Profile['sampling']]} ${value}`],
  );
  const only = (name: string, value: string | null | false): Fact[] =>
    value === null || value === false || value === '' ? [] : [{ name, value }];
  return [
    { name: 'Context', value: profile.contextLength === null ? 'the model’s own' : `${count(profile.contextLength)} tokens` },
    { name: 'At Once', value: profile.maxConcurrency === null ? 'the engine’s own limit' : plural(profile.maxConcurrency, 'request') },
    { name: 'Queue', value: `${plural(profile.queueSize, 'request')}, at most ${duration(profile.queueTimeout)}` },
    { name: 'Sampling', value: sampling.length === 0 ? 'the model’s own' : sampling.join(', ') },
    {
      name: 'Unloads',
      value: profile.pinned ? 'never: pinned' : profile.idleMinutes === null ? 'to make room' : `after ${profile.idleMinutes} min idle`,
    },
    { name: 'Starts', value: profile.launchdInstalled ? 'at login' : profile.autoStart ? 'with the agent' : 'when asked for' },
    { name: 'After a Crash', value: profile.restartOnCrash ? 'started again' : 'left failed' },
    ...only('Names', profile.aliases.join(', ')),
    ...only('Tool Parser', profile.toolCallParser),
    ...only('Thinking Parser', profile.reasoningParser),
    ...only('System Prompt', profile.systemPrompt),
    ...only('Chat Template', profile.chatTemplateFile),
    ...only('Remote Code', profile.trustRemoteCode && 'allowed'),
    ...only('Log Level', profile.logLevel),
    ...(profile.extraArgs.length === 0 ? [] : [{ name: 'More Options', value: profile.extraArgs.join(' '), mono: true }]),
  ];
}
