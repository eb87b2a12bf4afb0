/** The last two minutes of figures, in memory, fed by events alone. A figure holds until the next event: the agent tells only what changed. */
import type { AgentEvent } from '@mlx-manager/shared';

/** Length of a line, and the places on it. */
export const SPAN_MS = 120_000;
export const PLACES = 60;

/** Samples of one figure; what is older than the line is let go, but for the one that holds at its beginning. */
export class Ring {
  readonly #samples: { at: number; value: number | null }[] = [];

  push(value: number | null, at: number): void {
    const last = this.#samples.at(-1);
    // Twice in one place: the newer one counts.
    if (last && at - last.at < SPAN_MS / PLACES / 4) last.value = value;
    else this.#samples.push({ at, value });
    while ((this.#samples[1]?.at ?? at) < at - SPAN_MS) this.#samples.shift();
  }

  get size(): number {
    return this.#samples.length;
  }

  get latest(): number | null {
    return this.#samples.at(-1)?.value ?? null;
  }

  /** The line up to now: what held at each place, null before the first sample. */
  line(now: number): (number | null)[] {
    const step = SPAN_MS / (PLACES - 1);
    let next = 0;
    let held: number | null = null;
    return Array.from({ length: PLACES }, (_, place) => {
      const until = now - SPAN_MS + place * step + (place === PLACES - 1 ? step : 0);
      for (let sample = this.#samples[next]; sample && sample.at <= until; sample = this.#samples[++next]) held = sample.value;
      return held;
    });
  }
}

export const FIGURES = ['memory', 'cpu', 'speed', 'tokens', 'requests'] as const;
export type Figure = (typeof FIGURES)[number];

/** Lines of every server, and of the machine's GPU. */
export class History {
  readonly gpu = new Ring();
  readonly #servers = new Map<number, Record<Figure, Ring>>();

  of(profileId: number): Record<Figure, Ring> {
    let rings = this.#servers.get(profileId);
    if (!rings) {
      rings = { memory: new Ring(), cpu: new Ring(), speed: new Ring(), tokens: new Ring(), requests: new Ring() };
      this.#servers.set(profileId, rings);
    }
    return rings;
  }

  get servers(): number {
    return this.#servers.size;
  }

  /** Takes what an event tells. */
  hear(event: AgentEvent, now: number): void {
    switch (event.type) {
      case 'server.updated': {
        const { memory, cpu } = this.of(event.data.profileId);
        memory.push(event.data.memoryMb, now);
        cpu.push(event.data.cpuPercent, now);
        break;
      }
      case 'server.removed':
        this.#servers.delete(event.data.profileId);
        break;
      case 'usage.updated':
        for (const one of event.data.servers) {
          const { speed, tokens, requests } = this.of(one.profileId);
          speed.push(one.tokensPerSecond, now);
          tokens.push(one.promptTokens + one.completionTokens, now);
          requests.push(one.active, now);
        }
        break;
      case 'memory.updated':
        this.gpu.push(event.data.gpu.utilizationPercent, now);
        break;
      default:
    }
  }
}
