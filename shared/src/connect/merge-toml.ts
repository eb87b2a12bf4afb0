/** Changes in TOML text that leave everything else as it is written. Read by smol-toml; where a value stands is found by an own scanner. */
import { parse, TomlError } from 'smol-toml';
import { EditRefused, type Path, type TextEditor } from './merge-edit.js';
import type { ConfigValue } from './types.js';
import { tomlKey, tomlValue } from './values.js';

/** A `key = value`, with the path that it has in the whole file. */
interface Pair {
  readonly path: readonly string[];
  readonly valueStart: number;
  readonly valueEnd: number;
}
/** What stands below a `[header]`; the first one has none. */
interface Section {
  readonly path: readonly string[];
  /** Of `[[header]]`: its pairs cannot be named by a path. */
  readonly isList: boolean;
  /** Behind the header's line. */
  readonly start: number;
  readonly pairs: Pair[];
}

const STRING = /"""[\s\S]*?"""+|'''[\s\S]*?'''+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const KEY = /[ \t]*(?:([A-Za-z0-9_-]+)|("(?:[^"\\\n]|\\.)*")|'([^'\n]*)')[ \t]*/y;

/** Where everything stands in a text that is known to be valid. */
function scan(text: string): Section[] {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let section: Section = { path: [], isList: false, start: at, pairs: [] };
  const sections: Section[] = [section];
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  const keys = (): string[] => {
    const path: string[] = [];
    do {
      const found = match(KEY);
      if (found === null) throw new EditRefused(`line ${lineOf(text, at)}: a name is expected`);
      path.push(found[1] ?? (found[2] === undefined ? (found[3] ?? '') : (parse(`k = ${found[2]}`).k as string)));
    } while (match(/\./y) !== null);
    return path;
  };
  for (;;) {
    match(/(?:[ \t\r\n]|#[^\n]*)+/y);
    if (at >= text.length) return sections;
    const header = match(/\[\[?/y);
    if (header !== null) {
      const path = keys();
      match(/\]\]?[^\n]*(?:\n|$)/y);
      section = { path, isList: header[0] === '[[', start: at, pairs: [] };
      sections.push(section);
      continue;
    }
    const path = [...section.path, ...keys()];
    match(/=[ \t]*/y);
    const valueStart = at;
    let valueEnd = at;
    for (let depth = 0; at < text.length; valueEnd = at) {
      if (match(STRING) !== null) continue;
      const char = text.charAt(at);
      if (depth === 0 && (char === '\n' || char === '#' || char === '\r')) break;
      if (char === '#') match(/[^\n]*/y);
      else {
        if ('[{'.includes(char)) depth++;
        if (']}'.includes(char)) depth--;
        at++;
      }
    }
    valueEnd = valueStart + text.slice(valueStart, valueEnd).trimEnd().length;
    section.pairs.push({ path, valueStart, valueEnd });
  }
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;
const samePath = (a: Path, b: Path): boolean => a.length === b.length && a.every((key, i) => key === b[i]);

function setAt(text: string, path: Path, value: ConfigValue): string {
  if (path.some((key) => typeof key === 'number')) throw new EditRefused(`${path.join('.')}: entries of lists are not changed`);
  const keys = path as readonly string[];
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const sections = scan(text);
  const plain = sections.filter((section) => !section.isList);
  const pairs = plain.flatMap((section) => section.pairs);

  const there = pairs.find((pair) => samePath(pair.path, keys));
  if (there !== undefined) return text.slice(0, there.valueStart) + tomlValue(value) + text.slice(there.valueEnd);

  // Inside of an inline table: that is written anew.
  const around = pairs.find((pair) => pair.path.length < keys.length && samePath(pair.path, keys.slice(0, pair.path.length)));
  if (around !== undefined) {
    const inline = text.slice(around.valueStart, around.valueEnd);
    if (!/^\{[^#]*\}$/.test(inline)) throw new EditRefused(`${around.path.join('.')} is not a table`);
    const [first = '', ...rest] = keys.slice(around.path.length);
    const nested = rest.reduceRight<ConfigValue>((inner, key) => ({ [key]: inner }), value);
    const comma = inline.slice(1, -1).trim() === '' ? ' ' : ', ';
    const body = inline.slice(0, -1).trimEnd();
    return `${text.slice(0, around.valueStart)}${body}${comma}${tomlKey(first)} = ${tomlValue(nested)} }${text.slice(around.valueEnd)}`;
  }

  const isTable = typeof value === 'object' && !Array.isArray(value);
  const lines = (table: Readonly<Record<string, ConfigValue>>): string =>
    Object.entries(table)
      .map(([key, inner]) => `${tomlKey(key)} = ${tomlValue(inner)}${newline}`)
      .join('');
  const parent = keys.slice(0, -1);
  const name = keys.at(-1) ?? '';
  if (!isTable) {
    const section = plain.find((one) => samePath(one.path, parent));
    if (section !== undefined) return addTo(section, lines({ [name]: value }));
    return append(parent, { [name]: value });
  }
  const section = plain.find((one) => samePath(one.path, keys));
  if (section !== undefined) return addTo(section, lines(value as Readonly<Record<string, ConfigValue>>));
  return append(keys, value as Readonly<Record<string, ConfigValue>>);

  /** Behind the last pair of a section; without any, right below its header, or above everything. */
  function addTo(section: Section, added: string): string {
    const last = section.pairs.at(-1);
    if (last === undefined) {
      const at = section.start;
      const isRoot = section.path.length === 0;
      const separator = at > 0 && !isRoot && !text.slice(0, at).endsWith('\n') ? newline : '';
      return text.slice(0, at) + separator + added + (isRoot && text.slice(at).trim() !== '' ? newline : '') + text.slice(at);
    }
    const end = text.indexOf('\n', last.valueEnd);
    if (end === -1) return `${text}${newline}${added}`;
    return text.slice(0, end + 1) + added + text.slice(end + 1);
  }

  function append(header: readonly string[], table: Readonly<Record<string, ConfigValue>>): string {
    const start = text.trim() === '' ? text : `${text.trimEnd()}${newline}${newline}`;
    return `${start}[${header.map(tomlKey).join('.')}]${newline}${lines(table)}`;
  }
}

export const tomlEditor: TextEditor = {
  parse(text) {
    try {
      // Numbers as they are: one beyond 2^53 is no reason to refuse a file.
      return parse(text.startsWith('\ufeff') ? text.slice(1) : text, { integersAsBigInt: 'asNeeded' });
    } catch (error) {
      if (error instanceof TomlError) throw new EditRefused(`line ${error.line}: ${error.message.split('\n')[0]}`);
      throw error;
    }
  },
  setAt,
};
