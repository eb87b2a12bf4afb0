/** Profiles: named configurations of one model on one engine. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { modelType, timestamp } from './common.js';

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
/** Hosts a profile's port may be bound to: never beyond this machine. */
export const PROFILE_HOSTS = ['127.0.0.1', 'localhost', '::1'] as const;

/** Sampling used when a request does not say. */
export const samplingDefaults = wireObject(
  {
    temperature: z.number().min(0).max(5).optional(),
    topP: z.number().min(0).max(1).optional(),
    topK: z.int().min(0).optional(),
    minP: z.number().min(0).max(1).optional(),
    maxTokens: z.int().positive().optional(),
    repetitionPenalty: z.number().min(0).max(10).optional(),
    presencePenalty: z.number().min(-2).max(2).optional(),
    frequencyPenalty: z.number().min(-2).max(2).optional(),
    seed: z.int().optional(),
  },
  { strict: true, id: 'SamplingDefaults' },
);
export type SamplingDefaults = z.output<typeof samplingDefaults>;
/** Its options, in the order in which they are shown. */
export const SAMPLING_KEYS = [
  'temperature',
  'topP',
  'topK',
  'minP',
  'maxTokens',
  'repetitionPenalty',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
] as const satisfies readonly (keyof SamplingDefaults)[];

// eslint-disable-next-line no-control-regex -- control characters have no place in a name shown in menus and written to plists
const printable = /^[^\u0000-\u001f\u007f]+$/;
export const profileName = z.string().trim().min(1).max(80).regex(printable, 'may not hold control characters');
const alias = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[A-Za-z0-9][\w.:/-]*$/);
const parserName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9_.-]+$/i);
const filePath = z.string().min(1).max(1024).regex(printable);

/** What the owner may set; defaults are those of a new profile. */
export const profileShape = {
  name: profileName,
  description: z.string().max(2000).nullable().default(null),
  /** A hub id, or the absolute path of a model folder inside the allowed folders. */
  modelPath: z.string().min(1).max(1024).regex(printable),
  modelType: modelType.default('lm'),
  /** Engine id; null takes the default engine of the model type. */
  engine: z.string().max(64).nullable().default(null),
  /** Names under which `/v1` knows this profile besides its own. */
  aliases: z.array(alias).max(16).default([]),
  /** Port for other programs; used only when `expose_port` is set. */
  port: z.int().min(1024).max(65535),
  exposePort: z.boolean().default(false),
  host: z.enum(PROFILE_HOSTS).default('127.0.0.1'),
  /** Tokens; null is the model's own. */
  contextLength: z.int().positive().max(100_000_000).nullable().default(null),
  /** Requests at once; null is the engine's own limit. */
  maxConcurrency: z.int().min(1).max(1024).nullable().default(null),
  /** Seconds a request may wait. */
  queueTimeout: z.int().min(1).max(86_400).default(300),
  queueSize: z.int().min(0).max(100_000).default(100),
  toolCallParser: parserName.nullable().default(null),
  reasoningParser: parserName.nullable().default(null),
  enableAutoToolChoice: z.boolean().default(false),
  /** Lets the model repository's own Python code run on this machine. */
  trustRemoteCode: z.boolean().default(false),
  chatTemplateFile: filePath.nullable().default(null),
  logLevel: z.enum(LOG_LEVELS).default('INFO'),
  /** A further log file the engine writes, where it can: `logs/engine-NAME` in the state folder. */
  logFile: z
    .string()
    .max(128)
    .regex(/^[\w][\w.-]*$/, 'must be a plain file name')
    .nullable()
    .default(null),
  noLogFile: z.boolean().default(false),
  /** Start with the agent. */
  autoStart: z.boolean().default(false),
  restartOnCrash: z.boolean().default(true),
  systemPrompt: z.string().max(100_000).nullable().default(null),
  /** Minutes without a request after which the server is unloaded; null never. */
  idleMinutes: z.int().min(1).max(100_000).nullable().default(null),
  /** Never unloaded to make room. */
  pinned: z.boolean().default(false),
  sampling: samplingDefaults.default({}),
  /** More options for the engine, one list entry each; never a shell string. */
  extraArgs: z.array(z.string().min(1).max(1024).regex(printable)).max(64).default([]),
};

/** `port` may be left out: the next free one is taken. */
export const profileCreate = wireObject({ ...profileShape, port: profileShape.port.optional() }, { strict: true, id: 'ProfileCreate' });
export type ProfileCreate = z.output<typeof profileCreate>;
export type ProfileCreateInput = Partial<ProfileCreate> & Pick<ProfileCreate, 'name' | 'modelPath'>;

export const profileUpdate = wireObject(partialShape(profileShape), { strict: true, id: 'ProfileUpdate' });
export type ProfileUpdate = z.output<typeof profileUpdate>;

export const PROFILE_ORIGINS = ['user', 'auto', 'starter', 'import'] as const;
export const profile = wireObject(
  {
    id: z.int(),
    ...profileShape,
    launchdInstalled: z.boolean(),
    /** Who made it: the owner, the agent for a downloaded model, the starter, an import. */
    origin: z.enum(PROFILE_ORIGINS),
    /** Options set here that the engine has no equivalent for, each in a sentence. */
    warnings: z.array(z.string()),
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { id: 'Profile' },
);
export type Profile = z.output<typeof profile>;

/** A profile that is being typed: `id` is the one that is edited, null a new one. */
export const profileDraft = wireObject(
  { ...profileShape, id: z.int().positive().nullable().default(null), name: profileName.optional(), port: profileShape.port.optional() },
  { strict: true, id: 'ProfileDraft' },
);
export type ProfileDraft = z.output<typeof profileDraft>;

/** The command line of an engine, as it is spawned: without a shell. */
export const launchCommand = wireObject(
  {
    engine: z.string(),
    file: z.string(),
    args: z.array(z.string()),
    /** What the engine is given beside paths, language, proxies and certificates of the agent's own environment. No secret is among it. */
    env: z.record(z.string(), z.string()),
    port: z.int(),
    /** False: `port` stands for a free one that the agent takes at each start. */
    portFixed: z.boolean(),
    /** The same as one line for a terminal. */
    shell: z.string(),
  },
  { id: 'LaunchCommand' },
);
export type LaunchCommand = z.output<typeof launchCommand>;

export const profileCommand = wireObject(
  {
    /** What a start would run now; null where that cannot be told: `problems` say why. */
    command: launchCommand.nullable(),
    /** What the server that runs was started with; null when none of the agent's own runs. */
    running: launchCommand.nullable(),
    /** What its owner should know, a sentence each. */
    warnings: z.array(z.string()),
    /** What would be refused when it is saved or started; `field` is the name on the wire. */
    problems: z.array(wireObject({ field: z.string(), code: z.string(), message: z.string(), action: z.string() })),
  },
  { id: 'ProfileCommand' },
);
export type ProfileCommand = z.output<typeof profileCommand>;

export const profileDuplicate = wireObject({ newName: profileName }, { strict: true });
export const nextPort = wireObject({ port: z.int() });

/** Profiles on their way to another machine: what the owner set, nothing of this machine's state. */
export const profileExport = wireObject(
  {
    format: z.literal('mlx-manager.profiles'),
    version: z.literal(1),
    exportedAt: timestamp,
    profiles: z.array(wireObject({ ...profileShape, port: profileShape.port.optional() }, { strict: true })),
  },
  { strict: true, id: 'ProfileExport' },
);
export type ProfileExport = z.output<typeof profileExport>;
export const exportProfilesQuery = wireObject(
  {
    ids: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .optional(),
  },
  { strict: true },
);

export const profileImportResult = wireObject({
  imported: z.array(profile),
  /** What was changed on the way in: a name or a port already taken here. */
  changes: z.array(z.string()),
});
export type ProfileImportResult = z.output<typeof profileImportResult>;
