/** What an engine is to the rest of the house: one file that implements {@link EngineAdapter}. */
import type { EngineCapabilities, ModelType, SamplingDefaults, ServerFailure } from '@mlx-manager/shared';

/** Everything an engine is told. It knows no profile. */
export interface LaunchSpec {
  /** Absolute folder of the model. */
  readonly modelFolder: string;
  /** The name by which clients know the model. */
  readonly modelName: string;
  readonly modelType: ModelType;
  readonly host: string;
  readonly port: number;
  /** Tokens. */
  readonly contextLength: number | null;
  readonly maxConcurrency: number | null;
  /** Seconds. */
  readonly queueTimeout: number;
  readonly queueSize: number;
  readonly toolCallParser: string | null;
  readonly reasoningParser: string | null;
  readonly enableAutoToolChoice: boolean;
  readonly trustRemoteCode: boolean;
  readonly chatTemplateFile: string | null;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
  /** Absolute path of a further log the engine writes itself. */
  readonly logFile: string | null;
  readonly sampling: SamplingDefaults;
  readonly extraArgs: readonly string[];
}

/** Where an engine's environment is. */
export interface EngineEnvironment {
  readonly root: string;
  /** The environment's Python. */
  readonly python: string;
}

/** A process to start, without a shell. `env` is added to a small inherited set. */
export interface LaunchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How an engine is installed with `uv pip install`. */
export interface InstallRecipe {
  /** Pinned requirements, e.g. `mlx-lm==0.32.2`. */
  readonly requirements: readonly string[];
  /** Lines of uv's override file. */
  readonly overrides: readonly string[];
  /** Files written into the environment's site-packages: name → text. */
  readonly files: Readonly<Record<string, string>>;
  /** Modules whose import proves the environment whole. */
  readonly smokeImports: readonly string[];
}

/** A running engine as its adapter reaches it. */
export interface EngineTarget {
  /** E.g. `http://127.0.0.1:49152`. */
  readonly baseUrl: string;
  readonly spec: LaunchSpec;
}

/** What the corrections of one answer need to know of its request. */
export interface AnswerContext {
  /** The limit of tokens the request has, after the profile's defaults; null for none. */
  readonly maxTokens: number | null;
}

/** What an engine does itself of what OpenAI's protocol asks. What it does not, the gateway does. */
export interface NativeAbilities {
  /** Several answers to one prompt (`n`). */
  readonly n: boolean;
  /** `response_format: json_schema` is enforced while it generates. */
  readonly jsonSchema: boolean;
  /** `tool_choice` is obeyed. */
  readonly toolChoice: boolean;
  /** `stop` ends the answer wherever the words stand in the text. */
  readonly stop: boolean;
  /** `logprobs` of a streamed answer, in OpenAI's shape. */
  readonly logprobs: boolean;
  /** A weakness: equal prompts worked on at once get equal answers, whatever their seeds. */
  readonly equalTogether?: boolean;
}

/** What the cheap check says. `loading`: alive, the model is not there yet. */
export interface HealthReading {
  readonly status: 'ready' | 'loading' | 'failed';
  readonly detail: string | null;
}

export type EngineId = string;

export interface EngineAdapter {
  readonly id: EngineId;
  readonly name: string;
  /** Package whose version is the engine's. */
  readonly packageName: string;
  readonly pinnedVersion: string;
  /** Minor versions of Python 3: at least, below. */
  readonly pythonRange: { readonly min: number; readonly below: number | null };
  /** Model types this engine is the default for. */
  readonly defaultFor: readonly ModelType[];
  readonly capabilities: EngineCapabilities;
  /** Names (snake_case) of profile options it has no equivalent for. */
  readonly unsupportedOptions: readonly string[];

  recipe(platform: NodeJS.Platform): InstallRecipe;
  command(spec: LaunchSpec, environment: EngineEnvironment): LaunchCommand;
  /** What this spec asks for and the engine lacks, a sentence each. */
  warnings(spec: LaunchSpec): string[];
  /** Why an option may not be given by hand, or null when it may. `option` is the flag, e.g. `--port`. */
  refuseArg(option: string): string | null;
  /** One cheap HTTP request; no work for the model. Rejects when nothing answers. */
  health(target: EngineTarget, signal: AbortSignal): Promise<HealthReading>;
  /** One token (or the type's smallest request) from the real model. Rejects with the reason when it does not come. */
  probe(target: EngineTarget, signal: AbortSignal): Promise<void>;
  /** Reads the engine's own words for a failure out of its log; null when it knows none. */
  explainFailure(lines: readonly string[]): Pick<ServerFailure, 'kind' | 'message' | 'action'> | null;
  /** Whether an error answer says that the engine can answer nothing any more. Left out: only its silence says so. */
  readonly saysDead?: (status: number, body: string) => boolean;
  /** The request as this engine wants it (its own model name, usage in streams). Pure. */
  prepareChat(body: Readonly<Record<string, unknown>>, spec: LaunchSpec): Record<string, unknown>;

  /**
   * For an engine whose chat endpoint goes on behind a partial answer: the chat request that makes it do so; null for a type of model with which it does not.
   * Left out: it always begins a new answer.
   */
  readonly continuesAnswer?: (
    asked: Readonly<Record<string, unknown>>,
    partial: string,
    modelType: ModelType,
  ) => Record<string, unknown> | null;

  /** Requests it works on at once when the profile does not say. */
  readonly concurrency: number;
  readonly native: NativeAbilities;
  /**
   * For an engine that draws all tokens of a batch by the sampling of its first request: requests (in OpenAI's form, with the profile's defaults) of different keys
   * must not be worked on at once. Null counts as not given. Left out: each request is sampled as it asks.
   */
  readonly batchKey?: (asked: Readonly<Record<string, unknown>>) => string;
  /** What a client that leaves means for the engine: its connection is closed (`cancel`), or the answer is read to its end (`drain`), where a cancel would hurt it. */
  readonly onLeave: 'cancel' | 'drain';
  /**
   * Corrects the events of one streamed chat answer: a function from the JSON text of an event (what stands behind `data: `, never `[DONE]`) to the corrected
   * text, or null to drop it. After it thinking is in `reasoning_content`, `finish_reason` is true, an error is `{"error": {…}}` and ends the stream.
   * Left out: the engine's events are right as they are. Cheap: it runs for every token, so it parses only what it must.
   */
  readonly streamFilter?: (context: AnswerContext) => (event: string) => string | null;
}
