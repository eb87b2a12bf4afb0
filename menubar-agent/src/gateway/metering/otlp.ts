/**
 * Tells an OpenTelemetry collector of every request: a span each, OTLP over HTTP as JSON. Written by hand: the official exporter (0.301) and SDK (2.12)
 * ask for API and SDK versions that exclude each other, and bring a tracing pipeline of which one POST is needed here.
 * Sources: the OTLP specification ("OTLP/HTTP": JSON encoding, which answers may be tried again) and the semantic conventions for generative AI spans.
 * Prompts and answers are never part of a span.
 */
import { randomBytes } from 'node:crypto';
import { VERSION } from '@mlx-manager/shared';
import type { Clock, Logger } from '../../core/index.js';
import type { RequestRow } from '../../store/index.js';
import { operationOf } from './aggregates.js';

/** As the SDK's batch processor has them: spans that may wait, spans of one request, milliseconds until it is sent. */
const MAX_WAITING = 2048;
const BATCH = 512;
const DELAY_MS = 5000;
const TIMEOUT_MS = 10_000;
const LAST_WORDS_MS = 2000;
const MAX_RETRY_MS = 60_000;
const LOG_EVERY_MS = 60_000;
/** Answers after which the same may be sent again. */
const TRANSIENT = new Set([429, 502, 503, 504]);

export interface OtlpDeps {
  /** The collector's address; null while there is none. */
  readonly endpoint: () => string | null;
  /** Sent with each request, e.g. a collector's key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds until a batch is sent. */
  readonly delayMs?: number;
}

export class OtlpExporter {
  #waiting: RequestRow[] = [];
  #cancel: (() => void) | null = null;
  #sending: Promise<void> | null = null;
  #retryMs = 0;
  #dropped = 0;
  #loggedAt = -Infinity;

  constructor(private readonly deps: OtlpDeps) {}

  /** Takes a finished request; when too many wait, the oldest are given up. */
  push(row: RequestRow): void {
    this.#waiting.push(row);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#arm(this.#waiting.length >= BATCH && this.#retryMs === 0 ? 0 : (this.deps.delayMs ?? DELAY_MS));
  }

  /** Sends what waits, once, whatever becomes of it; the end of the agent does not wait long for a collector. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const end = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => end.resolve(undefined), LAST_WORDS_MS);
    const rest = async (): Promise<void> => {
      await this.#sending;
      this.#cancel?.();
      while (this.#waiting.length > 0 && (await this.#send()));
    };
    await Promise.race([rest(), end.promise]);
    clearTimeout(timer);
  }

  #arm(delay: number): void {
    if (this.#cancel !== null || this.#sending !== null) return;
    this.#cancel = this.deps.clock.schedule(() => {
      this.#cancel = null;
      this.#sending = this.#send().then((sent) => {
        this.#sending = null;
        if (this.#waiting.length > 0) this.#arm(sent ? 0 : this.#retryMs);
      });
    }, delay);
  }

  /** Sends one batch. Answers whether it went, or was given up; false keeps it for another try. */
  async #send(): Promise<boolean> {
    const endpoint = this.deps.endpoint();
    if (endpoint === null) {
      this.#waiting = [];
      return true;
    }
    const batch = this.#waiting.splice(0, BATCH);
    let retryAfter: string | null = null;
    try {
      const answer = await fetch(tracesUrl(endpoint), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': `mlx-manager/${VERSION}`, ...this.deps.headers },
        body: JSON.stringify(exportRequest(batch)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await answer.arrayBuffer(); // to the end, so that the connection can be used again
      if (answer.ok) {
        this.#retryMs = 0;
        return true;
      }
      if (!TRANSIENT.has(answer.status)) {
        this.#dropped += batch.length;
        this.#complain(new Error(`the collector answered ${answer.status}`));
        return true;
      }
      retryAfter = answer.headers.get('retry-after');
      this.#complain(new Error(`the collector answered ${answer.status}`));
    } catch (error) {
      this.#complain(error);
    }
    this.#waiting = [...batch, ...this.#waiting];
    const surplus = Math.max(0, this.#waiting.length - MAX_WAITING);
    this.#waiting.splice(0, surplus);
    this.#dropped += surplus;
    const told = Number(retryAfter ?? NaN) * 1000;
    this.#retryMs = Math.min(MAX_RETRY_MS, told > 0 ? told : Math.max(this.deps.delayMs ?? DELAY_MS, this.#retryMs * 2));
    return false;
  }

  /** At most once a minute. */
  #complain(error: unknown): void {
    const now = this.deps.clock.now();
    if (now - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = now;
    this.deps.logger.warn({ err: error, waiting: this.#waiting.length, dropped: this.#dropped }, 'the OpenTelemetry collector got nothing');
  }
}

/** `http://host:4318` → `http://host:4318/v1/traces`; an address that names it already stays. */
function tracesUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '');
  return base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
}

/**
 * The headers of OTEL_EXPORTER_OTLP_HEADERS: `name=value,name=value`, percent-encoded. Source: OpenTelemetry's "Protocol Exporter" specification.
 */
export function otlpHeaders(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').map((pair) => pair.split(/=(.*)/s).map((part) => decode(part.trim())));
  return Object.fromEntries(pairs.flatMap(([name, value]) => (name && value ? [[name, value] as const] : [])));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign is meant as it stands
  }
}

type AnyValue = { stringValue: string } | { intValue: string } | { doubleValue: number } | { boolValue: boolean } | { arrayValue: object };

function exportRequest(rows: readonly RequestRow[]): object {
  const resource = attributes({ 'service.name': 'mlx-manager', 'service.version': VERSION });
  const scope = { name: 'mlx-manager', version: VERSION };
  return { resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope, spans: rows.map(spanOf) }] }] };
}

function spanOf(row: RequestRow): object {
  const operation = operationOf(row.endpoint);
  const failed = row.outcome === 'error' || row.outcome === 'refused';
  return {
    // A UUID without its hyphens has the length of a trace's id.
    traceId: /^[0-9a-f-]{36}$/i.test(row.id) ? row.id.replaceAll('-', '').toLowerCase() : randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: `${operation} ${row.model}`,
    kind: 3, // client: the gateway asks the engine
    startTimeUnixNano: nanoseconds(row.startedAt, 0),
    endTimeUnixNano: nanoseconds(row.startedAt, row.totalMs),
    attributes: attributes({
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': row.provider ?? row.engine,
      'gen_ai.request.model': row.model,
      'gen_ai.response.model': row.modelPath,
      'gen_ai.response.id': row.id,
      'gen_ai.response.finish_reasons': row.finishReason === null ? null : [row.finishReason],
      'gen_ai.usage.input_tokens': row.promptTokens,
      'gen_ai.usage.output_tokens': row.completionTokens,
      'gen_ai.usage.cache_read.input_tokens': row.cachedTokens,
      'gen_ai.usage.reasoning.output_tokens': row.reasoningTokens,
      'error.type': failed ? (row.errorCode ?? String(row.status)) : null,
      'http.response.status_code': row.status,
      'user_agent.original': row.client,
      'mlx_manager.profile.name': row.profileName,
      'mlx_manager.protocol': row.protocol,
      'mlx_manager.outcome': row.outcome,
      'mlx_manager.priority': row.priority,
      'mlx_manager.key.name': row.keyName,
      'mlx_manager.rule': row.rule,
      'mlx_manager.queue_ms': fraction(row.queueMs),
      'mlx_manager.load_ms': fraction(row.loadMs),
      'mlx_manager.first_token_ms': fraction(row.firstTokenMs),
      'mlx_manager.tokens_per_second': fraction(row.tokensPerSecond),
      'mlx_manager.tokens_counted': row.counted,
    }),
    events:
      row.firstTokenMs === null
        ? []
        : [{ timeUnixNano: nanoseconds(row.startedAt, row.firstTokenMs), name: 'gen_ai.first_token', attributes: [] }],
    status: failed ? { code: 2, message: row.errorCode ?? row.outcome } : { code: row.outcome === 'ok' ? 1 : 0 },
  };
}

/** 64-bit numbers travel as text. @param ms whole milliseconds since 1970. @param after milliseconds later. */
const nanoseconds = (ms: number, after: number): string => String(BigInt(ms) * 1_000_000n + BigInt(Math.round(after * 1e6)));

/** A number that is no count, whole or not. */
const fraction = (value: number | null): { doubleValue: number } | null => (value === null ? null : { doubleValue: value });

type Plain = string | number | boolean | readonly string[] | { doubleValue: number } | null;

/** What is null is left out. */
function attributes(values: Readonly<Record<string, Plain>>): { key: string; value: AnyValue }[] {
  return Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [{ key, value: anyValue(value) }]));
}

function anyValue(value: Exclude<Plain, null>): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  if ('doubleValue' in value) return value;
  return { arrayValue: { values: value.map((text) => ({ stringValue: text })) } };
}
