/** How often and how soon a crashed server is started again. */

export interface RestartLimits {
  /** Restarts allowed within the window. */
  readonly maxRestarts: number;
  /** Milliseconds. */
  readonly window: number;
  readonly backoffMin: number;
  readonly backoffMax: number;
}

export type RestartDecision = { readonly restart: true; readonly delay: number } | { readonly restart: false; readonly crashes: number };

/** Remembers crashes. */
export class RestartPolicy {
  #crashes: number[] = [];

  /**
   * Counts a crash and decides: 1 s, 2 s, 4 s… up to 30 s, until there were more than `maxRestarts` within the window.
   * @param now milliseconds.
   */
  crashed(now: number, limits: RestartLimits): RestartDecision {
    this.#crashes = [...this.#crashes.filter((time) => now - time < limits.window), now];
    const crashes = this.#crashes.length;
    if (crashes > limits.maxRestarts) return { restart: false, crashes };
    return { restart: true, delay: Math.min(limits.backoffMax, limits.backoffMin * 2 ** (crashes - 1)) };
  }
}
