/** Every option of a profile: where it stands in the editor, what it is called, what it does. No React in here. */
import { LOG_LEVELS, PROFILE_HOSTS, SAMPLING_KEYS, type ModelType } from '@mlx-manager/shared';

export const GROUPS = [
  { id: 'basics', title: 'Basics', hint: 'What it is called, here and by clients.' },
  { id: 'model', title: 'Model & Engine', hint: 'What is loaded, and the program that loads it.' },
  { id: 'network', title: 'Network', hint: 'Clients use the agent’s address; most profiles need nothing here.' },
  { id: 'limits', title: 'Limits', hint: 'How much is worked on at once, and how long the rest waits.' },
  { id: 'tools', title: 'Tool Calls & Reasoning', hint: 'How calls and thinking are read out of what the model writes.' },
  { id: 'sampling', title: 'Sampling', hint: 'Used where a request does not say. What is empty is the engine’s own.' },
  { id: 'behavior', title: 'Behavior', hint: 'When it starts, and when its memory is given back.' },
  { id: 'advanced', title: 'Advanced', hint: 'Logs, and whatever else the engine can be told.' },
] as const;
export type GroupId = (typeof GROUPS)[number]['id'];

export const SWITCHES = [
  'exposePort',
  'enableAutoToolChoice',
  'trustRemoteCode',
  'noLogFile',
  'autoStart',
  'restartOnCrash',
  'pinned',
] as const;
export const TEXTS = [
  'name',
  'description',
  'aliases',
  'modelPath',
  'modelType',
  'engine',
  'host',
  'port',
  'contextLength',
  'maxConcurrency',
  'queueTimeout',
  'queueSize',
  'toolCallParser',
  'reasoningParser',
  'chatTemplateFile',
  'logLevel',
  'logFile',
  'systemPrompt',
  'idleMinutes',
  'extraArgs',
  ...SAMPLING_KEYS,
] as const;
export type SwitchKey = (typeof SWITCHES)[number];
export type TextKey = (typeof TEXTS)[number];
export type FieldKey = SwitchKey | TextKey;

export const KINDS: Record<ModelType, string> = {
  lm: 'Text',
  multimodal: 'Text and images',
  whisper: 'Speech to text',
  embeddings: 'Embeddings',
  'image-generation': 'Image generation',
  'image-edit': 'Image editing',
};

export interface FieldSpec {
  readonly key: FieldKey;
  readonly group: GroupId;
  readonly label: string;
  readonly hint: string;
  readonly kind: 'text' | 'number' | 'area' | 'switch' | 'select' | 'model' | 'engine';
  readonly unit?: string;
  /** What holds where nothing is set. */
  readonly none?: string;
  readonly options?: readonly { value: string; label: string }[];
  /** Typed as code: no proportional letters. */
  readonly mono?: boolean;
}

const same = (values: readonly string[]): { value: string; label: string }[] => values.map((value) => ({ value, label: value }));
const ENGINES_OWN = 'the engine’s own';

export const FIELDS: readonly FieldSpec[] = [
  // Basics
  { key: 'name', group: 'basics', label: 'Name', hint: 'Shown everywhere, and the model name that clients send.', kind: 'text' },
  {
    key: 'aliases',
    group: 'basics',
    label: 'Aliases',
    hint: 'More names under which clients find it, separated by commas: gpt-4o for a client whose model name cannot be changed.',
    kind: 'text',
    none: 'none',
  },
  { key: 'description', group: 'basics', label: 'Description', hint: 'A note for yourself.', kind: 'text', none: 'none' },
  {
    key: 'systemPrompt',
    group: 'basics',
    label: 'System Prompt',
    hint: 'Put before a conversation that brings no system prompt of its own.',
    kind: 'area',
    none: 'none',
  },
  // Model & engine
  {
    key: 'modelPath',
    group: 'model',
    label: 'Model',
    hint: 'A downloaded model, a hub ID, or the whole path of a model folder.',
    kind: 'model',
  },
  {
    key: 'modelType',
    group: 'model',
    label: 'Kind',
    hint: 'What the model is served as. It is known from a downloaded model.',
    kind: 'select',
    options: Object.entries(KINDS).map(([value, label]) => ({ value, label })),
  },
  {
    key: 'engine',
    group: 'model',
    label: 'Engine',
    hint: 'The server that loads the model. The default is chosen by the kind.',
    kind: 'engine',
  },
  {
    key: 'contextLength',
    group: 'model',
    label: 'Context Length',
    hint: 'Tokens of prompt and answer together. Less takes less memory.',
    kind: 'number',
    unit: 'tokens',
    none: 'the model’s own',
  },
  {
    key: 'trustRemoteCode',
    group: 'model',
    label: 'Trust Remote Code',
    hint: 'Runs the Python code that comes with the model, with your rights: it can read and change your files. Only for authors you trust.',
    kind: 'switch',
  },
  // Network
  {
    key: 'exposePort',
    group: 'network',
    label: 'Expose Own Port',
    hint: 'Programs on this machine may reach the engine directly on the port below, past the agent’s keys, queue and measuring.',
    kind: 'switch',
  },
  {
    key: 'port',
    group: 'network',
    label: 'Port',
    hint: 'Used when the port is exposed or macOS starts the profile at login. Otherwise the agent takes a free one at each start.',
    kind: 'number',
    none: 'the next free one',
  },
  {
    key: 'host',
    group: 'network',
    label: 'Host',
    hint: 'The address the engine listens on, never beyond this machine. To share models with others, share the agent in the settings.',
    kind: 'select',
    options: same(PROFILE_HOSTS),
  },
  // Limits
  {
    key: 'maxConcurrency',
    group: 'limits',
    label: 'Requests at Once',
    hint: 'How many requests are worked on together. More is faster in all, and slower for each.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'queueSize',
    group: 'limits',
    label: 'Queue Size',
    hint: 'How many requests may wait. One more is refused.',
    kind: 'number',
    unit: 'requests',
  },
  {
    key: 'queueTimeout',
    group: 'limits',
    label: 'Queue Timeout',
    hint: 'How long a request may wait before it is given up.',
    kind: 'number',
    unit: 's',
  },
  // Tool calls and reasoning
  {
    key: 'toolCallParser',
    group: 'tools',
    label: 'Tool Call Parser',
    hint: 'Name of the parser that reads tool calls out of the answer, such as qwen3 or hermes.',
    kind: 'text',
    none: ENGINES_OWN,
    mono: true,
  },
  {
    key: 'enableAutoToolChoice',
    group: 'tools',
    label: 'Automatic Tool Choice',
    hint: 'Lets the model decide by itself when to call a tool.',
    kind: 'switch',
  },
  {
    key: 'reasoningParser',
    group: 'tools',
    label: 'Reasoning Parser',
    hint: 'Name of the parser that tells thinking from the answer, such as qwen3.',
    kind: 'text',
    none: ENGINES_OWN,
    mono: true,
  },
  {
    key: 'chatTemplateFile',
    group: 'tools',
    label: 'Chat Template',
    hint: 'Path of a Jinja file used in place of the model’s own template. It must lie in a model folder.',
    kind: 'text',
    none: 'the model’s own',
    mono: true,
  },
  // Sampling
  {
    key: 'temperature',
    group: 'sampling',
    label: 'Temperature',
    hint: '0 always takes the likeliest token; higher is more varied.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'topP',
    group: 'sampling',
    label: 'Top P',
    hint: 'Chooses among the likeliest tokens that together have this probability, 0 to 1.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'topK',
    group: 'sampling',
    label: 'Top K',
    hint: 'Chooses among this many of the likeliest tokens; 0 is no limit.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'minP',
    group: 'sampling',
    label: 'Min P',
    hint: 'Leaves out tokens less likely than this share of the likeliest one, 0 to 1.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'maxTokens',
    group: 'sampling',
    label: 'Max Tokens',
    hint: 'Longest answer of a request that names no limit.',
    kind: 'number',
    unit: 'tokens',
    none: ENGINES_OWN,
  },
  {
    key: 'repetitionPenalty',
    group: 'sampling',
    label: 'Repetition Penalty',
    hint: 'Above 1 makes repeating less likely; 1 changes nothing.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'presencePenalty',
    group: 'sampling',
    label: 'Presence Penalty',
    hint: 'Above 0 favors words that were not used yet, −2 to 2.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'frequencyPenalty',
    group: 'sampling',
    label: 'Frequency Penalty',
    hint: 'Above 0 weighs words down each time they are used, −2 to 2.',
    kind: 'number',
    none: ENGINES_OWN,
  },
  {
    key: 'seed',
    group: 'sampling',
    label: 'Seed',
    hint: 'The same seed, prompt and sampling give the same answer.',
    kind: 'number',
    none: 'random',
  },
  // Behavior
  {
    key: 'autoStart',
    group: 'behavior',
    label: 'Start with the Agent',
    hint: 'Loads the model as soon as the agent runs. Otherwise it is loaded when it is asked for.',
    kind: 'switch',
  },
  {
    key: 'restartOnCrash',
    group: 'behavior',
    label: 'Restart After a Crash',
    hint: 'Starts the engine again when it ends by itself, a few times; then it is left failed.',
    kind: 'switch',
  },
  { key: 'pinned', group: 'behavior', label: 'Pinned', hint: 'Never unloaded to make room for another model.', kind: 'switch' },
  {
    key: 'idleMinutes',
    group: 'behavior',
    label: 'Unload When Idle',
    hint: 'After so long without a request its memory is given back. The next request loads it again.',
    kind: 'number',
    unit: 'minutes',
    none: 'never',
  },
  // Advanced
  {
    key: 'logLevel',
    group: 'advanced',
    label: 'Log Level',
    hint: 'How much the engine writes into its log.',
    kind: 'select',
    options: same(LOG_LEVELS),
  },
  {
    key: 'logFile',
    group: 'advanced',
    label: 'Log File',
    hint: 'Name of a further file the engine writes, in the agent’s log folder.',
    kind: 'text',
    none: 'none',
    mono: true,
  },
  {
    key: 'noLogFile',
    group: 'advanced',
    label: 'No Log File',
    hint: 'Keeps the engine from writing a file of its own, whatever is named above.',
    kind: 'switch',
  },
  {
    key: 'extraArgs',
    group: 'advanced',
    label: 'More Options',
    hint: 'For the engine’s command line: one option or value a line, never a shell command.',
    kind: 'area',
    none: 'none',
    mono: true,
  },
];

/** `sampling.top_p`, `model_path`: the option as the wire and the engines name it. */
export function wireName(key: FieldKey): string {
  const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return (SAMPLING_KEYS as readonly string[]).includes(key) ? `sampling.${snake}` : snake;
}

const BY_WIRE = new Map(FIELDS.map(({ key }) => [wireName(key), key]));

/** The field of a name on the wire; `aliases.0` is the aliases. */
export const fieldOf = (name: string): FieldKey | undefined => BY_WIRE.get(name) ?? BY_WIRE.get(name.split('.')[0] ?? '');

export const specOf = (key: FieldKey): FieldSpec => FIELDS.find((one) => one.key === key) as FieldSpec;
