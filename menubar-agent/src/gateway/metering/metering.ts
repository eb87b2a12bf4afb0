/**
 * Measures every request. On the hot path a request costs two pushes; rows, totals, metrics, alerts and export are made of it afterwards, in batches.
 */
import { setTimeout as nextTurn } from 'node:timers/promises';
import type { Alert, RequestFilter, Usage } from '@mlx-manager/shared';
import type { RequestConditions, RequestRow } from '../../store/index.js';
import type { Call } from '../core/call.js';
import type { AnswerText, Trace, TraceSink } from '../core/trace.js';
import { Aggregates } from './aggregates.js';
import { AlertMonitor } from './alerts.js';
import { captureOf } from './capture.js';
import { RequestHistory } from './history.js';
import { LiveRequests } from './live.js';
import type { OtlpExporter } from './otlp.js';
import { Retention } from './retention.js';
import { rowOf, speedOf } from './row.js';
import type { MeteringDeps } from './types.js';
import { TokenCounter, type Counted } from './token-count.js';
import { UsageTotals } from './usage.js';
import { UsageWatch } from './usage-watch.js';
import { RequestWriter } from './writer.js';

/** How long a finished request may wait to be written, milliseconds, and how many may. */
const BATCH_MS = 1000;
const BATCH = 500;
/** How long requests that were broken off may take to end when the agent stops: turns, milliseconds each. */
const LAST_TURNS = 20;
const LAST_TURN_MS = 25;
/** How many are worked off before the event loop gets its turn. */
const SLICE = 50;

/** A request that is over and not worked off yet. */
interface Finished {
  readonly trace: Trace;
  /** Kept only where prompt or answer are needed. */
  readonly call: Call | null;
  readonly answer: AnswerText | null;
}

export class Metering implements TraceSink {
  /** What was measured, for the API. Call {@link settle} first. */
  readonly history: RequestHistory;
  readonly #startedAt: number;
  readonly #active = new Set<Trace>();
  #finished: Finished[] = [];
  #cancelBatch: (() => void) | null = null;
  #working: NodeJS.Immediate | null = null;
  readonly #usage = new UsageTotals();
  readonly #aggregates = new Aggregates();
  readonly #live = new LiveRequests();
  readonly #alerts: AlertMonitor;
  readonly #writer: RequestWriter;
  readonly #retention: Retention;
  readonly #counter: TokenCounter | null;
  #exporter: Promise<OtlpExporter> | null = null;
  readonly #usageWatch: UsageWatch;
  #stopped = false;

  constructor(private readonly deps: MeteringDeps) {
    const { repository, bus, clock, logger, setting, countTokens } = deps;
    this.#startedAt = clock.now();
    this.history = new RequestHistory(repository);
    this.#writer = new RequestWriter({ repository, clock, logger });
    this.#retention = new Retention({
      repository,
      clock,
      logger,
      days: () => setting('requestRetentionDays'),
      rows: () => setting('requestMaxRows'),
    });
    this.#alerts = new AlertMonitor({
      bus,
      clock,
      logger,
      servers: deps.servers,
      memoryPercent: async () => {
        const { totalBytes, availableBytes } = await deps.memory();
        return ((totalBytes - availableBytes) / totalBytes) * 100;
      },
      firstTokenLimit: () => setting('alertFirstTokenMs'),
      errorLimit: () => setting('alertErrorPercent'),
      memoryMarks: () => ({ warning: setting('memoryEvictPercent'), critical: setting('memoryRefusePercent') }),
    });
    const done = (trace: Trace, counted: Counted): void => this.#counted(trace, counted);
    this.#counter = countTokens ? new TokenCounter({ count: countTokens, countPrompt: deps.countPrompt, logger, done }) : null;
    this.#usageWatch = new UsageWatch({
      bus,
      clock,
      read: () => {
        this.#digestAll();
        this.#usage.sample(this.#active, clock.now());
        return this.#usage.snapshot(this.#active);
      },
      over: () => this.#usage.forgetSamples(),
    });
    bus.on('server.updated', (server) => this.#usage.serverChanged(server));
    bus.on('server.removed', ({ profileId }) => this.#usage.serverGone(profileId));
  }

  begin(trace: Trace): void {
    this.#active.add(trace);
    if (this.#live.watched) this.#live.begun(trace);
  }

  finish(trace: Trace, call: Call, answer: AnswerText | null): void {
    this.#active.delete(trace);
    if (this.#stopped) return;
    const capture = this.deps.setting('captureRequests');
    const uncounted = this.#counter !== null && trace.completionTokens === null && answer !== null;
    this.#finished.push({ trace, call: capture || uncounted ? call : null, answer: capture || uncounted ? answer : null });
    // A call holds its prompt: it is not kept for a second.
    if (capture || uncounted || this.#finished.length >= BATCH) this.#workSoon();
    else
      this.#cancelBatch ??= this.deps.clock.schedule(() => {
        this.#cancelBatch = null;
        this.#workSoon();
      }, BATCH_MS);
  }

  /** Requests under way. */
  get active(): number {
    return this.#active.size;
  }

  /** Totals as they are now. */
  usage(): Usage {
    this.#digestAll();
    return this.#usage.snapshot(this.#active);
  }

  /** Announces totals every second, when they changed, until let go. */
  watchUsage(): () => void {
    return this.#usageWatch.watch();
  }

  /** Hands on requests that begin and end, a little later, until let go. */
  watchRequests(filter: RequestFilter, listener: Parameters<LiveRequests['watch']>[1]): () => void {
    return this.#live.watch(filter, listener);
  }

  alerts(): Alert[] {
    return this.#alerts.list();
  }

  /** Looks for what needs an alert now. By itself this happens every ten seconds while there is something to look at. */
  async checkAlerts(): Promise<void> {
    this.#digestAll();
    await this.#alerts.check();
  }

  /** Makes what has ended so far visible in the history. */
  settle(): void {
    this.#digestAll();
    this.#writer.writeAll();
  }

  /** Resolves when all tokens that had to be counted are. */
  async countsDone(): Promise<void> {
    this.#digestAll();
    await this.#counter?.idle();
  }

  /** Forgets all measured requests and captures. Totals and metrics go on. */
  clear(): void {
    this.#digestAll();
    this.#writer.clear();
    this.deps.repository.clear();
  }

  /** The text of a scrape by Prometheus. */
  async metrics(): Promise<string> {
    const { metricsText } = await import('./prometheus.js');
    const memory = await this.deps.memory().catch((error: unknown) => {
      this.deps.logger.warn({ err: error }, 'memory cannot be read');
      return null;
    });
    return metricsText(this.#aggregates, {
      usage: this.usage(),
      active: this.active,
      servers: this.deps.servers(),
      memory,
      alerts: this.alerts(),
      dropped: this.#writer.dropped,
      startedAt: this.#startedAt,
    });
  }

  /** Writes what waits and ends. The database must still be open. What was just broken off gets a moment to say so. */
  async stop(): Promise<void> {
    for (let turn = 0; turn < LAST_TURNS && this.#active.size > 0; turn++) await nextTurn(LAST_TURN_MS);
    this.#stopped = true;
    this.#counter?.stop();
    this.#digestAll();
    this.#cancelBatch?.();
    this.#usageWatch.stop();
    if (this.#working) clearImmediate(this.#working);
    this.#writer.stop();
    this.#retention.stop();
    this.#alerts.stop();
    this.#live.stop();
    await (await this.#exporter)?.flush();
  }

  #workSoon(): void {
    this.#working ??= setImmediate(() => this.#work());
  }

  /** A slice at a time, so that answers that stream are not held up. */
  #work(): void {
    this.#working = null;
    this.#digest(SLICE);
    const more = this.#writer.writeSome();
    if (this.#finished.length > 0 || more) this.#workSoon();
    else this.#retention.look();
  }

  #digestAll(): void {
    this.#digest(Infinity);
  }

  #digest(limit: number): void {
    for (const one of this.#finished.splice(0, limit)) {
      try {
        this.#digestOne(one);
      } catch (error) {
        // One odd request must not keep the others from being written.
        this.deps.logger.error({ err: error, request: one.trace.id }, 'a request could not be measured');
      }
    }
  }

  #digestOne({ trace, call, answer }: Finished): void {
    const capture = call !== null && this.deps.setting('captureRequests') ? captureOf(trace, call, answer, this.deps.clock.now()) : null;
    const row = rowOf(trace, capture !== null);
    const willBeCounted = call !== null && !this.#stopped && this.#counter?.take(trace, call, answer) === true;
    this.#writer.add(row, capture);
    this.#aggregates.observe(row);
    this.#usage.observe(row);
    this.#alerts.observe(row);
    this.#live.finished(row);
    if (!willBeCounted) this.#final(row);
  }

  /** Tokens of a request were counted after it was written. */
  #counted(trace: Trace, { promptTokens, completionTokens }: Counted): void {
    const first = rowOf(trace, false);
    const tokens = completionTokens ?? first.completionTokens;
    const row: RequestRow = {
      ...first,
      promptTokens: first.promptTokens ?? promptTokens,
      completionTokens: tokens,
      counted: true,
      tokensPerSecond: speedOf(trace, tokens),
    };
    this.#final(row);
    this.#writer.writeAll(); // it may still wait there
    try {
      this.deps.repository.updateTokens(row);
    } catch (error) {
      this.deps.logger.error({ err: error, request: row.id }, 'counted tokens could not be written');
    }
  }

  /** Takes a request whose tokens will not change any more. */
  #final(row: RequestRow): void {
    this.#aggregates.tokens(row);
    this.#usage.tokens(row);
    if (this.deps.setting('otelEndpoint') !== null) void this.#loadExporter().then((exporter) => exporter.push(row));
  }

  /** The exporter is loaded when it is first needed: most agents export nothing. */
  #loadExporter(): Promise<OtlpExporter> {
    const { clock, logger, setting, env } = this.deps;
    this.#exporter ??= import('./otlp.js').then(
      ({ OtlpExporter, otlpHeaders }) =>
        new OtlpExporter({ endpoint: () => setting('otelEndpoint'), headers: otlpHeaders(env?.OTEL_EXPORTER_OTLP_HEADERS), clock, logger }),
    );
    return this.#exporter;
  }
}

/** A filter of the API as the store knows it. */
export function conditionsOf(filter: RequestFilter): RequestConditions {
  const at = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time));
  return { ...filter, since: at(filter.since), until: at(filter.until) };
}
