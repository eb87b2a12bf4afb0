/** What the pool needs, and what it hands out. */
import type { Priority } from '@mlx-manager/shared';
import type { ServerTarget } from '../servers/index.js';

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
}

/** A place at an engine, held while a request runs. */
export interface Ticket {
  readonly target: ServerTarget;
  /** Milliseconds waited for a turn, without the load. */
  readonly queueMs: number;
  /** Milliseconds waited for the model to load; 0 when it was there. */
  readonly loadMs: number;
  /** Gives the place back. A second call does nothing. */
  release(): void;
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
