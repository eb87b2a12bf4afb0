/** Operations of one profile run one after another; those of different profiles beside each other. */
export class Turns {
  /** The last operation of each profile that is under way or waits. Never rejects. */
  readonly #last = new Map<number, Promise<unknown>>();

  /** @param after what must be over before the first operation of a profile. */
  run<T>(profileId: number, after: Promise<void>, task: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(profileId) ?? after).then(task);
    // The caller has the error; who comes next looks for itself how things are.
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(profileId, settled);
    void settled.then(() => {
      if (this.#last.get(profileId) === settled) this.#last.delete(profileId);
    });
    return result;
  }

  /** Waits for all that was asked for until now. */
  async over(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
