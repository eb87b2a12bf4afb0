/** Is it there, is it well, does it answer: readiness of a starting engine and the health loop of a running one. */
import type { Clock } from '../../core/index.js';
import type { EngineAdapter, EngineTarget, HealthReading } from '../../engines/index.js';
import type { Timings } from '../types.js';
import { reasonOf } from './failure.js';

/** Failed checks in a row after which the model itself is asked. */
const FAILURES_BEFORE_PROBE = 3;
/** Unanswered probes in a row after which an engine counts as hung for good. */
const PROBES_BEFORE_HUNG = 3;

export interface HealthAnswer {
  readonly reading: HealthReading;
  /** Milliseconds. */
  readonly took: number;
}

/** One cheap request. @throws the reason when nothing answers in time. */
export async function askHealth(
  adapter: EngineAdapter,
  target: EngineTarget,
  timeout: number,
  signal?: AbortSignal,
): Promise<HealthAnswer> {
  const since = performance.now();
  const reading = await adapter.health(target, limited(timeout, signal));
  return { reading, took: Math.round((performance.now() - since) * 10) / 10 };
}

/** One token of the real model. @returns null when it came, else the reason. */
export async function askProbe(
  adapter: EngineAdapter,
  target: EngineTarget,
  timeout: number,
  signal?: AbortSignal,
): Promise<string | null> {
  const limit = limited(timeout, signal);
  try {
    await adapter.probe(target, limit);
    return null;
  } catch (error) {
    return limit.aborted && signal?.aborted !== true ? `no token within ${Math.round(timeout / 1000)} s` : reasonOf(error);
  }
}

function limited(timeout: number, signal?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(timeout)));
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}

export type Readiness =
  | { readonly kind: 'ready'; readonly took: number }
  | { readonly kind: 'failed'; readonly detail: string | null }
  | { readonly kind: 'timeout'; readonly unresponsive: string | null }
  | { readonly kind: 'port_taken'; readonly program: string | null };

export interface ReadinessInput {
  readonly adapter: EngineAdapter;
  readonly target: EngineTarget;
  readonly timings: Timings;
  /** Milliseconds left for the start. */
  readonly limit: number;
  /** Aborted when the process ends or the start is given up; the call then rejects. */
  readonly signal: AbortSignal;
  /** Looks between attempts whether the engine lost its port to another program; answers that program, '' when unknown, null when all is well. */
  portLost(answered: boolean): Promise<string | null>;
  /** It says that it is ready but did not answer the probe. */
  onUnanswered(reason: string): void;
}

/** Waits until the engine is ready and has answered a probe, or it is clear that it will not. */
export async function waitUntilReady(input: ReadinessInput): Promise<Readiness> {
  const { adapter, target, timings, signal } = input;
  const deadline = performance.now() + input.limit;
  let failures = 0;
  let unresponsive: string | null = null;
  for (let pause = timings.readinessPollMin; ; pause = Math.min(timings.readinessPollMax, pause * 1.5)) {
    const answer = await quietly(askHealth(adapter, target, timings.healthTimeout, signal));
    signal.throwIfAborted();
    const program = await input.portLost(answer !== null);
    if (program !== null) return { kind: 'port_taken', program: program === '' ? null : program };
    // Twice in a row: a server may say 503 for a moment while it comes up.
    failures = answer?.reading.status === 'failed' ? failures + 1 : 0;
    if (failures >= 2) return { kind: 'failed', detail: answer?.reading.detail ?? null };
    if (answer?.reading.status === 'ready') {
      const reason = await askProbe(adapter, target, Math.min(timings.probeTimeout, deadline - performance.now()), signal);
      signal.throwIfAborted();
      if (reason === null) return { kind: 'ready', took: answer.took };
      unresponsive = reason;
      input.onUnanswered(reason);
    }
    const left = deadline - performance.now();
    if (left <= 0) return { kind: 'timeout', unresponsive };
    await sleep(Math.min(pause, left), signal);
  }
}

/** Null instead of a rejection: nothing listens yet, which is what a start looks like. */
async function quietly<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch {
    return null; // the caller sees that nothing answered, and tries again until its deadline
  }
}

/** Waits. Rejects when aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

export interface MonitorInput {
  readonly adapter: EngineAdapter;
  readonly target: EngineTarget;
  readonly timings: Timings;
  readonly clock: Clock;
  /** Milliseconds between checks. */
  interval(): number;
  /** Called with each check, before the request; false when the process is gone. */
  beforeCheck(): Promise<boolean>;
  onResponse(tookMs: number | null): void;
  /** When the engine last sent a piece of an answer to anybody, milliseconds since 1970: one that works through a queue answers, though not the probe. */
  heardAt(): number;
  /** Called when it stops answering (with the reason) and when it answers again (null). */
  onAnswering(reason: string | null): void;
  /** Called once when it has not answered three probes in a row. */
  onHung(reason: string): void;
  onError(error: unknown): void;
}

/**
 * The health loop: one cheap request at each interval and nothing else. After three failures in a row the model is asked for a token; only when that
 * does not come either the engine counts as unhealthy. While something is wrong it is checked more often.
 */
export class HealthMonitor {
  readonly #abort = new AbortController();
  #cancel: () => void = () => undefined;
  #failures = 0;
  #unanswered = 0;
  #busy: Promise<void> | null = null;
  #stalled: Promise<void> | null = null;

  constructor(private readonly input: MonitorInput) {}

  start(): void {
    const { clock, timings } = this.input;
    const interval = this.input.interval();
    if (this.#abort.signal.aborted) return;
    const wrong = this.#failures > 0 || this.#unanswered > 0;
    this.#cancel = clock.schedule(() => void this.#run(() => this.#check()), wrong ? Math.min(interval, timings.recheck) : interval);
  }

  /** A request stalls: asks for a token now, or right after the check under way. Calls meanwhile share it. */
  stalled(): Promise<void> {
    this.#stalled ??= (this.#busy ?? Promise.resolve())
      .then(() => {
        this.#cancel();
        return this.#run(() => this.#probe());
      })
      .finally(() => {
        this.#stalled = null;
      });
    return this.#stalled;
  }

  /** Checks now; the loop goes on from there. */
  checkNow(): Promise<void> {
    this.#cancel();
    return this.#run(() => this.#check());
  }

  close(): void {
    this.#abort.abort();
    this.#cancel();
  }

  #run(task: () => Promise<void>): Promise<void> {
    this.#busy ??= task()
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.input.onError(error);
      })
      .finally(() => {
        this.#busy = null;
        this.start();
      });
    return this.#busy;
  }

  async #check(): Promise<void> {
    const { adapter, target, timings } = this.input;
    if (!(await this.input.beforeCheck())) return;
    const answer = await quietly(askHealth(adapter, target, timings.healthTimeout, this.#abort.signal));
    this.#abort.signal.throwIfAborted();
    this.input.onResponse(answer?.took ?? null);
    this.#failures = answer?.reading.status === 'ready' ? 0 : this.#failures + 1;
    // An engine that did not answer a probe must answer one before it counts as well again.
    if (this.#unanswered > 0 || this.#failures >= FAILURES_BEFORE_PROBE) await this.#probe();
  }

  async #probe(): Promise<void> {
    const { adapter, target, timings } = this.input;
    const since = this.input.clock.now();
    const unanswered = await askProbe(adapter, target, timings.probeTimeout, this.#abort.signal);
    this.#abort.signal.throwIfAborted();
    const reason = this.input.heardAt() > since ? null : unanswered;
    const before = this.#unanswered;
    this.#unanswered = reason === null ? 0 : before + 1;
    if (reason === null) this.#failures = 0;
    if (reason !== null && before === 0) this.input.onAnswering(reason);
    if (reason === null && before > 0) this.input.onAnswering(null);
    if (reason !== null && this.#unanswered === PROBES_BEFORE_HUNG) this.input.onHung(reason);
  }
}
