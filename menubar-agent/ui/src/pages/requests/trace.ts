/** A request's time, and lists of requests. Pure. */
import type { Page, RequestBegun, RequestFilter, RequestOutcome, RequestRecord } from '@mlx-manager/shared';
import type { Tone } from '../../kit/badge.js';

export const PHASES = ['queue', 'load', 'first', 'generation'] as const;
export type Phase = (typeof PHASES)[number];
/** Name and colour (of the theme's series) of each. */
export const PHASE_WORDS: Record<Phase, { label: string; series: 0 | 1 | 2 | 3 }> = {
  queue: { label: 'Queue', series: 0 },
  load: { label: 'Load', series: 3 },
  first: { label: 'First token', series: 2 },
  generation: { label: 'Generation', series: 1 },
};

export type Timed = Pick<RequestRecord, 'queueMs' | 'loadMs' | 'firstTokenMs' | 'totalMs'>;

/**
 * Milliseconds of each phase. They add up to the whole, whatever was measured: the first token's time has queue and load in it, and without one
 * everything behind the load is generation.
 */
export function phasesOf({ queueMs, loadMs, firstTokenMs, totalMs }: Timed): Record<Phase, number> {
  const queue = Math.min(Math.max(0, queueMs), totalMs);
  const load = Math.min(Math.max(0, loadMs), totalMs - queue);
  const waited = queue + load;
  const until = firstTokenMs === null ? waited : Math.min(Math.max(firstTokenMs, waited), totalMs);
  return { queue, load, first: until - waited, generation: Math.max(0, totalMs - until) };
}

/** `850 ms`, `1.2 s`, `3 min 4 s`. */
export function ms(value: number): string {
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 99_500) return `${(value / 1000).toFixed(value < 9950 ? 2 : 1)} s`;
  return `${Math.floor(value / 60_000)} min ${Math.round((value % 60_000) / 1000)} s`;
}

/** In words, for those who do not see the bar. */
export function timingWords(request: Timed): string {
  const phases = phasesOf(request);
  const parts = PHASES.filter((phase) => phases[phase] > 0).map(
    (phase) => `${PHASE_WORDS[phase].label.toLowerCase()} ${ms(phases[phase])}`,
  );
  return `${ms(request.totalMs)}${parts.length > 1 ? `: ${parts.join(', ')}` : ''}`;
}

export const OUTCOME_WORDS: Record<RequestOutcome, { label: string; tone: Tone }> = {
  ok: { label: 'OK', tone: 'good' },
  error: { label: 'Error', tone: 'bad' },
  refused: { label: 'Refused', tone: 'warn' },
  cancelled: { label: 'Cancelled', tone: 'plain' },
};

/** A row: a request that ended, or one under way. */
export type Row = { live: false; request: RequestRecord } | { live: true; request: RequestBegun };

/** New ones in front, each once, at most so many. Both newest first. */
export function merged(fresh: readonly RequestRecord[], fetched: readonly RequestRecord[]): RequestRecord[] {
  const seen = new Set(fresh.map(({ id }) => id));
  return [...fresh, ...fetched.filter(({ id }) => !seen.has(id))];
}

/** A first page fetched anew, and what further pages brought before. Where something is missing between them, or all is on it, the page alone. */
export function joined(page: Page<RequestRecord>, old: Page<RequestRecord>): Page<RequestRecord> {
  const there = new Set(old.items.map(({ id }) => id));
  if (page.cursor === null || !page.items.some(({ id }) => there.has(id))) return page;
  return { items: merged(page.items, old.items), cursor: old.cursor };
}

/** Requests fetched to close the gap to what is shown; behind more of them one's place in the list is lost. */
const GAP_MAX = 2000;

/**
 * The list fetched anew: as far as what is shown, so that who reads further down stays there however many came meanwhile.
 * @param fetchPage the page behind a cursor; the first one without.
 * @param old what is shown; undefined when nothing is.
 */
export async function refetched(
  fetchPage: (cursor: string | undefined) => Promise<Page<RequestRecord>>,
  old: () => Page<RequestRecord> | undefined,
): Promise<Page<RequestRecord>> {
  let page = await fetchPage(undefined);
  const there = new Set(old()?.items.map(({ id }) => id));
  while (there.size > 0 && page.cursor !== null && page.items.length < GAP_MAX && !page.items.some(({ id }) => there.has(id))) {
    const next = await fetchPage(page.cursor);
    page = { items: merged(page.items, next.items), cursor: next.cursor };
  }
  // Read only now: what was scrolled to while this was fetched stays too.
  const now = old();
  return now === undefined ? page : joined(page, now);
}

/** What the filter row holds; empty means all. */
export interface Filters {
  search: string;
  outcome: RequestOutcome | null;
  profile: number | null;
  key: number | null;
  protocol: string | null;
  minMs: number | null;
  /** HTTP status of the answer. */
  status: number | null;
  /** Hours back; 0: from `from` to `to`. */
  hours: number | null;
  /** As a field of date and time has them; empty: open. */
  from: string;
  to: string;
}
export const NO_FILTERS: Filters = {
  search: '',
  outcome: null,
  profile: null,
  key: null,
  protocol: null,
  minMs: null,
  status: null,
  hours: null,
  from: '',
  to: '',
};

/** As the agent is asked. @param now milliseconds; whole minutes are taken, so that a query is asked once. */
export function toQuery(filters: Filters, now: number): Partial<RequestFilter> {
  const { search, outcome, profile, key, protocol, minMs, status, hours, from, to } = filters;
  return {
    ...(search.trim() !== '' && { search: search.trim() }),
    ...(outcome !== null && { outcome }),
    ...(profile !== null && { profile }),
    ...(key !== null && { key }),
    ...(protocol !== null && { protocol }),
    ...(minMs !== null && { minMs }),
    ...(status !== null && { status }),
    ...(hours === 0 && { ...instant('since', from), ...instant('until', to) }),
    ...(hours !== null && hours > 0 && { since: new Date(Math.floor(now / 60_000) * 60_000 - hours * 3_600_000).toISOString() }),
  };
}

/** A field's date and time, of this machine's zone; nothing where it is empty or half typed. */
const instant = <K extends 'since' | 'until'>(name: K, local: string): Partial<Record<K, string>> => {
  const at = Date.parse(local);
  return Number.isNaN(at) ? {} : ({ [name]: new Date(at).toISOString() } as Record<K, string>);
};

/** The address of an export. The browser writes it to disk while it comes, however long it is. */
export function exportAddress(query: Partial<RequestFilter>, format: 'csv' | 'jsonl'): string {
  const { minMs, ...rest } = query;
  const search = new URLSearchParams({ format });
  for (const [name, value] of Object.entries({ ...rest, min_ms: minMs })) if (value !== undefined) search.set(name, String(value));
  return `/api/requests/export?${search.toString()}`;
}
