/** What the servers room needs from outside, and what it hands out. */
import type { EngineAdapter, EngineEnvironment, EngineId, EngineTarget, LaunchCommand, LaunchSpec } from '../engines/index.js';
import type { Clock, EventBus, Logger } from '../core/index.js';
import type { ProcessTable, SleepGuard } from '../system/index.js';

/**
 * What is written down about a spawned engine, so that the next agent finds it after a crash.
 * Saved before the spawn (with `pid` null), right after it, and once when the engine is ready. One record a profile.
 */
export interface InstanceRecord {
  readonly profileId: number;
  readonly profileName: string;
  readonly modelPath: string;
  readonly engineId: EngineId;
  /** UUID in the environment of the engine and all its children. */
  readonly instance: string;
  /** Null between the record and the spawn. */
  readonly pid: number | null;
  /** Start time of that process as the OS gives it. */
  readonly startTime: string | null;
  /** What the engine was told, its port included. */
  readonly spec: LaunchSpec;
  /** What was spawned. Records of older releases have none. */
  readonly command?: LaunchCommand;
  readonly restartOnCrash: boolean;
  /** The profile's exposed port; null when the port was chosen. */
  readonly fixedPort: number | null;
  readonly warnings: readonly string[];
  /** Restarts after a crash since the owner started it. */
  readonly restarts: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether it has answered its probe. */
  readonly ready: boolean;
}

/** Where instances are written down. Synchronous, like the database behind it. */
export interface InstancesRepository {
  all(): InstanceRecord[];
  /** Inserts, or replaces the record of that profile. */
  save(record: InstanceRecord): void;
  remove(profileId: number): void;
}

/** Everything needed to start a profile; made anew by `prepare` for each start by the owner. */
export interface LaunchPlan {
  readonly profileId: number;
  readonly profileName: string;
  readonly modelPath: string;
  readonly adapter: EngineAdapter;
  readonly environment: EngineEnvironment;
  /** Its `port` is overruled: by `fixedPort`, else by a free one. */
  readonly spec: LaunchSpec;
  /** Set when the profile exposes its port. */
  readonly fixedPort: number | null;
  readonly restartOnCrash: boolean;
  /** Shown with the server, a sentence each. */
  readonly warnings: readonly string[];
}

/** An engine that launchd runs: watched here, started and stopped there. */
export interface ExternalServer {
  readonly profileId: number;
  readonly profileName: string;
  readonly modelPath: string;
  readonly adapter: EngineAdapter;
  readonly spec: LaunchSpec;
  /** Null when unknown; then it is found by its port. */
  readonly pid: number | null;
  /** File its output goes to; it is not rotated here. */
  readonly logFile: string;
  /** Boots the job out. Called by `stop`. */
  stop(): Promise<void>;
}

/** The settings this room reads, each time it needs them. */
export interface ServersSettings {
  /** Seconds between health checks. */
  healthCheckInterval(): number;
  /** Seconds a server may take until its probe is answered. */
  startTimeout(): number;
  /** Restarts within ten minutes. */
  maxRestarts(): number;
  /** Size at which a log is rotated, MB. */
  logMaxMb(): number;
  /** Rotated logs kept. */
  logKeep(): number;
}

/** Durations in milliseconds. Tests shorten them. */
export interface Timings {
  /** Between SIGTERM and SIGKILL. */
  readonly stopGrace: number;
  /** How long children may outlive their parent after SIGTERM. */
  readonly leftoverGrace: number;
  /** How long SIGKILL may take before we say that it did not work. */
  readonly killWait: number;
  readonly readinessPollMin: number;
  readonly readinessPollMax: number;
  readonly healthTimeout: number;
  /** A first token may take long: a 47 GiB model needed 66 s (ollama 16051). */
  readonly probeTimeout: number;
  /** Longest pause to the next check while one fails. */
  readonly recheck: number;
  /** How long a recorded engine may take to answer when the agent comes back. */
  readonly adoptGrace: number;
  readonly backoffMin: number;
  readonly backoffMax: number;
  /** Crashes older than this do not count. */
  readonly crashWindow: number;
  readonly metricsInterval: number;
  /** A log is rotated when nothing was written for this long. */
  readonly logQuiet: number;
}

export const defaultTimings: Timings = {
  stopGrace: 10_000,
  leftoverGrace: 2_000,
  killWait: 5_000,
  readinessPollMin: 50,
  readinessPollMax: 1_000,
  healthTimeout: 5_000,
  probeTimeout: 120_000,
  recheck: 5_000,
  adoptGrace: 10_000,
  backoffMin: 1_000,
  backoffMax: 30_000,
  crashWindow: 600_000,
  metricsInterval: 2_000,
  logQuiet: 200,
};

export interface ServersDeps {
  readonly processes: ProcessTable;
  readonly instances: InstancesRepository;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folder of `server-<profileId>.log`. */
  readonly logsFolder: string;
  readonly settings: ServersSettings;
  /** What to start for a profile. Throws AgentError (PROFILE_NOT_FOUND, MODEL_NOT_DOWNLOADED, ENGINE_NOT_INSTALLED…). */
  prepare(profileId: number): Promise<LaunchPlan>;
  /** The adapter of an engine; null when this release does not know it. */
  adapter(engineId: EngineId): EngineAdapter | null;
  /** When the machine was booted, milliseconds since 1970. By default as the system says. */
  readonly bootedAt?: () => number;
  /** Keeps the machine awake while a model loads. */
  readonly sleepGuard?: SleepGuard;
  /** The environment from which a small set is handed to engines. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timings?: Partial<Timings>;
  /** When a profile's engine last sent a piece of an answer, milliseconds since 1970; 0 for never. */
  readonly heardAt?: (profileId: number) => number;
}

/** A running engine as the gateway reaches it. */
export type ServerTarget = EngineTarget & { readonly adapter: EngineAdapter };
