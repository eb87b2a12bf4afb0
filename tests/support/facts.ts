/** A list of facts, and which tests hold each of them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A line of the facts, and the tests that hold it, by file (from the repository’s folder) and name, or the beginning of it. */
export interface FactLine {
  readonly line: string;
  readonly tests: readonly (readonly [file: string, name: string])[];
}

/** @returns a sentence when there is no such test, so that the list stays true. */
export function missingTest([file, name]: readonly [file: string, name: string]): string[] {
  const source = readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8');
  const written = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // The name as the first argument of a call: `test('…` or the call that `test.each` gives.
  return new RegExp(`\\(\\s*'${written}`).test(source) ? [] : [`${file} has no test "${name}"`];
}
