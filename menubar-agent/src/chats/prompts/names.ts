/** Names of personas and templates, which differ by more than case. */

/** Longest name, characters (the contract's). */
const MAX = 80;

export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** `Coder`, `Coder 2`, `Coder 3` …, never longer than a name may be. */
export function* numbered(name: string): Generator<string> {
  yield name;
  for (let number = 2; ; number++) {
    const suffix = ` ${number}`;
    yield name.slice(0, MAX - suffix.length) + suffix;
  }
}
