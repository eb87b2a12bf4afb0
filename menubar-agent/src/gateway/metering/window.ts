/** What happened in the last minutes, in a fixed amount of memory however much happens. */

/** Bounds grow by this factor: a percentile is at most so much too high. */
const GROWTH = 1.1;
const FIRST_BOUND = 1;
const PLACES = 160; // up to about 4 × 10^6 ms

interface Slot {
  readonly number: number;
  requests: number;
  errors: number;
  timed: number;
  readonly times: Uint32Array;
}

export class RecentWindow {
  readonly #slots: Slot[] = [];

  /** @param span milliseconds that count. @param slot milliseconds a slot takes: what is older than the span goes slot by slot. */
  constructor(
    private readonly span: number,
    private readonly slot: number,
  ) {}

  /** @param firstTokenMs null when unknown. */
  add(now: number, failed: boolean, firstTokenMs: number | null): void {
    const number = Math.floor(now / this.slot);
    let slot = this.#slots.at(-1);
    if (slot?.number !== number) {
      slot = { number, requests: 0, errors: 0, timed: 0, times: new Uint32Array(PLACES) };
      this.#slots.push(slot);
      this.#forget(now);
    }
    slot.requests++;
    if (failed) slot.errors++;
    if (firstTokenMs === null) return;
    slot.timed++;
    const place = Math.ceil(Math.log(Math.max(FIRST_BOUND, firstTokenMs) / FIRST_BOUND) / Math.log(GROWTH));
    const at = Math.min(PLACES - 1, place);
    slot.times[at] = (slot.times[at] as number) + 1;
  }

  /** Counts of the span that ends now. */
  read(now: number): { requests: number; errors: number; timed: number } {
    this.#forget(now);
    const sum = (key: 'requests' | 'errors' | 'timed'): number => this.#slots.reduce((total, slot) => total + slot[key], 0);
    return { requests: sum('requests'), errors: sum('errors'), timed: sum('timed') };
  }

  /** First-token time that a share of the requests stays within, milliseconds, at most 10 % too high; null without any. */
  percentile(now: number, share: number): number | null {
    const { timed } = this.read(now);
    if (timed === 0) return null;
    let left = Math.ceil(timed * share);
    for (let place = 0; place < PLACES; place++) {
      for (const slot of this.#slots) left -= slot.times[place] as number;
      if (left <= 0) return FIRST_BOUND * GROWTH ** place;
    }
    return null;
  }

  #forget(now: number): void {
    const oldest = Math.floor((now - this.span) / this.slot);
    while (this.#slots[0] && this.#slots[0].number <= oldest) this.#slots.shift();
  }
}
