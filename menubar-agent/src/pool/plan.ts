/** Whether a model fits, and what must go for it. Pure. */

/** One profile that is in memory, or has been promised room. */
export interface Held {
  readonly profileId: number;
  readonly bytes: number;
  /** Never unloaded to make room. */
  readonly stays: boolean;
  /** Unloaded at this moment: its room is as good as free. */
  readonly leaving: boolean;
  readonly busy: boolean;
  /** When it may be unloaded at the earliest, milliseconds; a time that is past means now. */
  readonly freeAt: number;
  /** When it was last used, milliseconds. */
  readonly lastUsed: number;
}

export interface Wish {
  readonly profileId: number;
  readonly need: number;
  readonly budget: number;
  /** Whether it may not be loaded beside another profile. */
  readonly conflicts: (profileId: number) => boolean;
}

export type Plan =
  /** There is room for it now. */
  | { readonly kind: 'fits' }
  /** There will be, when these are gone. Empty: when those that are leaving are gone. */
  | { readonly kind: 'evict'; readonly victims: readonly Held[] }
  /** There cannot be, as long as what stays stays. */
  | { readonly kind: 'never'; readonly because: 'memory' | 'conflict'; readonly inTheWay: readonly Held[] };

/**
 * What must happen before a model can be loaded. Those that are idle go first, the least recently used of them before the others; then those whose turn
 * is over soonest. No more is unloaded than needed.
 */
export function planLoad({ profileId, need, budget, conflicts }: Wish, held: readonly Held[]): Plan {
  const others = held.filter((one) => one.profileId !== profileId);
  const staying = others.filter((one) => one.stays);
  const apart = staying.filter((one) => conflicts(one.profileId));
  if (apart.length > 0) return { kind: 'never', because: 'conflict', inTheWay: apart };
  // What is over the budget already keeps nobody out who needs nothing (or an unknown amount).
  if (need > Math.max(0, budget - sum(staying))) return { kind: 'never', because: 'memory', inTheWay: staying };

  const going = others.filter((one) => one.leaving && !one.stays);
  const loaded = others.filter((one) => !one.leaving && !one.stays);
  const mustGo = loaded.filter((one) => conflicts(one.profileId));
  const candidates = loaded.filter((one) => !mustGo.includes(one)).sort(byOrderOfGoing);
  const excess = (victims: readonly Held[]): number => need - Math.max(0, budget - sum(staying) - sum(candidates) + sum(victims));
  const chosen: Held[] = [];
  for (const one of candidates) {
    if (excess(chosen) <= 0) break;
    if (one.bytes > 0) chosen.push(one);
  }
  // A later one may be large enough alone: keep what was used more recently.
  for (const one of [...chosen].reverse()) {
    const rest = chosen.filter((other) => other !== one);
    if (excess(rest) <= 0) chosen.splice(chosen.indexOf(one), 1);
  }
  const victims = [...mustGo, ...chosen];
  const waits = going.some((one) => conflicts(one.profileId)) || need > Math.max(0, budget - sum(others));
  return victims.length === 0 && !waits ? { kind: 'fits' } : { kind: 'evict', victims };
}

/** Idle before busy; the least recently used of the idle, the one whose turn ends first of the busy. */
function byOrderOfGoing(a: Held, b: Held): number {
  if (a.busy !== b.busy) return a.busy ? 1 : -1;
  return (a.busy ? a.freeAt - b.freeAt : 0) || a.lastUsed - b.lastUsed;
}

const sum = (held: readonly Held[]): number => held.reduce((total, { bytes }) => total + bytes, 0);
