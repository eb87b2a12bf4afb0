/** Changes of configuration text, one value at a time, each checked by reading the result. */
import type { ConfigEdit, ConfigValue } from './types.js';

/** Names of objects and places in lists; a place at a list's end adds to it. */
export type Path = readonly (string | number)[];

/** One language: reads a whole text, and changes one value without touching the rest. */
export interface TextEditor {
  /** An empty text is an empty object. @throws EditRefused with the line. */
  parse(text: string): unknown;
  /** @throws EditRefused where the text is written in a way this editor cannot change. */
  setAt(text: string, path: Path, value: ConfigValue): string;
}

/** Why a text is left alone; the message says where. */
export class EditRefused extends Error {}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (value: unknown, key: string | number): unknown => {
  if (Array.isArray(value)) return value[key as number] as unknown;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};
const read = (root: unknown, path: Path): unknown => path.reduce<unknown>(own, root);

/** Equal as data: dates and big numbers by what they say. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || (typeof a === 'number' && typeof b === 'bigint' ? BigInt(a) === b : a === b)) return true;
  if (a instanceof Date && b instanceof Date) return a.toJSON() === b.toJSON();
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => sameData(one, b[i]));
  if (!isObject(a) || !isObject(b)) return typeof a === 'bigint' && typeof b === 'number' && BigInt(b) === a;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameData(a[key], b[key]));
}

interface Leaf {
  readonly path: Path;
  readonly value: ConfigValue;
}

/** An object is set field by field, so that others in it stay; a part that is not there at all is written as one. */
function* settle(path: Path, value: ConfigValue, data: () => unknown): Generator<Leaf> {
  const there = read(data(), path);
  if (!isObject(value)) yield { path, value };
  else if (there === undefined || there === null) yield { path, value };
  else if (!isObject(there)) throw new EditRefused(`${path.join('.')} is not an object`);
  else for (const [key, inner] of Object.entries(value)) yield* settle([...path, key], inner, data);
}

function* changes(edit: ConfigEdit, data: () => unknown): Generator<Leaf> {
  if (!('entry' in edit)) {
    yield* settle(edit.path, edit.value, data);
    return;
  }
  const list = read(data(), edit.path);
  if (list !== undefined && list !== null && !Array.isArray(list)) throw new EditRefused(`${edit.path.join('.')} is not a list`);
  const entries: unknown[] = list ?? [];
  const at = entries.findIndex((one) => own(one, 'name') === edit.entry.name);
  yield* settle([...edit.path, at === -1 ? entries.length : at], edit.entry, data);
}

/** The data with one value set. @throws EditRefused where something else than an object or a list stands on the way. */
function withLeaf(root: unknown, { path, value }: Leaf, depth = 0): unknown {
  const key = path[depth];
  if (key === undefined) return value;
  const inner = withLeaf(own(root, key), { path, value }, depth + 1);
  if (root === undefined || root === null) return typeof key === 'number' ? [inner] : { [key]: inner };
  if (typeof key === 'number' && Array.isArray(root)) return key < root.length ? root.with(key, inner) : [...(root as unknown[]), inner];
  if (typeof key === 'string' && isObject(root)) return { ...root, [key]: inner };
  throw new EditRefused(`${path.slice(0, depth).join('.') || 'the file'} is not ${typeof key === 'number' ? 'a list' : 'an object'}`);
}

/**
 * The text with the edits made. Everything else stays as it is written; where nothing has to change, the text itself is answered.
 * @throws EditRefused when the text cannot be read, or not be changed without losing something.
 */
export function applyEdits(editor: TextEditor, text: string, edits: readonly ConfigEdit[]): string {
  let result = text;
  for (const edit of edits) {
    for (const leaf of changes(edit, () => editor.parse(result))) {
      const before = editor.parse(result);
      if (sameData(read(before, leaf.path), leaf.value)) continue;
      const wanted = withLeaf(before, leaf);
      const changed = editor.setAt(result, leaf.path, leaf.value);
      if (!sameData(editor.parse(changed), wanted))
        throw new EditRefused(`${leaf.path.join('.')} cannot be set without rewriting the file`);
      result = changed;
    }
  }
  return result;
}
