/** `keep_alive`: how long a model stays loaded after a request. */
import { AgentError } from '@mlx-manager/shared';
import type { EventBus } from '../../core/index.js';
import type { Admission } from '../../pool/index.js';

/** Milliseconds of the units of Go's `time.ParseDuration`. */
const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Seconds as a number, Go's way of writing a duration (`5m`, `1h30m`, `-1s`), or digits alone; below zero means for ever.
 * @returns milliseconds, `Infinity` for ever, null when nothing is said.
 * @throws AgentError INVALID_REQUEST. Source: `Duration.UnmarshalJSON` of Ollama's `api/types.go`.
 */
export function parseKeepAlive(value: string | number | null | undefined): number | null {
  if (value === null || value === undefined || value === '') return null;
  const milliseconds = typeof value === 'number' ? value * 1000 : parseDuration(value);
  if (Number.isNaN(milliseconds)) {
    throw new AgentError('INVALID_REQUEST', { problem: `body.keep_alive: "${String(value).slice(0, 64)}" is no duration` });
  }
  return milliseconds < 0 ? Infinity : milliseconds;
}

function parseDuration(text: string): number {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/.exec(text.trim()) ?? [];
  const factor = sign === '-' ? -1 : 1;
  if (/^\d+(\.\d*)?$/.test(rest)) return factor * Number(rest) * 1000;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return NaN;
  let total = 0;
  for (const [, number, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g))
    total += Number(number) * (UNITS[unit ?? ''] ?? NaN);
  return factor * total;
}

/** Hands `keep_alive` to the pool. */
export class KeepAlive {
  /** Profiles told to go at once: that holds for one load, not for those who ask later without a word. */
  readonly #going = new Set<number>();

  /** Stops listening. */
  readonly stop: () => void;

  constructor(private readonly deps: { readonly pool: Pick<Admission, 'keepAlive'>; readonly bus: EventBus }) {
    this.stop = deps.bus.on('server.removed', ({ profileId }) => {
      if (this.#going.delete(profileId)) deps.pool.keepAlive(profileId, null);
    });
  }

  /** @param milliseconds of {@link parseKeepAlive}; null changes nothing. */
  apply(profileId: number | null, milliseconds: number | null): void {
    if (profileId === null || milliseconds === null) return;
    if (milliseconds === 0) this.#going.add(profileId);
    else this.#going.delete(profileId);
    this.deps.pool.keepAlive(profileId, milliseconds);
  }
}
