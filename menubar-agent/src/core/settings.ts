/** Settings in force: what the owner said over the environment over the default. */
import { z } from 'zod';
import { SETTING_DEFAULTS, SETTING_KEYS, settingsShape, toSnakeCase } from '@mlx-manager/shared';
import type { SettingKey, Settings, SettingsUpdate, SettingsValues } from '@mlx-manager/shared';
import type { EventBus } from './bus.js';
import { expandHome, type AgentPaths } from './paths.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Where settings are kept; the store implements it. Keys are snake_case, values JSON. */
export interface SettingsStorage {
  all(): Map<string, string>;
  set(changes: ReadonlyMap<string, string | null>): void;
}
/** Where secrets are kept. */
export interface SecretStorage {
  read(name: string): string | null;
  write(name: string, value: string | null): void;
}

/** The settings service. */
export class SettingsService {
  #own: Partial<SettingsValues>;
  readonly #fallback: SettingsValues;
  readonly #fromEnvironment: ReadonlySet<SettingKey>;

  constructor(
    private readonly deps: {
      storage: SettingsStorage;
      secrets: SecretStorage;
      env: Env;
      paths: AgentPaths;
      bus: EventBus;
      /** Told of a stored value that no longer fits its schema and is left aside. */
      onInvalid: (key: string, problem: string) => void;
    },
  ) {
    const environment = environmentSettings(deps.env, deps.paths);
    this.#fromEnvironment = new Set(Object.keys(environment) as SettingKey[]);
    this.#fallback = { ...defaultSettings(deps.paths), ...environment };
    this.#own = this.#load();
  }

  /** One value, folders expanded. */
  get<K extends SettingKey>(key: K): SettingsValues[K] {
    return this.#expand(key, this.#own[key] ?? this.#fallback[key]);
  }

  /** Everything, as the API shows it. */
  snapshot(): Settings {
    const values = Object.fromEntries(SETTING_KEYS.map((key) => [key, this.get(key)])) as SettingsValues;
    const sources = Object.fromEntries(SETTING_KEYS.map((key) => [key, this.#source(key)])) as Settings['sources'];
    return { ...values, hfTokenSet: this.hfToken() !== null, sources };
  }

  /**
   * Takes over changes, all or none, and announces them.
   * @param changes validated; null goes back to environment or default.
   */
  update(changes: SettingsUpdate): Settings {
    const { hfToken, ...rest } = changes;
    const stored = new Map<string, string | null>();
    for (const [key, value] of Object.entries(rest)) {
      if (value !== undefined) stored.set(toSnakeCase(key), value === null ? null : JSON.stringify(value));
    }
    if (hfToken !== undefined) this.deps.secrets.write('hf_token', hfToken);
    this.deps.storage.set(stored);
    this.#own = this.#load();
    const snapshot = this.snapshot();
    this.deps.bus.emit('settings.updated', snapshot);
    return snapshot;
  }

  /**
   * The hub token: the setting, else HF_TOKEN, else null. Hugging Face's own token file is read by the hub room.
   * Never log or answer it.
   */
  hfToken(): string | null {
    return this.deps.secrets.read('hf_token') ?? this.deps.env.HF_TOKEN ?? null;
  }

  #source(key: SettingKey): 'setting' | 'environment' | 'default' {
    if (this.#own[key] !== undefined) return 'setting';
    return this.#fromEnvironment.has(key) ? 'environment' : 'default';
  }

  #expand<K extends SettingKey>(key: K, value: SettingsValues[K]): SettingsValues[K] {
    const expand = (path: string): string => expandHome(path, this.deps.paths.userHome);
    if (key === 'huggingfaceCachePath' || key === 'enginePython')
      return (typeof value === 'string' ? expand(value) : value) as SettingsValues[K];
    if (key === 'modelFolders') return (value as string[]).map(expand) as SettingsValues[K];
    return value;
  }

  #load(): Partial<SettingsValues> {
    const stored = this.deps.storage.all();
    const own: Record<string, unknown> = {};
    for (const key of SETTING_KEYS) {
      const text = stored.get(toSnakeCase(key));
      if (text === undefined) continue;
      const parsed = z.safeParse(settingsShape[key], parseJson(text));
      if (parsed.success) own[key] = parsed.data;
      else this.deps.onInvalid(toSnakeCase(key), z.prettifyError(parsed.error));
    }
    return own;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema names the problem
  }
}

/** Values when neither owner nor environment says anything. */
export function defaultSettings(paths: AgentPaths): SettingsValues {
  const { huggingfaceCachePath, modelFolders } = SETTING_DEFAULTS;
  return {
    ...SETTING_DEFAULTS,
    huggingfaceCachePath: expandHome(huggingfaceCachePath, paths.userHome),
    modelFolders: modelFolders.map((folder) => expandHome(folder, paths.userHome)),
  };
}

/** What Hugging Face's own variables say; they mean here what they mean to its tools. Source: huggingface_hub `constants.py`. */
function environmentSettings(env: Env, paths: AgentPaths): Partial<SettingsValues> {
  const hfHome = env.HF_HOME ?? (env.XDG_CACHE_HOME ? `${env.XDG_CACHE_HOME}/huggingface` : undefined);
  const cache = env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? (hfHome ? `${hfHome}/hub` : undefined);
  const values: Partial<SettingsValues> = {};
  if (cache) values.huggingfaceCachePath = expandHome(cache, paths.userHome);
  if (env.HF_ENDPOINT) values.hfEndpoint = env.HF_ENDPOINT.replace(/\/+$/, '');
  return values;
}
