/** Reads measured requests in small steps: SQLite answers synchronously, and an answer that streams beside must not wait for a long search. */
import { setImmediate } from 'node:timers/promises';
import type { RequestCapture, RequestStatistics, RequestSummary, SummaryGroup } from '@mlx-manager/shared';
import type { RequestConditions, RequestsRepository, StoredRequest } from '../../store/index.js';

/** Places looked at in one step, and rows read: about 2 ms either way. */
const STEP = 2000;
const ROWS = 500;
/** Groups of a summary. */
const MAX_GROUPS = 200;

/** One page. */
export interface RequestPage {
  readonly requests: StoredRequest[];
  /** Where the next page begins; null on the last one. */
  readonly next: number | null;
}

export class RequestHistory {
  constructor(private readonly repository: RequestsRepository) {}

  /**
   * Requests that fit, newest first.
   * @param before place to begin below; null begins with the newest.
   * @param limit rows of a step at most, so that few can be asked for cheaply.
   */
  async *scan(conditions: RequestConditions, before: number | null, limit = ROWS): AsyncGenerator<StoredRequest[]> {
    const bounds = this.repository.bounds();
    if (!bounds) return;
    let to = Math.min(bounds.newest, (before ?? Infinity) - 1);
    while (to >= bounds.oldest) {
      const from = Math.max(bounds.oldest, to - STEP + 1);
      const rows = this.repository.slice(conditions, from, to, limit);
      to = rows.length === limit ? (rows.at(-1) as StoredRequest).seq - 1 : from - 1;
      if (rows.length > 0) yield rows;
      await setImmediate();
    }
  }

  /** @param cursor from the page before; null is the first page. */
  async page(conditions: RequestConditions, limit: number, cursor: number | null): Promise<RequestPage> {
    const requests: StoredRequest[] = [];
    // One more than asked for tells whether there is a next page.
    for await (const rows of this.scan(conditions, cursor, limit + 1)) {
      requests.push(...rows.slice(0, limit + 1 - requests.length));
      if (requests.length > limit) break;
    }
    const page = requests.slice(0, limit);
    return { requests: page, next: requests.length > limit ? (page.at(-1) as StoredRequest).seq : null };
  }

  /** One request; null when it is not kept. */
  async find(id: string): Promise<StoredRequest | null> {
    for await (const [found] of this.scan({ id }, null, 1)) return found ?? null;
    return null;
  }

  /** Prompt and answer of a request, where they were kept. */
  capture(id: string): RequestCapture | null {
    const found = this.repository.capture(id);
    if (!found) return null;
    const { prompt, answer, reasoning, errorMessage, truncated } = found;
    return { prompt, answer, reasoning, errorMessage, truncated };
  }

  async summary(conditions: RequestConditions, by: SummaryGroup): Promise<RequestSummary> {
    const total = new Statistics();
    const groups = new Map<string, { id: number | null; name: string | null; figures: Statistics }>();
    for await (const rows of this.scan(conditions, null)) {
      for (const row of rows) {
        const { id, name } = groupOf(row, by);
        const key = id === null ? `n${name ?? ''}` : `i${id}`;
        let group = groups.get(key);
        // Newest first: the name a profile has now is the one that is shown.
        if (!group) groups.set(key, (group = { id, name, figures: new Statistics() }));
        group.figures.add(row);
        total.add(row);
      }
    }
    const sorted = [...groups.values()].sort((a, b) => b.figures.requests - a.figures.requests).slice(0, MAX_GROUPS);
    return { total: total.result(), groups: sorted.map(({ id, name, figures }) => ({ id, name, ...figures.result() })) };
  }
}

function groupOf(row: StoredRequest, by: SummaryGroup): { id: number | null; name: string | null } {
  if (by === 'profile') return { id: row.profileId, name: row.profileName };
  if (by === 'key') return { id: row.keyId, name: row.keyName };
  return { id: null, name: by === 'client' ? row.client : row.model };
}

class Statistics {
  requests = 0;
  #errors = 0;
  #promptTokens = 0;
  #completionTokens = 0;
  readonly #firstTokens: number[] = [];
  readonly #speeds: number[] = [];

  add(row: StoredRequest): void {
    this.requests++;
    if (row.outcome === 'error') this.#errors++;
    this.#promptTokens += row.promptTokens ?? 0;
    this.#completionTokens += row.completionTokens ?? 0;
    if (row.firstTokenMs !== null) this.#firstTokens.push(row.firstTokenMs);
    if (row.tokensPerSecond !== null) this.#speeds.push(row.tokensPerSecond);
  }

  result(): RequestStatistics {
    const firstTokens = Float64Array.from(this.#firstTokens).sort();
    const speeds = Float64Array.from(this.#speeds).sort();
    return {
      requests: this.requests,
      errors: this.#errors,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      avgFirstTokenMs: average(firstTokens),
      p50FirstTokenMs: percentile(firstTokens, 0.5),
      p95FirstTokenMs: percentile(firstTokens, 0.95),
      avgTokensPerSecond: average(speeds),
      p50TokensPerSecond: percentile(speeds, 0.5),
      p95TokensPerSecond: percentile(speeds, 0.95),
    };
  }
}

const average = (sorted: Float64Array): number | null =>
  sorted.length === 0 ? null : Math.round((sorted.reduce((sum, value) => sum + value, 0) / sorted.length) * 1000) / 1000;

/** By nearest rank. */
const percentile = (sorted: Float64Array, share: number): number | null => sorted[Math.ceil(sorted.length * share) - 1] ?? null;
