/** What the pool needs, and what it hands out. */
import type { PoolGroup, Priority, Profile } from '@mlx-manager/shared';
import type { Clock, EventBus, Logger } from '../core/index.js';
import type { ServersService, ServerTarget } from '../servers/index.js';
import type { MemoryReading } from '../system/index.js';
import type { Timings } from './timings.js';

/** What the pool reads of a profile. */
export type PoolProfile = Pick<Profile, 'name' | 'queueSize' | 'queueTimeout' | 'idleMinutes' | 'pinned' | 'launchdInstalled'> & {
  /** Requests its engine works on at once: the profile's word, else the engine's own limit. */
  readonly limit: number;
};

/** The settings this room reads, each time it needs them. */
export interface PoolSettings {
  /** Whether a request loads the model it asks for. */
  onDemand(): boolean;
  /** Percent of the machine's memory in use from which idle models are unloaded; 100 never. */
  evictPercent(): number;
  /** Percent of the machine's memory in use from which no model is loaded; 100 never. */
  refusePercent(): number;
}

export interface PoolDeps {
  readonly servers: Pick<ServersService, 'start' | 'stop' | 'restart' | 'list' | 'get' | 'target' | 'whenReady'>;
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly settings: PoolSettings;
  /** Bytes all models together may take. */
  readonly budgetBytes: () => Promise<number>;
  /** Bytes a profile's model will need; null when it cannot be told. */
  readonly needBytes: (profileId: number) => Promise<number | null>;
  /** The machine's memory as it really is. */
  readonly memory: () => Promise<MemoryReading>;
  /** A profile. Asked once, and again when it was changed. @throws AgentError PROFILE_NOT_FOUND. */
  readonly profile: (profileId: number) => PoolProfile;
  /** Notes that a profile's model is used. */
  readonly markUsed: (profileId: number) => void;
  /** Which profiles may be loaded together. */
  readonly groups: () => readonly PoolGroup[];
  readonly timings?: Partial<Timings>;
}

/** One request that wants a place at an engine. */
export interface AdmissionRequest {
  /** Id of the request's trace. */
  readonly id: string;
  readonly profileId: number;
  readonly priority: Priority;
  /** Who asks, for the view: a key's name or the client's own; null when unknown. */
  readonly client: string | null;
  /** Aborted when the client leaves: it then leaves the queue. */
  readonly signal: AbortSignal;
  /** Requests of different keys never run together; one without (left out or null) runs beside any. */
  readonly batchKey?: string | null;
}

/** A place at an engine, held while a request runs. */
export interface Ticket {
  readonly target: ServerTarget;
  /** Milliseconds waited for a turn, without the load. */
  readonly queueMs: number;
  /** Milliseconds waited for the model to load; 0 when it was there. */
  readonly loadMs: number;
  /**
   * Gives the place back. A second call does nothing.
   * @param early the engine's work was left before its end: it takes a moment to notice.
   */
  release(early?: boolean): void;
}

/** What the gateway needs of the pool. */
export interface Admission {
  /**
   * A place at the profile's engine: at once when one is free, else in turn; the profile is started when it does not run, and what is idle is
   * unloaded for it. Answers without a promise when nothing has to be waited for (the hot path).
   * @throws AgentError QUEUE_FULL, QUEUE_TIMEOUT, NOT_ENOUGH_MEMORY, MEMORY_PRESSURE, SERVER_FAILED, MODEL_NOT_RUNNING (on demand is off), and
   * what starting throws; the signal's reason when the client left.
   */
  admit(request: AdmissionRequest): Ticket | Promise<Ticket>;
  /**
   * How long this profile stays loaded after its last request, from now on, in place of its own idle time; `Infinity` for ever, 0 unloads it as soon as it
   * is idle, null goes back to the profile's own.
   */
  keepAlive(profileId: number, milliseconds: number | null): void;
}
