/** What a client needs to know to use the agent, and how it is told. */
import type { ModelType } from '../schemas/common.js';

/** Where the models are. */
export interface ConnectTarget {
  /** The agent's address without path, e.g. `http://127.0.0.1:10239`. */
  readonly origin: string;
  /** Whether `/v1` asks for an API key. */
  readonly keyRequired: boolean;
  /** The key to write down where one is required; without it a placeholder stands there. */
  readonly key?: string | undefined;
  /** Profile name or alias. */
  readonly model: string;
  /** Names of all models to offer where a client lists them; `model` is among them in any case. */
  readonly models: readonly string[];
  /** Tokens; null where it is not known. */
  readonly contextLength?: number | null | undefined;
  /** The listener for Ollama's clients. */
  readonly ollama?: { readonly enabled: boolean; readonly port: number } | undefined;
  /** Whether host.docker.internal is among the names the agent answers to. */
  readonly letsContainersIn?: boolean | undefined;
  /** What the model is served as; `lm` when left out. */
  readonly kind?: ModelType | undefined;
}

export type ConfigValue = string | number | boolean | readonly ConfigValue[] | ConfigObject;
export interface ConfigObject {
  readonly [key: string]: ConfigValue;
}

/** One change of a configuration file. What it does not name stays. */
export type ConfigEdit =
  /** Sets a value; of an object only the named fields. */
  | { readonly path: readonly string[]; readonly value: ConfigValue }
  /** Sets fields of the list's entry with that name, or adds the entry at the end. */
  | { readonly path: readonly string[]; readonly entry: { readonly name: string; readonly [key: string]: ConfigValue } };

export type ConfigLanguage = 'json' | 'jsonc' | 'toml' | 'yaml';

/** A file of the client that can be written. `mergeConfig` (connect/files.ts) makes its new text. */
export interface ConfigFile {
  /** Begins with `~/`. */
  readonly path: string;
  readonly language: ConfigLanguage;
  /** What the change does, in a sentence. */
  readonly purpose: string;
  readonly edits: readonly ConfigEdit[];
  /** Only for a file that is new. */
  readonly whenNew?: readonly ConfigEdit[] | undefined;
}

export interface GuideStep {
  readonly title: string;
  readonly text?: string | undefined;
  readonly language?: 'bash' | 'python' | 'javascript' | ConfigLanguage | undefined;
  readonly code?: string | undefined;
  /** What it opens in MLX Manager's settings: a surface that can do that has an action for it, and need not show the code. */
  readonly opens?: 'ollama' | 'containers' | undefined;
}

/** How one client is connected. */
export interface Guide {
  readonly id: string;
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** The client's own documentation of this. */
  readonly url: string;
  readonly steps: readonly GuideStep[];
  readonly file?: ConfigFile | undefined;
}
