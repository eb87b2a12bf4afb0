/** Totals per server since it was started, and per key since the agent was; with what is under way. */
import type { KeyUsage, Server, ServerUsage, Usage } from '@mlx-manager/shared';
import type { RequestRow } from '../../store/index.js';
import type { Trace } from '../core/trace.js';

/** Over which the speed is taken, milliseconds. */
const WINDOW_MS = 5000;

interface Totals {
  name: string | null;
  requests: number;
  promptTokens: number;
  completionTokens: number;
}
interface Live {
  readonly name: string | null;
  readonly active: number;
  readonly queued: number;
  readonly pieces: number;
}
/** Completion tokens made up to a moment, by server and by key. */
interface Sample {
  readonly tick: number;
  readonly made: ReadonlyMap<string, number>;
}

export class UsageTotals {
  readonly #servers = new Map<number, Totals>();
  readonly #keys = new Map<number, Totals>();
  readonly #states = new Map<number, Server['state']>();
  #samples: Sample[] = [];

  /** Counts a finished request. */
  observe(row: RequestRow): void {
    for (const totals of this.#of(row)) totals.requests++;
  }

  /** Counts the tokens of a finished request, once they are final. */
  tokens(row: RequestRow): void {
    for (const totals of this.#of(row)) {
      totals.promptTokens += row.promptTokens ?? 0;
      totals.completionTokens += row.completionTokens ?? 0;
    }
  }

  /** A server that is started anew counts from nothing. */
  serverChanged({ profileId, state }: Pick<Server, 'profileId' | 'state'>): void {
    if (state === 'starting' && this.#states.get(profileId) !== 'starting') this.#servers.delete(profileId);
    this.#states.set(profileId, state);
  }

  serverGone(profileId: number): void {
    this.#servers.delete(profileId);
    this.#states.delete(profileId);
  }

  /** Takes a point for the speed. Called every second while somebody watches. @param tick milliseconds. */
  sample(active: Iterable<Trace>, tick: number): void {
    const made = new Map<string, number>();
    const add = (name: string, tokens: number): void => void made.set(name, (made.get(name) ?? 0) + tokens);
    for (const [id, totals] of this.#servers) add(`s${id}`, totals.completionTokens);
    for (const [id, totals] of this.#keys) add(`k${id}`, totals.completionTokens);
    for (const trace of active) {
      if (isLocal(trace)) add(`s${trace.profileId}`, trace.pieces);
      if (trace.keyId !== null) add(`k${trace.keyId}`, trace.pieces);
    }
    this.#samples.push({ tick, made });
    this.#samples = this.#samples.filter((sample) => sample.tick >= tick - WINDOW_MS);
  }

  /** Nobody watches any more: old points would tell a wrong speed later. */
  forgetSamples(): void {
    this.#samples = [];
  }

  snapshot(active: Iterable<Trace>): Usage {
    const servers = new Map<number, Live>();
    const keys = new Map<number, Live>();
    const add = (to: Map<number, Live>, id: number, name: string | null, { pieces, engine }: Trace): void => {
      const live = to.get(id) ?? { name, active: 0, queued: 0, pieces: 0 };
      // The engine is known once a request has its place.
      const queued = live.queued + (engine === null ? 1 : 0);
      to.set(id, { name: name ?? live.name, active: live.active + 1, queued, pieces: live.pieces + pieces });
    };
    for (const trace of active) {
      if (isLocal(trace)) add(servers, trace.profileId, trace.profileName, trace);
      if (trace.keyId !== null) add(keys, trace.keyId, trace.keyName, trace);
    }
    return {
      servers: idsOf(this.#servers, servers).map((profileId): ServerUsage => {
        const { name, ...figures } = this.#figures(`s${profileId}`, this.#servers.get(profileId), servers.get(profileId));
        return { profileId, profileName: name, ...figures, queued: servers.get(profileId)?.queued ?? 0 };
      }),
      keys: idsOf(this.#keys, keys).map((keyId): KeyUsage => {
        const { name, ...figures } = this.#figures(`k${keyId}`, this.#keys.get(keyId), keys.get(keyId));
        return { keyId, keyName: name, ...figures };
      }),
    };
  }

  #figures(
    name: string,
    totals: Totals | undefined,
    live: Live | undefined,
  ): Omit<KeyUsage, 'keyId' | 'keyName'> & { name: string | null } {
    return {
      name: live?.name ?? totals?.name ?? null,
      requests: totals?.requests ?? 0,
      active: live?.active ?? 0,
      promptTokens: totals?.promptTokens ?? 0,
      completionTokens: (totals?.completionTokens ?? 0) + (live?.pieces ?? 0),
      tokensPerSecond: this.#speed(name),
    };
  }

  #speed(name: string): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.tick <= first.tick) return 0;
    const tokens = (last.made.get(name) ?? 0) - (first.made.get(name) ?? 0);
    // An engine that tells fewer tokens than it sent pieces, or a server started anew, goes back: that is no speed.
    return Math.max(0, Math.round((tokens / (last.tick - first.tick)) * 10_000) / 10);
  }

  *#of(row: RequestRow): Generator<Totals> {
    if (isLocal(row)) yield totalsOf(this.#servers, row.profileId, row.profileName);
    if (row.keyId !== null) yield totalsOf(this.#keys, row.keyId, row.keyName);
  }
}

/** Whether a server of this machine answers. */
function isLocal<T extends { profileId: number | null; provider: string | null }>(request: T): request is T & { profileId: number } {
  return request.profileId !== null && request.provider === null;
}

function totalsOf(all: Map<number, Totals>, id: number, name: string | null): Totals {
  let totals = all.get(id);
  if (!totals) all.set(id, (totals = { name, requests: 0, promptTokens: 0, completionTokens: 0 }));
  totals.name = name ?? totals.name;
  return totals;
}

const idsOf = (totals: Map<number, unknown>, live: Map<number, unknown>): number[] =>
  [...new Set([...totals.keys(), ...live.keys()])].sort((a, b) => a - b);
