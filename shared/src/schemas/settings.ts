/** Settings: what the owner said stands over the environment, the environment over the default. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';

const folder = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => path.startsWith('/') || path.startsWith('~/') || path === '~', 'must be an absolute path');
const host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.-]+$/, 'must be a host name without port');
const origin = z
  .string()
  .max(253)
  .regex(/^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/i, 'must be SCHEME://HOST[:PORT]');
/** At least one modifier that no typing uses, then one key. Source: electronjs.org/docs/latest/tutorial/keyboard-shortcuts. */
const accelerator =
  /^(?:Shift\+)?(?:Command|Cmd|Control|Ctrl|CommandOrControl|CmdOrCtrl|Alt|Option|Super|Meta)\+(?:(?:Command|Cmd|Control|Ctrl|CommandOrControl|CmdOrCtrl|Alt|Option|Shift|Super|Meta)\+)*(?:[A-Z0-9]|F(?:[1-9]|1\d|2[0-4])|Space|Plus|Tab|Backspace|Delete|Insert|Return|Enter|Up|Down|Left|Right|Home|End|PageUp|PageDown|Escape|Esc|[`~!@#$%^&*()\-_=[\]{}\\|;:'",.<>/?])$/;

export const settingsShape = {
  /** First port handed to a profile. */
  defaultPortStart: z.int().min(1024).max(65535),
  /** Hugging Face's cache: HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub. */
  huggingfaceCachePath: folder,
  /** Share of the memory that loaded models may take together, percent. */
  maxMemoryPercent: z.int().min(10).max(100),
  /** The same in units of 2^30 bytes, decimals allowed; stands over `max_memory_percent`. Null leaves it to that. */
  maxMemoryGb: z.number().positive().max(65_536).nullable(),
  /** Percent of the machine's memory in use from which idle models are unloaded; 100 never. */
  memoryEvictPercent: z.int().min(10).max(100),
  /** Percent of the machine's memory in use from which no model is loaded; 100 never. */
  memoryRefusePercent: z.int().min(10).max(100),
  /** Whether a request loads the model it asks for. */
  onDemand: z.boolean(),
  /** Seconds between health checks of a running server. */
  healthCheckInterval: z.int().min(1).max(3600),
  /** The hub's address: HF_ENDPOINT. */
  hfEndpoint: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'may hold no user or password: set a token instead'),
  /** Folders besides the cache that may hold models. */
  modelFolders: z.array(folder).max(32),
  /** Downloads at once; the others wait. */
  maxDownloads: z.int().min(1).max(8),
  /** Connections a download uses. */
  downloadConnections: z.int().min(1).max(16),
  /** Python that new engine environments are made from; null finds one. */
  enginePython: folder.nullable(),
  /** Leave engines running when the agent ends. */
  keepServersRunning: z.boolean(),
  /** Seconds a server may take to load its model. */
  startTimeout: z.int().min(5).max(86_400),
  /** Restarts within ten minutes after which a crashing server is left failed. */
  maxRestarts: z.int().min(0).max(100),
  /** Size at which a log is rotated, MB. */
  logMaxMb: z.int().min(1).max(1000),
  /** Rotated logs kept. */
  logKeep: z.int().min(0).max(20),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  /** Keep the Mac awake during downloads and runs. */
  preventSleep: z.boolean(),
  /** Profile that answers when a client does not say; null is the one that runs. */
  defaultProfileId: z.int().positive().nullable(),
  /** Whether `/v1` needs an API key (or the token) on this machine too. Beyond this machine it always does. */
  requireApiKey: z.boolean(),
  /**
   * Where else than on 127.0.0.1 the agent listens, on the same port: an IP address or host name of this machine, `0.0.0.0` (every
   * IPv4 address) or `::` (every address). Beyond loopback only with `require_api_key`.
   */
  listenHost: z
    .string()
    .min(1)
    .max(253)
    .regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:.]+)$/, 'must be an IP address or a host name, without port'),
  /** Host names besides loopback that may reach the agent; each such request needs a key or the token. */
  allowedHosts: z.array(host).max(32),
  /** Web origins that may call the agent; each such request needs a key or the token. */
  allowedOrigins: z.array(origin).max(32),
  /** Use the routing rules. Off: every request is answered on this machine, by the name it gives. */
  routingEnabled: z.boolean(),
  /** Who makes the title of a chat that has none: the model that answered, or nobody (its first words stay). */
  chatTitles: z.enum(['model', 'first_words']),
  /** Days that measured requests are kept. */
  requestRetentionDays: z.int().min(1).max(3650),
  /** Measured requests kept at most. */
  requestMaxRows: z.int().min(100).max(5_000_000),
  /** Keep prompts and answers for seven days. */
  captureRequests: z.boolean(),
  /** Answer /metrics on loopback without the token. */
  metricsPublic: z.boolean(),
  /** OpenTelemetry collector (OTLP over HTTP) that is told of every request, e.g. `http://127.0.0.1:4318`; null for none. */
  otelEndpoint: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'may hold no user or password: set OTEL_EXPORTER_OTLP_HEADERS instead')
    .nullable(),
  /** Milliseconds that 95 of 100 first tokens may take, without the load, before an alert is raised; 0 raises none. */
  alertFirstTokenMs: z.int().min(0).max(3_600_000),
  /** Percent of a profile's requests of the last five minutes that may fail before an alert is raised; 0 raises none. */
  alertErrorPercent: z.int().min(0).max(100),
  /** Answer Ollama's clients on a port of their own. */
  ollamaEnabled: z.boolean(),
  ollamaPort: z.int().min(1024).max(65535),
  /** Let them download and delete models without a key. */
  ollamaWrites: z.boolean(),
  /** The menu bar icon shows tokens a second beside it. */
  trayTitle: z.boolean(),
  /** What the menu bar app notifies of: finished downloads and failures, failures alone, or nothing. */
  notifications: z.enum(['all', 'failures', 'none']),
  /** Keys that open a new chat from anywhere, as Electron writes them, e.g. `Alt+Shift+Space`; null for none. */
  quickChatShortcut: z.string().max(64).regex(accelerator, 'must be modifiers and a key, e.g. Alt+Shift+Space').nullable(),
  /** Quitting the menu bar app while models run asks what happens to them; else `keep_servers_running` says. */
  askOnQuit: z.boolean(),
};
export type SettingKey = keyof typeof settingsShape;
export const SETTING_KEYS = Object.keys(settingsShape) as SettingKey[];

/** The values in force, without where they come from. */
export type SettingsValues = { [K in SettingKey]: z.output<(typeof settingsShape)[K]> };

/** What is in force when neither owner nor environment says anything. `~` is the home folder of the agent's user. */
export const SETTING_DEFAULTS: SettingsValues = {
  defaultPortStart: 10240,
  huggingfaceCachePath: '~/.cache/huggingface/hub',
  maxMemoryPercent: 80,
  maxMemoryGb: null,
  memoryEvictPercent: 85,
  memoryRefusePercent: 95,
  onDemand: true,
  healthCheckInterval: 30,
  hfEndpoint: 'https://huggingface.co',
  modelFolders: ['~/models'],
  maxDownloads: 2,
  downloadConnections: 4,
  enginePython: null,
  keepServersRunning: false,
  startTimeout: 900,
  maxRestarts: 3,
  logMaxMb: 10,
  logKeep: 3,
  logLevel: 'info',
  preventSleep: true,
  defaultProfileId: null,
  requireApiKey: false,
  listenHost: '127.0.0.1',
  allowedHosts: [],
  allowedOrigins: [],
  routingEnabled: false,
  chatTitles: 'model',
  requestRetentionDays: 30,
  requestMaxRows: 200_000,
  captureRequests: false,
  metricsPublic: false,
  otelEndpoint: null,
  alertFirstTokenMs: 15_000,
  alertErrorPercent: 20,
  ollamaEnabled: false,
  ollamaPort: 11_434,
  ollamaWrites: false,
  trayTitle: false,
  notifications: 'all',
  quickChatShortcut: null,
  askOnQuit: true,
};

export const SETTING_SOURCES = ['setting', 'environment', 'default'] as const;
const sourcesShape = Object.fromEntries(SETTING_KEYS.map((key) => [key, z.enum(SETTING_SOURCES)])) as {
  [K in SettingKey]: z.ZodEnum<{ setting: 'setting'; environment: 'environment'; default: 'default' }>;
};
export const settings = wireObject(
  {
    ...settingsShape,
    /** Whether a hub token is known. The token itself is never answered. */
    hfTokenSet: z.boolean(),
    /** Where each value comes from. */
    sources: wireObject(sourcesShape),
  },
  { id: 'Settings' },
);
export type Settings = z.output<typeof settings>;

type Nullable<S extends z.ZodRawShape> = { [K in keyof S]: z.ZodNullable<z.ZodType<z.output<S[K]>, z.input<S[K]>>> };
const nullableShape = Object.fromEntries(
  Object.entries(settingsShape).map(([key, schema]) => [key, z.nullable(schema)]),
) as unknown as Nullable<typeof settingsShape>;

/** Only what changes; `null` goes back to the environment or the default. `hf_token` is kept in a file of mode 0600. */
export const settingsUpdate = wireObject(
  { ...partialShape(nullableShape), hfToken: z.string().max(256).regex(/^\S+$/).nullable().optional() },
  { strict: true, id: 'SettingsUpdate' },
);
export type SettingsUpdate = z.output<typeof settingsUpdate>;
