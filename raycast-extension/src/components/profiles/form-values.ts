/** What the form holds, and how it becomes a profile. All of it is text and switches, as typed. No React in here. */
import {
  profileCreate,
  profileUpdate,
  SAMPLING_KEYS,
  typedNumber,
  type Engine,
  type LocalModel,
  type ModelType,
  type Profile,
  type ProfileCreateInput,
  type SamplingDefaults,
} from "@mlx-manager/shared";
import { inWords } from "./in-words";

export interface FormValues {
  /** Hub id or folder of a model that is here; {@link OTHER_MODEL} for a typed one. */
  model: string;
  modelText: string;
  modelType: string;
  name: string;
  /** Empty for the default one of the model's kind. */
  engine: string;
  contextLength: string;
  aliases: string;
  systemPrompt: string;
  idleMinutes: string;
  pinned: boolean;
  autoStart: boolean;
  restartOnCrash: boolean;
  exposePort: boolean;
  port: string;
  showSampling: boolean;
  temperature: string;
  topP: string;
  topK: string;
  minP: string;
  maxTokens: string;
  repetitionPenalty: string;
  presencePenalty: string;
  frequencyPenalty: string;
  seed: string;
  showAdvanced: boolean;
  description: string;
  host: string;
  maxConcurrency: string;
  queueTimeout: string;
  queueSize: string;
  toolCallParser: string;
  reasoningParser: string;
  enableAutoToolChoice: boolean;
  trustRemoteCode: boolean;
  chatTemplateFile: string;
  logLevel: string;
  logFile: string;
  noLogFile: boolean;
  /** One option a line. */
  extraArgs: string;
}
export type FieldName = keyof FormValues;

/** The entry of the model picker under which one is typed. */
export const OTHER_MODEL = "other";

export const SAMPLING_FIELDS = SAMPLING_KEYS satisfies readonly (keyof SamplingDefaults & FieldName)[];

/** Fields behind the switch Advanced. */
export const ADVANCED_FIELDS = [
  "description",
  "host",
  "maxConcurrency",
  "queueTimeout",
  "queueSize",
  "toolCallParser",
  "reasoningParser",
  "enableAutoToolChoice",
  "trustRemoteCode",
  "chatTemplateFile",
  "logLevel",
  "logFile",
  "noLogFile",
  "extraArgs",
] as const satisfies readonly FieldName[];

/** A new profile's options, as the contract has them. */
const DEFAULTS = {
  modelType: "lm",
  queueTimeout: "300",
  queueSize: "100",
  host: "127.0.0.1",
  logLevel: "INFO",
  restartOnCrash: true,
} as const;

/** The form of a new profile, before anything is typed. */
export function blankValues(): FormValues {
  const texts = [
    "modelText",
    "name",
    "engine",
    "contextLength",
    "aliases",
    "systemPrompt",
    "idleMinutes",
    "port",
  ] as const;
  const empty = [...texts, ...SAMPLING_FIELDS, ...ADVANCED_FIELDS].map((field) => [field, ""]);
  const off = [
    "pinned",
    "autoStart",
    "exposePort",
    "enableAutoToolChoice",
    "trustRemoteCode",
    "noLogFile",
    "showSampling",
    "showAdvanced",
  ].map((field) => [field, false]);
  return { ...Object.fromEntries([...empty, ...off]), model: "", ...DEFAULTS } as FormValues;
}

const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? "" : String(value);

/** The form of a profile that is there. */
export function valuesOf(profile: Profile): FormValues {
  const { sampling } = profile;
  return {
    ...(Object.fromEntries(SAMPLING_FIELDS.map((field) => [field, text(sampling[field])])) as Record<
      (typeof SAMPLING_FIELDS)[number],
      string
    >),
    model: profile.modelPath,
    modelText: "",
    modelType: profile.modelType,
    name: profile.name,
    engine: profile.engine ?? "",
    contextLength: text(profile.contextLength),
    aliases: profile.aliases.join(", "),
    systemPrompt: profile.systemPrompt ?? "",
    idleMinutes: text(profile.idleMinutes),
    pinned: profile.pinned,
    autoStart: profile.autoStart,
    restartOnCrash: profile.restartOnCrash,
    exposePort: profile.exposePort,
    port: String(profile.port),
    showSampling: Object.values(sampling).some((value) => value !== undefined),
    showAdvanced: false,
    description: profile.description ?? "",
    host: profile.host,
    maxConcurrency: text(profile.maxConcurrency),
    queueTimeout: String(profile.queueTimeout),
    queueSize: String(profile.queueSize),
    toolCallParser: profile.toolCallParser ?? "",
    reasoningParser: profile.reasoningParser ?? "",
    enableAutoToolChoice: profile.enableAutoToolChoice,
    trustRemoteCode: profile.trustRemoteCode,
    chatTemplateFile: profile.chatTemplateFile ?? "",
    logLevel: profile.logLevel,
    logFile: profile.logFile ?? "",
    noLogFile: profile.noLogFile,
    extraArgs: profile.extraArgs.join("\n"),
  };
}

const numberOrNull = (typed: string): number | null => typedNumber(typed) ?? null;
const textOrNull = (typed: string): string | null => typed.trim() || null;
const list = (typed: string, separator: RegExp): string[] =>
  typed
    .split(separator)
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** The options that the values say, as the contract names them; not yet checked. */
export function optionsOf(values: FormValues): ProfileCreateInput {
  const sampling = SAMPLING_FIELDS.flatMap((field) => {
    const value = typedNumber(values[field], field);
    return value === undefined ? [] : [[field, value]];
  });
  return {
    name: values.name.trim(),
    modelPath: values.model === OTHER_MODEL ? values.modelText.trim() : values.model,
    modelType: values.modelType as ModelType,
    engine: textOrNull(values.engine),
    contextLength: numberOrNull(values.contextLength),
    aliases: list(values.aliases, /[,\s]+/),
    systemPrompt: values.systemPrompt.trim() === "" ? null : values.systemPrompt,
    idleMinutes: numberOrNull(values.idleMinutes),
    pinned: values.pinned,
    autoStart: values.autoStart,
    restartOnCrash: values.restartOnCrash,
    exposePort: values.exposePort,
    ...(values.port.trim() !== "" && { port: typedNumber(values.port) as number }),
    sampling: Object.fromEntries(sampling) as SamplingDefaults,
    description: textOrNull(values.description),
    host: values.host as Profile["host"],
    maxConcurrency: numberOrNull(values.maxConcurrency),
    queueTimeout: typedNumber(values.queueTimeout) ?? Number(DEFAULTS.queueTimeout),
    queueSize: typedNumber(values.queueSize) ?? Number(DEFAULTS.queueSize),
    toolCallParser: textOrNull(values.toolCallParser),
    reasoningParser: textOrNull(values.reasoningParser),
    enableAutoToolChoice: values.enableAutoToolChoice,
    trustRemoteCode: values.trustRemoteCode,
    chatTemplateFile: textOrNull(values.chatTemplateFile),
    logLevel: values.logLevel as Profile["logLevel"],
    logFile: textOrNull(values.logFile),
    noLogFile: values.noLogFile,
    extraArgs: list(values.extraArgs, /\n/),
  };
}

/** Field of the form → its name in the contract, `sampling.top_p` for one of the sampling. */
export function wireName(field: FieldName): string {
  const snake = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (field === "model" || field === "modelText") return "model_path";
  return (SAMPLING_FIELDS as readonly string[]).includes(field) ? `sampling.${snake}` : snake;
}

/** The field that holds an option of the contract; the typed model where one is typed. */
export function fieldOf(path: readonly PropertyKey[], values: FormValues): FieldName | undefined {
  const [first, second] = path.map(String);
  if (first === "model_path") return values.model === OTHER_MODEL ? "modelText" : "model";
  const wanted = first === "sampling" ? `sampling.${second}` : first;
  return (Object.keys(values) as FieldName[]).find((field) => wireName(field) === wanted);
}

export type Problems = Partial<Record<FieldName, string>>;

/** What the contract's own schema has against the values, a sentence per field. */
export function problemsOf(values: FormValues): Problems {
  const { error } = profileCreate.safeEncode(optionsOf(values) as never);
  const problems: Problems = {};
  for (const issue of error?.issues ?? []) {
    const field = fieldOf(issue.path, values);
    if (field) problems[field] ??= inWords(issue);
  }
  return problems;
}

/** Whether the engine can be told an option. One that is not known yet might. */
export const knows = (engine: Engine | undefined, field: FieldName): boolean =>
  engine?.unsupportedOptions.includes(wireName(field)) !== true;

/** The engine that will run it: the chosen one, else the default of the model's kind. */
export function engineOf(
  values: Pick<FormValues, "engine" | "modelType">,
  engines: readonly Engine[],
): Engine | undefined {
  return engines.find(({ id, defaultFor }) =>
    values.engine === "" ? defaultFor.includes(values.modelType as ModelType) : id === values.engine,
  );
}

/** Options of the form that changed, for an update; what the contract would not take for one is left to {@link problemsOf}. */
export function changesOf(before: Profile, options: ProfileCreateInput): Partial<ProfileCreateInput> {
  const known = Object.keys(options) as (keyof ProfileCreateInput)[];
  const same = (key: keyof ProfileCreateInput): boolean => stable(before[key]) === stable(options[key]);
  const changes = Object.fromEntries(known.filter((key) => !same(key)).map((key) => [key, options[key]]));
  const { error } = profileUpdate.safeEncode(changes as never);
  if (error) throw error;
  return changes;
}

/** JSON whose keys are in order. */
const stable = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** A model of the picker, if it is one. */
export const localModelOf = (
  values: Pick<FormValues, "model" | "modelText">,
  models: readonly LocalModel[],
): LocalModel | undefined =>
  models.find(({ modelId }) => modelId === (values.model === OTHER_MODEL ? values.modelText.trim() : values.model));
