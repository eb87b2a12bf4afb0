/** Requests as they begin and end, for those who watch. Told in batches: a watcher costs the hot path one push. */
import type { RequestBegun, RequestFilter, RequestRecord } from '@mlx-manager/shared';
import { toTimestamp } from '../../core/index.js';
import type { RequestRow } from '../../store/index.js';
import type { Trace } from '../core/trace.js';
import { toRecord } from './export.js';

/** How long news may wait, milliseconds. */
const DELAY_MS = 100;

export type LiveNews =
  { readonly event: 'begun'; readonly request: RequestBegun } | { readonly event: 'finished'; readonly request: RequestRecord };
type Listener = (news: LiveNews) => void;

export class LiveRequests {
  readonly #watchers = new Set<{ filter: RequestFilter; listener: Listener }>();
  #begun: Trace[] = [];
  #timer: NodeJS.Timeout | null = null;

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** @param filter what the watcher wants to see. Of a request that begins only what it says itself can be compared. */
  watch(filter: RequestFilter, listener: Listener): () => void {
    const watcher = { filter, listener };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  begun(trace: Trace): void {
    this.#begun.push(trace);
    this.#timer ??= setTimeout(() => this.#tellBegun(), DELAY_MS).unref();
  }

  finished(row: RequestRow): void {
    if (!this.watched) return;
    this.#tellBegun(); // its beginning comes first
    const request = toRecord(row);
    for (const { filter, listener } of [...this.#watchers]) if (fits(filter, request, true)) listener({ event: 'finished', request });
  }

  stop(): void {
    this.#watchers.clear();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #tellBegun(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (const trace of this.#begun.splice(0)) {
      const { id, protocol, endpoint, model, stream, keyId, keyName, client, priority } = trace;
      const request = { id, startedAt: toTimestamp(trace.startedAt), protocol, endpoint, model, stream, keyId, keyName, client, priority };
      for (const { filter, listener } of [...this.#watchers]) if (fits(filter, request, false)) listener({ event: 'begun', request });
    }
  }
}

/** The same conditions as the store's, on one request. @param whole whether what is only known at the end is asked too. */
function fits(filter: RequestFilter, request: RequestBegun & Partial<RequestRecord>, whole: boolean): boolean {
  const holds = (text: string | undefined, ...fields: (string | null | undefined)[]): boolean =>
    text === undefined || fields.some((field) => field?.toLowerCase().includes(text.toLowerCase()) === true);
  const is = <T>(wanted: T | undefined, value: T): boolean => wanted === undefined || wanted === value;
  const began = Date.parse(request.startedAt);
  const first =
    is(filter.key, request.keyId) &&
    is(filter.protocol, request.protocol) &&
    holds(filter.client, request.client) &&
    (filter.since === undefined || began >= Date.parse(filter.since)) &&
    (filter.until === undefined || began < Date.parse(filter.until));
  if (!first) return false;
  if (!whole) {
    // What these ask for is not known yet.
    if ([filter.profile, filter.outcome, filter.status, filter.minMs].some((wanted) => wanted !== undefined)) return false;
    return (
      holds(filter.model, request.model) &&
      holds(filter.search, request.id, request.model, request.keyName, request.client, request.endpoint)
    );
  }
  const { id, model, modelPath, profileName, keyName, client, endpoint, errorCode } = request;
  return (
    is(filter.profile, request.profileId) &&
    holds(filter.model, model, modelPath) &&
    is(filter.outcome, request.outcome) &&
    is(filter.status, request.status) &&
    (filter.minMs === undefined || (request.totalMs ?? 0) >= filter.minMs) &&
    holds(filter.search, id, model, modelPath, profileName, keyName, client, endpoint, errorCode)
  );
}
