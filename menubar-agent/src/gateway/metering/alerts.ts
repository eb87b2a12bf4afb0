/** What needs the owner's eye. Each alert says what to do; raised and cleared at different marks, so that it does not flap. */
import type { Alert, AlertKind, Server } from '@mlx-manager/shared';
import { toTimestamp, type Clock, type EventBus, type Logger } from '../../core/index.js';
import type { RequestRow } from '../../store/index.js';
import { RecentWindow } from './window.js';

const TICK_MS = 10_000;
const SPAN_MS = 5 * 60_000;
const SLOT_MS = 30_000;
/** So many must have happened before a share or a percentile says anything. */
const MIN_ERRORS = 3;
const MIN_TIMED = 5;
/** So far below a mark, percent, memory must fall before its alert is cleared or made less severe. */
const MEMORY_SLACK = 5;
/** Shares of a limit below which an alert is cleared. */
const CLEAR_SHARE = 0.5;
const CLEAR_TIME = 0.8;
/** How long an engine must be well before its alert is cleared, milliseconds. */
const WELL_MS = 30_000;

export interface AlertDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Percent of the machine's memory in use. */
  readonly memoryPercent: () => Promise<number>;
  readonly servers: () => readonly Pick<Server, 'profileId' | 'state'>[];
  /** Percent of memory at which the pool unloads idle models, and at which it refuses new ones. */
  readonly memoryMarks: () => { warning: number; critical: number };
  /** Milliseconds; 0 for no alert. */
  readonly firstTokenLimit: () => number;
  /** Percent; 0 for no alert. */
  readonly errorLimit: () => number;
}

interface Watched {
  name: string;
  readonly window: RecentWindow;
}

export class AlertMonitor {
  readonly #raised = new Map<string, Alert>();
  readonly #profiles = new Map<number, Watched>();
  /** Since when an engine whose alert is raised is well. */
  readonly #wellSince = new Map<number, number>();
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(private readonly deps: AlertDeps) {
    deps.bus.on('server.updated', (server) => this.#serverChanged(server));
    deps.bus.on('server.removed', ({ profileId }) => this.#clear(`engine:${profileId}`));
    deps.bus.on('profile.deleted', ({ id }) => this.#forget(id));
  }

  /** Alerts that stand, oldest first. */
  list(): Alert[] {
    return [...this.#raised.values()];
  }

  /** Takes a finished request. */
  observe(row: RequestRow): void {
    if (row.profileId === null || row.provider !== null) return;
    let watched = this.#profiles.get(row.profileId);
    if (!watched) this.#profiles.set(row.profileId, (watched = { name: '', window: new RecentWindow(SPAN_MS, SLOT_MS) }));
    watched.name = row.profileName ?? watched.name;
    // A client's own mistake says nothing about the engine; the load is the price of a model on demand.
    const failed = row.outcome === 'error' && !(row.status >= 400 && row.status < 500);
    const firstToken = row.outcome === 'ok' && row.firstTokenMs !== null ? Math.max(0, row.firstTokenMs - row.loadMs) : null;
    watched.window.add(this.deps.clock.now(), failed, firstToken);
    this.#arm();
  }

  /** Looks at everything now. Called every ten seconds while there is something to look at. */
  async check(): Promise<void> {
    const now = this.deps.clock.now();
    for (const [profileId, watched] of this.#profiles) this.#checkProfile(profileId, watched, now);
    for (const [profileId, since] of this.#wellSince) if (now - since >= WELL_MS) this.#clear(`engine:${profileId}`);
    try {
      this.#checkMemory(await this.deps.memoryPercent());
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'memory cannot be read');
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** With no server, no alert and no request of late nothing runs. */
  #arm(): void {
    if (this.#cancel !== null || this.#stopped) return;
    this.#cancel = this.deps.clock.schedule(() => {
      void this.check().then(() => {
        this.#cancel = null;
        if (this.#raised.size > 0 || this.#profiles.size > 0 || this.deps.servers().length > 0) this.#arm();
      });
    }, TICK_MS);
  }

  #checkProfile(profileId: number, { name, window }: Watched, now: number): void {
    const { requests, errors, timed } = window.read(now);
    const errorLimit = this.deps.errorLimit();
    const percent = requests === 0 ? 0 : (errors / requests) * 100;
    if (errorLimit > 0 && errors >= MIN_ERRORS && percent > errorLimit) {
      this.#raise('error_rate', 'warning', profileId, name, `${errors} of the last ${requests} requests to ${name} failed.`, SEE_LOG(name));
    } else if (errorLimit === 0 || percent <= errorLimit * CLEAR_SHARE) this.#clear(`error_rate:${profileId}`);

    const timeLimit = this.deps.firstTokenLimit();
    const p95 = window.percentile(now, 0.95);
    if (timeLimit > 0 && p95 !== null && timed >= MIN_TIMED && p95 > timeLimit) {
      const message = `First tokens of ${name} take up to ${seconds(p95)} s (limit: ${seconds(timeLimit)} s).`;
      this.#raise('slow_first_token', 'warning', profileId, name, message, SLOW_ACTION);
    } else if (timeLimit === 0 || p95 === null || p95 <= timeLimit * CLEAR_TIME) this.#clear(`slow_first_token:${profileId}`);
    if (requests === 0) this.#profiles.delete(profileId);
  }

  #checkMemory(percent: number): void {
    const marks = this.deps.memoryMarks();
    const known = this.#raised.get('memory');
    const shown = Math.round(percent);
    if (percent >= marks.critical)
      this.#raise('memory', 'critical', null, null, `${shown} % of the memory is in use: new models are refused.`, MEMORY_ACTION);
    else if (percent >= marks.warning && !(known?.severity === 'critical' && percent >= marks.critical - MEMORY_SLACK))
      this.#raise('memory', 'warning', null, null, `${shown} % of the memory is in use: idle models are unloaded.`, MEMORY_ACTION);
    else if (percent < marks.warning - MEMORY_SLACK) this.#clear('memory');
  }

  #serverChanged({ profileId, profileName: name, state, failure }: Server): void {
    this.#arm();
    if (state === 'failed' || state === 'unhealthy') {
      this.#wellSince.delete(profileId);
      const what = state === 'failed' ? 'has failed' : 'does not answer';
      const message = failure ? `The engine of ${name} ${what}: ${failure.message}` : `The engine of ${name} ${what}.`;
      this.#raise('engine', state === 'failed' ? 'critical' : 'warning', profileId, name, message, failure?.action ?? SEE_LOG(name));
    } else if (state === 'healthy' && this.#raised.has(`engine:${profileId}`)) {
      if (!this.#wellSince.has(profileId)) this.#wellSince.set(profileId, this.deps.clock.now());
    } else if (state !== 'healthy') this.#wellSince.delete(profileId);
  }

  #raise(
    kind: AlertKind,
    severity: Alert['severity'],
    profileId: number | null,
    name: string | null,
    message: string,
    action: string,
  ): void {
    const id = profileId === null ? kind : `${kind}:${profileId}`;
    const known = this.#raised.get(id);
    // Numbers that move while an alert stands are no news.
    if (known?.severity === severity && (kind !== 'engine' || known.message === message)) return;
    const raisedAt = known?.raisedAt ?? toTimestamp(this.deps.clock.now());
    const alert: Alert = { id, kind, severity, profileId, profileName: name, message, action, raisedAt };
    this.#raised.set(id, alert);
    this.deps.logger.warn({ alert: id, severity }, message);
    this.deps.bus.emit('alert.raised', alert);
  }

  #clear(id: string): void {
    const alert = this.#raised.get(id);
    if (!alert) return;
    this.#raised.delete(id);
    if (alert.kind === 'engine' && alert.profileId !== null) this.#wellSince.delete(alert.profileId);
    this.deps.bus.emit('alert.cleared', alert);
  }

  #forget(profileId: number): void {
    this.#profiles.delete(profileId);
    for (const kind of ['engine', 'error_rate', 'slow_first_token']) this.#clear(`${kind}:${profileId}`);
  }
}

const SEE_LOG = (name: string): string => `See its log with: mlx-manager logs "${name}". Restart it if it does not come back by itself.`;
const MEMORY_ACTION =
  'Unload a model you do not need (POST /api/servers/PROFILE_ID/stop), close other programs, or choose smaller models or shorter contexts.';
const SLOW_ACTION =
  'Send shorter prompts, allow fewer requests at once (max_concurrency), choose a smaller model, or raise alert_first_token_ms if that is fine.';

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
