/** Counters and histograms since the agent started, for `/metrics`. Labels are bounded: profiles and keys, never what a client writes. */
import type { RequestRow } from '../../store/index.js';

/** Upper bounds in seconds. Source: OpenTelemetry's semantic conventions for generative AI metrics. */
export const DURATION_BOUNDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] as const;
export const FIRST_TOKEN_BOUNDS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;
export const TOKEN_TIME_BOUNDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5] as const;

export class Histogram {
  /** Values up to each bound, each value in one place; the last place is beyond all bounds. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** @param value in the unit of the bounds. */
  observe(value: number): void {
    let place = 0;
    while (place < this.bounds.length && value > (this.bounds[place] as number)) place++;
    this.counts[place] = (this.counts[place] as number) + 1;
    this.sum += value;
    this.count++;
  }
}

/** What is counted for one profile, protocol and outcome. */
export interface Series {
  readonly profile: string;
  readonly engine: string;
  readonly provider: string;
  readonly protocol: string;
  readonly operation: string;
  readonly outcome: string;
  requests: number;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  readonly duration: Histogram;
  readonly queue: Histogram;
  readonly load: Histogram;
  readonly firstToken: Histogram;
  readonly tokenTime: Histogram;
}

/** Combinations kept at most; those beyond share one without names. */
const MAX_SERIES = 2000;

export class Aggregates {
  readonly #series = new Map<string, Series>();

  /** Takes a finished request. Its tokens come by {@link tokens}, which may be later. */
  observe(row: RequestRow): void {
    const series = this.#of(row);
    series.requests++;
    series.duration.observe(row.totalMs / 1000);
    series.queue.observe(row.queueMs / 1000);
    if (row.loadMs > 0) series.load.observe(row.loadMs / 1000);
    // The conventions measure tokens of answers that succeeded.
    if (row.outcome !== 'ok') return;
    if (row.firstTokenMs !== null) series.firstToken.observe(row.firstTokenMs / 1000);
  }

  /** Takes the tokens of a request, once they are final. */
  tokens(row: RequestRow): void {
    const series = this.#of(row);
    series.promptTokens += row.promptTokens ?? 0;
    series.completionTokens += row.completionTokens ?? 0;
    series.cachedTokens += row.cachedTokens ?? 0;
    series.reasoningTokens += row.reasoningTokens ?? 0;
    if (row.outcome === 'ok' && row.tokensPerSecond !== null && row.tokensPerSecond > 0) series.tokenTime.observe(1 / row.tokensPerSecond);
  }

  series(): Iterable<Series> {
    return this.#series.values();
  }

  #of(row: RequestRow): Series {
    const labels = {
      profile: row.profileName ?? '',
      engine: row.engine ?? '',
      provider: row.provider ?? '',
      protocol: row.protocol,
      operation: operationOf(row.endpoint),
      outcome: row.outcome,
    };
    const key = Object.values(labels).join('\n');
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= MAX_SERIES && labels.profile !== '')
      return this.#of({ ...row, profileName: null, engine: null, provider: null });
    const made: Series = {
      ...labels,
      requests: 0,
      promptTokens: 0,
      completionTokens: 0,
      cachedTokens: 0,
      reasoningTokens: 0,
      duration: new Histogram(DURATION_BOUNDS),
      queue: new Histogram(DURATION_BOUNDS),
      load: new Histogram(DURATION_BOUNDS),
      firstToken: new Histogram(FIRST_TOKEN_BOUNDS),
      tokenTime: new Histogram(TOKEN_TIME_BOUNDS),
    };
    this.#series.set(key, made);
    return made;
  }
}

/** `gen_ai.operation.name` of an endpoint. Audio and images have no name in the conventions but the general one. */
export function operationOf(endpoint: string): string {
  if (endpoint.endsWith('/embeddings')) return 'embeddings';
  if (/\/(?:audio|images)\//.test(endpoint)) return 'generate_content';
  return endpoint === '/v1/completions' || endpoint.endsWith('/generate') ? 'text_completion' : 'chat';
}
