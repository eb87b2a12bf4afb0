import { profileShape, samplingDefaults, type Engine, type LocalModel, type Profile, type ProfileCreateInput } from '@mlx-manager/shared';
import { FIELDS, fieldOf, GROUPS, SWITCHES, TEXTS, wireName } from './fields.js';
import { BLANK, changedKeys, changesOf, freeName, optionsOf, rebase, schemaProblems, takenProblems, valuesOf, withModel } from './form.js';

const WHOLE: ProfileCreateInput = {
  name: 'Coder',
  description: 'for code',
  modelPath: 'org/model',
  modelType: 'multimodal',
  engine: 'mlx-vlm',
  aliases: ['gpt-4o', 'code'],
  port: 12_345,
  exposePort: true,
  host: '::1',
  contextLength: 8192,
  maxConcurrency: 2,
  queueTimeout: 10,
  queueSize: 0,
  toolCallParser: 'qwen3',
  reasoningParser: 'qwen3',
  enableAutoToolChoice: true,
  trustRemoteCode: true,
  chatTemplateFile: '/models/t.jinja',
  logLevel: 'DEBUG',
  logFile: 'x.log',
  noLogFile: true,
  autoStart: true,
  restartOnCrash: false,
  systemPrompt: 'Be short.\n',
  idleMinutes: 5,
  pinned: true,
  sampling: {
    temperature: 0.5,
    topP: 0.9,
    topK: 3,
    minP: 0.1,
    maxTokens: 7,
    repetitionPenalty: 1.1,
    presencePenalty: -1,
    frequencyPenalty: 0.2,
    seed: 42,
  },
  extraArgs: ['--a', 'b c'],
};
const profile = (changes: Partial<Profile>): Profile => ({ ...WHOLE, id: 1, ...changes }) as Profile;
const engine = (id: string, changes: Partial<Engine> = {}): Engine =>
  ({ id, name: id, defaultFor: [], unsupportedOptions: [], capabilities: { modelTypes: ['lm'] }, ...changes }) as unknown as Engine;

test('every option of a profile has a field, with words and a group', () => {
  const sampling = Object.keys(samplingDefaults.decode({ temperature: 1 })).length; // it is an object of options
  expect(sampling).toBe(1);
  const plain = Object.keys(profileShape).filter((key) => key !== 'sampling');
  const keys = FIELDS.map(({ key }) => key);
  expect(keys).toEqual(expect.arrayContaining(plain));
  expect(keys.filter((key) => !plain.includes(key)).sort()).toEqual(Object.keys(WHOLE.sampling ?? {}).sort());
  expect(new Set(keys).size).toBe(keys.length);
  expect([...keys].sort()).toEqual([...SWITCHES, ...TEXTS].sort());
  for (const { hint, label, group } of FIELDS) {
    expect(hint.length).toBeGreaterThan(10);
    expect(label).not.toBe('');
    expect(GROUPS.map(({ id }) => id)).toContain(group);
  }
});

test('a profile goes through the form unchanged', () => {
  expect(optionsOf(valuesOf(WHOLE))).toEqual(WHOLE);
  expect(changesOf(valuesOf(WHOLE), valuesOf(WHOLE))).toEqual({});
  expect(schemaProblems(valuesOf(WHOLE))).toEqual({});
});

test('names of the wire lead to fields, those inside a list too', () => {
  expect(wireName('topP')).toBe('sampling.top_p');
  expect(fieldOf('sampling.top_p')).toBe('topP');
  expect(fieldOf('aliases.1')).toBe('aliases');
  expect(fieldOf('nothing')).toBeUndefined();
});

test('what the contract refuses is said at its field, in words', () => {
  const values = {
    ...valuesOf(WHOLE),
    name: ' ',
    port: '80',
    topP: '2',
    topK: 'x',
    maxConcurrency: '1.5',
    aliases: 'a,!',
    modelPath: '',
    logFile: '../x',
  };
  expect(schemaProblems(values)).toEqual({
    name: 'Must be filled in.',
    port: 'Must be at least 1024.',
    topP: 'Must be at most 1.',
    topK: 'Must be a number.',
    maxConcurrency: 'Must be a whole number.',
    aliases: 'Only letters, digits and . _ : / -, each beginning with a letter or digit.',
    modelPath: 'Choose a model.',
    logFile: 'A plain file name, without folders: letters, digits and . _ -',
  });
  expect(schemaProblems({ ...valuesOf(WHOLE), temperature: '0,5', seed: '−3' })).toEqual({});
});

test('a thousand with a separator is a thousand; where decimals are usual a comma is one', () => {
  const values = {
    ...valuesOf(WHOLE),
    contextLength: '32,768',
    maxTokens: '1,000',
    queueSize: '1 000',
    port: '12,345',
    temperature: '1,000',
  };
  expect(optionsOf(values)).toMatchObject({
    contextLength: 32_768,
    queueSize: 1000,
    port: 12_345,
    sampling: { maxTokens: 1000, temperature: 1 },
  });
  expect(schemaProblems(values)).toEqual({});
  expect(takenProblems({ ...values, name: 'New', aliases: '' }, [profile({ id: 2 })], 1)).toHaveProperty('port');
  expect(schemaProblems({ ...values, maxTokens: '1,00' }).maxTokens).toBeUndefined();
  expect(schemaProblems({ ...values, maxTokens: '1,5' }).maxTokens).toBe('Must be a whole number.');
});

test('an option and its value in one line are told apart', () => {
  const problem = (extraArgs: string): string | undefined => schemaProblems({ ...valuesOf(WHOLE), extraArgs }).extraArgs;
  expect(problem('--max-tokens 77')).toBe('Put “77” on a line of its own below --max-tokens, or write --max-tokens=77.');
  expect(problem('--flag\n  --x  a b')).toMatch(/“a b”.*--x=a b/);
  expect(problem('--max-tokens\n77\n--args\n{"a": 1}\n--y=a b\n-- x\n-0.5 1')).toBeUndefined();
});

test('names and ports of other profiles are refused, its own are not', () => {
  const others = [profile({ id: 1 }), profile({ id: 2, name: 'Other', aliases: ['second'], port: 20_000 })];
  expect(takenProblems(valuesOf(WHOLE), others, 1)).toEqual({});
  const taken = takenProblems({ ...valuesOf(WHOLE), name: 'SECOND', aliases: 'x, other', port: '20000' }, others, 1);
  expect(taken).toMatchObject({
    name: 'It is an alias of Other already.',
    aliases: expect.stringContaining('Other'),
    port: expect.stringContaining('Other'),
  });
});

test('only what was changed is sent; what another surface changed stays, and what was typed too', () => {
  const base = valuesOf(WHOLE);
  const typed = { ...base, name: 'Mine', topP: '0.95', temperature: '0.50' };
  expect(changedKeys(typed, base).sort()).toEqual(['name', 'topP']);
  expect(changesOf(typed, base)).toEqual({ name: 'Mine', sampling: { ...WHOLE.sampling, topP: 0.95 } });
  const now = valuesOf({ ...WHOLE, pinned: false, name: 'Theirs' });
  expect(rebase(typed, base, now)).toMatchObject({ name: 'Mine', pinned: false, topP: '0.95' });
});

test('a model brings its kind, a free name, and the parsers that its engine knows', () => {
  const model = {
    modelId: 'org/Tiny',
    localPath: '/hub/tiny',
    source: 'hub_cache',
    characteristics: { modelType: 'multimodal', toolCallParser: 'qwen3', reasoningParser: 'hermes' },
  } as unknown as LocalModel;
  const engines = [
    engine('text'),
    engine('all', {
      defaultFor: ['multimodal'],
      unsupportedOptions: ['reasoning_parser'],
      capabilities: { modelTypes: ['multimodal'] } as never,
    }),
  ];
  const known = { models: [model], engines, profiles: [profile({ name: 'tiny', aliases: [] })] };
  const values = withModel({ ...BLANK, engine: 'text' }, 'org/Tiny', known, () => true, true);
  expect(values).toMatchObject({
    name: 'Tiny 2',
    modelType: 'multimodal',
    engine: '',
    toolCallParser: 'qwen3',
    enableAutoToolChoice: true,
    reasoningParser: '',
  });
  // What was typed stays.
  const kept = withModel(
    { ...BLANK, name: 'Mine', toolCallParser: 'x' },
    'org/Tiny',
    known,
    (key) => key !== 'name' && key !== 'toolCallParser',
    true,
  );
  expect(kept).toMatchObject({ name: 'Mine', toolCallParser: 'x' });
  expect(freeName('Coder', [profile({ name: 'coder', aliases: ['Coder 2'] })])).toBe('Coder 3');
});
