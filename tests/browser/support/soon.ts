/** Assertions about what is on its way: a page and its agent tell each other by streams, so a value read once may be the one before. */
import { expect } from '@jest/globals';

const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

type Matchers = ReturnType<typeof expect<unknown>>;
/** The simple matchers; each reads again until it holds. */
type Soon = { [Name in Exclude<keyof Matchers, 'not' | 'resolves' | 'rejects'>]: (...expected: unknown[]) => Promise<void> };

async function until(read: () => unknown, check: (value: unknown) => void): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; await new Promise((wake) => setTimeout(wake, PAUSE_MS))) {
    const late = Date.now() > end;
    const value = await read();
    try {
      check(value);
      return;
    } catch (error) {
      if (late) throw error;
    }
  }
}

const matchers = (read: () => unknown, of: (value: unknown) => object): Soon =>
  new Proxy({} as Soon, {
    get:
      (_target, name) =>
      (...expected: unknown[]) =>
        until(read, (value) => (of(value) as Record<PropertyKey, (...all: unknown[]) => void>)[name]!(...expected)),
  });

/**
 * `expect`, patiently: reads until the matcher holds, at most ten seconds.
 * @param read what is asserted of; an error of its own is thrown at once.
 * @throws the matcher's error, by the last value.
 */
export const soon = (read: () => unknown): Soon & { not: Soon } => {
  const patient = matchers(read, (value) => expect(value)) as Soon & { not: Soon };
  const not = matchers(read, (value) => expect(value).not);
  return new Proxy(patient, { get: (target, name) => (name === 'not' ? not : target[name as keyof Soon]) });
};
