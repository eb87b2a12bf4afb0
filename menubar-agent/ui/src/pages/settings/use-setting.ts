/** One setting: its value, where it comes from, and how it is changed. */
import { useState } from 'react';
import {
  SETTING_DEFAULTS,
  type AgentError,
  type SettingKey,
  type Settings,
  type SettingsUpdate,
  type SettingsValues,
} from '@mlx-manager/shared';
import { queryClient } from '../../lib/live.js';
import { useAction } from '../../lib/query.js';
import { useSettings } from '../../lib/resources.js';
import { CATALOGUE } from './catalogue.js';
import { tellValue } from './values.js';

/** What the agent answered to a change, into what the page knows: only what was changed, the rest may be newer already. */
export function takeOver(answer: Settings, keys: readonly SettingKey[]): void {
  queryClient.setQueryData<Settings>(['settings'], (known) => {
    if (!known) return answer;
    const part = Object.fromEntries(keys.map((key) => [key, answer[key]]));
    const sources = Object.fromEntries(keys.map((key) => [key, answer.sources[key]]));
    return { ...known, ...part, hfTokenSet: answer.hfTokenSet, sources: { ...known.sources, ...sources } };
  });
}

/** Changes settings; a refusal is not told in a toast, it belongs to the field. */
export function useSave(): {
  /** Answers why it was refused; null when it was taken. */
  save: (changes: SettingsUpdate) => Promise<AgentError | null>;
  pending: boolean;
} {
  const [failure] = useState<{ last: AgentError | null }>({ last: null });
  const action = useAction((client, changes: SettingsUpdate) => client.updateSettings({ body: changes }), {
    done: (answer, changes) => {
      failure.last = null;
      takeOver(answer, Object.keys(changes).filter((key) => key in answer.sources) as SettingKey[]);
      // What depends on them and has no event of its own is in force by now.
      if (['ollamaEnabled', 'ollamaPort'].some((key) => key in changes)) void queryClient.invalidateQueries({ queryKey: ['ollama'] });
      if (['listenHost', 'requireApiKey'].some((key) => key in changes)) void queryClient.invalidateQueries({ queryKey: ['agent'] });
    },
    failed: (error) => {
      failure.last = error;
      return true;
    },
  });
  return {
    save: async (changes) => ((await action.run(changes)) === undefined ? failure.last : null),
    pending: action.pending,
  };
}

export interface Setting<K extends SettingKey> {
  readonly key: K;
  readonly value: SettingsValues[K];
  /** The value that is being sent, else the one in force. */
  readonly shown: SettingsValues[K];
  readonly source: Settings['sources'][K];
  readonly pending: boolean;
  /** Why the agent refused the last change. */
  readonly refused: AgentError | null;
  /** Answers whether it was taken. */
  readonly change: (value: SettingsValues[K] | null) => Promise<boolean>;
  /** Back to the environment or the default. Answers whether that was taken. */
  readonly reset: () => Promise<boolean>;
  readonly forgive: () => void;
  readonly refuse: (error: AgentError) => void;
}

/** For parts below the page's frame, which has fetched the settings. */
export function useKnownSettings(): Settings {
  const { data } = useSettings();
  if (!data) throw new Error('The settings are not known yet.');
  return data;
}

export function useSetting<K extends SettingKey>(key: K): Setting<K> {
  const settings = useKnownSettings();
  const { save, pending } = useSave();
  const [refused, refuse] = useState<AgentError | null>(null);
  const [sent, setSent] = useState<{ value: SettingsValues[K] } | null>(null);
  const change = async (value: SettingsValues[K] | null): Promise<boolean> => {
    if (value !== null) setSent({ value });
    const problem = await save({ [key]: value });
    setSent(null);
    refuse(problem);
    return problem === null;
  };
  return {
    key,
    value: settings[key],
    shown: sent === null ? settings[key] : sent.value,
    source: settings.sources[key],
    pending,
    refused,
    change,
    reset: () => change(null),
    forgive: () => refuse(null),
    refuse,
  };
}

/** Where a value comes from and what it would be otherwise, in a line. */
export function tellSource(key: SettingKey, source: 'setting' | 'environment' | 'default'): string {
  const usual = tellValue(key, SETTING_DEFAULTS[key]);
  if (source === 'environment') return `From ${CATALOGUE[key].env ?? 'the environment'}; the default is ${usual}.`;
  return `Default: ${usual}.`;
}

/** A refusal in the words of a field. */
export const tellRefusal = (error: AgentError): string => `${error.message} ${error.action}`;
