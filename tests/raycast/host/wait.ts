/** Waiting for a condition on the events that can bring it about. */
import type { EventEmitter } from 'node:events';

export interface WaitOptions {
  /** Milliseconds; default 15 000. */
  timeout?: number;
  /** What is waited for, for the message. */
  what?: string;
}

export function waitFor<T>(
  events: EventEmitter<{ changed: [] }>,
  condition: () => T,
  check: () => void,
  describe: () => string,
  { timeout = 15_000, what = condition.toString() }: WaitOptions,
): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      events.off('changed', look);
      settle();
    };
    const look = (): void => {
      try {
        check();
        const found = condition();
        if (found) end(() => resolve(found));
      } catch (error) {
        end(() => reject(error instanceof Error ? error : new Error(String(error), { cause: error })));
      }
    };
    const timer = setTimeout(() => {
      end(() => reject(new Error(`Waited ${timeout} ms for ${what}. The window shows:\n${describe()}`)));
    }, timeout);
    events.on('changed', look);
    look();
  });
}
