/** What the editor holds, and how it becomes a profile: all of it texts and switches, as typed. No React in here. */
import {
  inWords,
  profileCreate,
  profileUpdate,
  SAMPLING_KEYS,
  typedNumber,
  type Engine,
  type LocalModel,
  type ModelType,
  type Profile,
  type ProfileCreateInput,
  type ProfileUpdate,
  type SamplingDefaults,
} from '@mlx-manager/shared';
import { modelPathOf, shortName } from '../../lib/bring-up.js';
import { fieldOf, wireName, type FieldKey, type SwitchKey, type TextKey } from './fields.js';

export type Values = Record<TextKey, string> & Record<SwitchKey, boolean>;
export type Problems = Partial<Record<FieldKey, string>>;

const text = (value: string | number | null | undefined): string => (value === null || value === undefined ? '' : String(value));

/** The form of a profile. */
export function valuesOf(profile: Omit<ProfileCreateInput, 'port'> & { port?: number | undefined }): Values {
  const whole = { ...DEFAULTS, ...profile };
  const { sampling } = whole;
  return {
    ...(Object.fromEntries(SAMPLING_KEYS.map((key) => [key, text(sampling[key])])) as Record<(typeof SAMPLING_KEYS)[number], string>),
    name: whole.name,
    description: text(whole.description),
    aliases: whole.aliases.join(', '),
    modelPath: whole.modelPath,
    modelType: whole.modelType,
    engine: text(whole.engine),
    host: whole.host,
    port: text(profile.port),
    contextLength: text(whole.contextLength),
    maxConcurrency: text(whole.maxConcurrency),
    queueTimeout: text(whole.queueTimeout),
    queueSize: text(whole.queueSize),
    toolCallParser: text(whole.toolCallParser),
    reasoningParser: text(whole.reasoningParser),
    chatTemplateFile: text(whole.chatTemplateFile),
    logLevel: whole.logLevel,
    logFile: text(whole.logFile),
    systemPrompt: text(whole.systemPrompt),
    idleMinutes: text(whole.idleMinutes),
    extraArgs: whole.extraArgs.join('\n'),
    exposePort: whole.exposePort,
    enableAutoToolChoice: whole.enableAutoToolChoice,
    trustRemoteCode: whole.trustRemoteCode,
    noLogFile: whole.noLogFile,
    autoStart: whole.autoStart,
    restartOnCrash: whole.restartOnCrash,
    pinned: whole.pinned,
  };
}

/** What the contract gives a profile that says nothing but its name and model. */
const DEFAULTS = profileCreate.decode({ name: 'x', model_path: 'x' });
/** The form of a new profile, and what "Reset" goes back to. */
export const BLANK: Values = valuesOf({ name: '', modelPath: '' });

const numberOrNull = (typed: string): number | null => typedNumber(typed) ?? null;
const textOrNull = (typed: string): string | null => typed.trim() || null;
const list = (typed: string, separator: RegExp): string[] =>
  typed
    .split(separator)
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** The options that the values say; not yet checked. */
export function optionsOf(values: Values): ProfileCreateInput {
  const sampling = SAMPLING_KEYS.flatMap((key) => {
    const value = typedNumber(values[key], key);
    return value === undefined ? [] : [[key, value]];
  });
  const port = typedNumber(values.port);
  return {
    name: values.name.trim(),
    description: textOrNull(values.description),
    aliases: list(values.aliases, /[,\s]+/),
    modelPath: values.modelPath.trim(),
    modelType: values.modelType as ModelType,
    engine: textOrNull(values.engine),
    host: values.host as Profile['host'],
    ...(port !== undefined && { port }),
    exposePort: values.exposePort,
    contextLength: numberOrNull(values.contextLength),
    maxConcurrency: numberOrNull(values.maxConcurrency),
    // Where nothing is typed the default holds.
    queueTimeout: typedNumber(values.queueTimeout) ?? DEFAULTS.queueTimeout,
    queueSize: typedNumber(values.queueSize) ?? DEFAULTS.queueSize,
    toolCallParser: textOrNull(values.toolCallParser),
    reasoningParser: textOrNull(values.reasoningParser),
    enableAutoToolChoice: values.enableAutoToolChoice,
    trustRemoteCode: values.trustRemoteCode,
    chatTemplateFile: textOrNull(values.chatTemplateFile),
    logLevel: values.logLevel as Profile['logLevel'],
    logFile: textOrNull(values.logFile),
    noLogFile: values.noLogFile,
    autoStart: values.autoStart,
    restartOnCrash: values.restartOnCrash,
    systemPrompt: values.systemPrompt.trim() === '' ? null : values.systemPrompt,
    idleMinutes: numberOrNull(values.idleMinutes),
    pinned: values.pinned,
    sampling: Object.fromEntries(sampling) as SamplingDefaults,
    extraArgs: list(values.extraArgs, /\n/),
  };
}

/** What the contract's own schema has against the values, a sentence a field. */
export function schemaProblems(values: Values): Problems {
  const { error } = profileCreate.safeEncode(optionsOf(values) as never);
  const problems: Problems = {};
  for (const issue of error?.issues ?? []) {
    const key = fieldOf(issue.path.map(String).join('.'));
    if (key) problems[key] ??= inWords(issue);
  }
  const joined = joinedOption(values.extraArgs);
  if (joined !== null) problems.extraArgs ??= joined;
  return problems;
}

/** An option and its value in one line would be one word of the command line, which no engine knows. */
function joinedOption(typed: string): string | null {
  for (const line of list(typed, /\n/)) {
    const [, option, value] = /^(--?[A-Za-z][\w-]*)\s+(.*)$/.exec(line) ?? [];
    if (option !== undefined) return `Put “${value}” on a line of its own below ${option}, or write ${option}=${value}.`;
  }
  return null;
}

/** What another profile has already. @param own the one that is edited. */
export function takenProblems(values: Values, profiles: readonly Profile[], own: number | null): Problems {
  const others = profiles.filter(({ id }) => id !== own);
  const taken = new Map(others.flatMap((one) => [one.name, ...one.aliases].map((name) => [name.toLowerCase(), one.name])));
  const holder = taken.get(values.name.trim().toLowerCase());
  const alias = list(values.aliases, /[,\s]+/).find((one) => taken.has(one.toLowerCase()));
  const ported = others.find(({ port }) => port === typedNumber(values.port));
  return {
    ...(holder !== undefined && {
      name:
        holder.toLowerCase() === values.name.trim().toLowerCase()
          ? `There is a profile named ${holder} already.`
          : `It is an alias of ${holder} already.`,
    }),
    ...(alias !== undefined && { aliases: `${alias} is a name of ${taken.get(alias.toLowerCase())} already.` }),
    ...(ported && { port: `The port belongs to ${ported.name}. Choose another one.` }),
  };
}

const KEYS = Object.keys(BLANK) as FieldKey[];

/** Fields that differ. What means the same (spaces around, `0.50` and `0.5`) does not. */
export function changedKeys(values: Values, base: Values): FieldKey[] {
  const [now, before] = [optionsOf(values), optionsOf(base)];
  return KEYS.filter((key) => values[key] !== base[key] && JSON.stringify(pick(now, key)) !== JSON.stringify(pick(before, key)));
}

function pick(options: ProfileCreateInput, key: FieldKey): unknown {
  const value = (options.sampling as Record<string, unknown> | undefined)?.[key] ?? (options as Record<string, unknown>)[key];
  return typeof value === 'number' && Number.isNaN(value) ? 'no number' : value;
}

/** What an update names: only what was changed, so that what others change meanwhile stays. */
export function changesOf(values: Values, base: Values): ProfileUpdate {
  const options = optionsOf(values) as Record<string, unknown>;
  const keys = changedKeys(values, base).map((key) => ((SAMPLING_KEYS as readonly string[]).includes(key) ? 'sampling' : key));
  const changes = Object.fromEntries([...new Set(keys)].map((key) => [key, options[key]]));
  const { error } = profileUpdate.safeEncode(changes);
  if (error) throw error;
  return changes;
}

/** What was typed, upon what the profile has become meanwhile. */
export function rebase(values: Values, base: Values, now: Values): Values {
  const typed = changedKeys(values, base);
  return { ...now, ...Object.fromEntries(typed.map((key) => [key, values[key]])) };
}

/** The engine that will run it: the chosen one, else the default of the kind. */
export const engineOf = ({ engine, modelType }: Pick<Values, 'engine' | 'modelType'>, engines: readonly Engine[]): Engine | undefined =>
  engines.find(({ id, defaultFor }) => (engine === '' ? defaultFor.includes(modelType as ModelType) : id === engine));

/** Whether the engine can be told an option. One that is not known yet might. */
export const knows = (engine: Engine | undefined, key: FieldKey): boolean => engine?.unsupportedOptions.includes(wireName(key)) !== true;

/** The downloaded model that a path names. */
export const localModelOf = (path: string, models: readonly LocalModel[]): LocalModel | undefined =>
  models.find((one) => modelPathOf(one) === path || one.localPath === path || one.modelId === path);

/** A name for a profile of this model that no other has. */
export const suggestName = (modelPath: string, profiles: readonly Profile[]): string => freeName(shortName(modelPath), profiles);

/** The name, or the first free one with a number behind it. */
export function freeName(base: string, profiles: readonly Profile[]): string {
  const taken = new Set(profiles.flatMap(({ name, aliases }) => [name, ...aliases]).map((name) => name.toLowerCase()));
  const first = base.slice(0, 72);
  if (first === '') return '';
  for (let i = 1; ; i++) {
    const name = i === 1 ? first : `${first} ${i}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

/**
 * What else changes with the model, where nobody typed: kind, name, parsers that the model wants and the engine knows; an engine that cannot serve the kind
 * gives way to the default one.
 * @param untouched whether a field is as it was when the form was opened.
 */
export function withModel(
  values: Values,
  path: string,
  known: { models: readonly LocalModel[]; engines: readonly Engine[]; profiles: readonly Profile[] },
  untouched: (key: FieldKey) => boolean,
  isNew: boolean,
): Values {
  const next: Values = { ...values, modelPath: path };
  const local = localModelOf(path, known.models);
  if (isNew && untouched('name')) next.name = suggestName(path, known.profiles);
  if (!local) return next;
  const { modelType, toolCallParser, reasoningParser } = local.characteristics;
  next.modelType = modelType;
  const chosen = known.engines.find(({ id }) => id === next.engine);
  if (chosen && !chosen.capabilities.modelTypes.includes(modelType)) next.engine = '';
  const engine = engineOf(next, known.engines);
  if (untouched('toolCallParser') && untouched('enableAutoToolChoice')) {
    next.toolCallParser = knows(engine, 'toolCallParser') ? text(toolCallParser) : '';
    next.enableAutoToolChoice = knows(engine, 'enableAutoToolChoice') && toolCallParser !== null;
  }
  if (untouched('reasoningParser')) next.reasoningParser = knows(engine, 'reasoningParser') ? text(reasoningParser) : '';
  return next;
}
