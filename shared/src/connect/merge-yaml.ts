/**
 * Changes in YAML text that leave everything else as it is written. Read by js-yaml; where a value stands is found by lines and their
 * indentation, for mappings and lists in block style. What is written otherwise is refused, not rewritten.
 */
import { load, YAMLException } from 'js-yaml';
import { EditRefused, type Path, type TextEditor } from './merge-edit.js';
import type { ConfigValue } from './types.js';
import { yamlBlock, yamlPair, yamlValue } from './values.js';

/** Lines `from` up to `to`, without `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}
/** `key:` at a column. */
interface Entry extends Range {
  readonly key: string;
  readonly column: number;
  /** Where the value begins in the first line. */
  readonly valueColumn: number;
}
interface Item extends Range {
  /** Of what stands behind the dash. */
  readonly column: number;
}

const KEY = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#'"&*!|>%@`[\]{},-][^#:]*?|-[^\s#:][^#:]*?))[ \t]*:(?=[ \t]|$)/;
const blank = (line: string): boolean => /^[ \t]*(?:#.*)?$/.test(line);
const indentOf = (line: string): number => line.length - line.replace(/^ +/, '').length;
/** Past the end there is nothing. */
const lineAt = (lines: readonly string[], at: number): string => lines[at] ?? '';
const isDash = (line: string, column: number): boolean => /^-(?:[ \t]|$)/.test(line.slice(column));

/** Nothing but remarks. js-yaml refuses a text without a document. */
const isEmpty = (text: string): boolean => text.split(/\r?\n/).every((line) => blank(line) || line === '---');

/** Without blank lines and remarks at its end, which belong to what follows. */
function trimmed(lines: readonly string[], { from, to }: Range): Range {
  let end = to;
  while (end > from + 1 && blank(lineAt(lines, end - 1))) end--;
  return { from, to: end };
}

/** Entries of a block mapping whose names begin at a column; the first one may stand behind a dash. */
function entriesOf(lines: readonly string[], { from, to }: Range, column: number): Entry[] {
  const entries: { key: string; column: number; valueColumn: number; from: number; to: number }[] = [];
  for (let at = from; at < to; at++) {
    const line = lineAt(lines, at);
    const begins = at === from ? column <= line.length : indentOf(line) === column;
    const found = begins && !blank(line) ? KEY.exec(line.slice(column)) : null;
    const last = entries.at(-1);
    if (last !== undefined) last.to = at;
    if (found === null) continue;
    const key = found[1] === undefined ? (found[2]?.replaceAll("''", "'") ?? found[3] ?? '') : (JSON.parse(`"${found[1]}"`) as string);
    entries.push({ key, column, valueColumn: column + found[0].length, from: at, to });
  }
  const last = entries.at(-1);
  if (last !== undefined) last.to = to;
  return entries.map((entry) => ({ ...entry, ...trimmed(lines, entry) }));
}

/** Entries of a block list below a key. */
function itemsOf(lines: readonly string[], entry: Entry): Item[] {
  const first = lines.findIndex((line, i) => i > entry.from && i < entry.to && !blank(line));
  if (first === -1) return [];
  const column = indentOf(lineAt(lines, first));
  if (column < entry.column || !isDash(lineAt(lines, first), column)) return [];
  const starts: number[] = [];
  for (let at = first; at < entry.to; at++)
    if (indentOf(lineAt(lines, at)) === column && isDash(lineAt(lines, at), column)) starts.push(at);
  return starts.map((from, i) => ({
    ...trimmed(lines, { from, to: starts[i + 1] ?? entry.to }),
    column: column + (/^-[ \t]*/.exec(lineAt(lines, from).slice(column))?.[0].length ?? 0),
  }));
}

function setAt(whole: string, path: Path, value: ConfigValue): string {
  // An empty mapping in braces is nothing to keep.
  const text = whole.replace(/^[ \t]*\{[ \t]*\}[ \t]*$/m, (braces) => (isEmpty(whole.replace(braces, '')) ? '' : braces));
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  const refuse = (): never => {
    throw new EditRefused(`${path.join('.')} is written in a form that is not changed here`);
  };
  const replace = ({ from, to }: Range, added: readonly string[]): string =>
    [...lines.slice(0, from), ...added, ...lines.slice(to)].join(newline);
  const nested = (keys: Path): ConfigValue =>
    keys.reduceRight<ConfigValue>((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);

  let range: Range = { from: 0, to: lines.length };
  let column = 0;
  for (let depth = 0; depth < path.length; depth++) {
    const key = path[depth];
    if (typeof key !== 'string') return refuse();
    const entries = entriesOf(lines, range, column);
    const entry = entries.findLast((one) => one.key === key);
    const rest = path.slice(depth + 1);
    if (entry === undefined) return add(entries, column, key, nested(rest));
    if (rest.length === 0) return setValue(entry, value);
    const shown = lineAt(lines, entry.from).slice(entry.valueColumn);
    const hasNothing = /^[ \t]*(?:\[\]|\{\}|null|~)?[ \t]*(?:#.*)?$/.test(shown) && lines.slice(entry.from + 1, entry.to).every(blank);
    if (hasNothing) return setValue(entry, nested(rest));
    const next = rest[0] ?? 0;
    if (typeof next === 'string') {
      range = { from: entry.from + 1, to: entry.to };
      const first = lines.findIndex((line, i) => i >= range.from && i < range.to && !blank(line));
      if (first === -1) return refuse();
      column = indentOf(lineAt(lines, first));
      range = { from: first, to: entry.to };
      continue;
    }
    const items = itemsOf(lines, entry);
    const item = items[next];
    if (item === undefined) {
      const last = items.at(-1);
      if (last === undefined) return refuse();
      const indent = ' '.repeat(indentOf(lineAt(lines, last.from)));
      const block = yamlBlock(nested(rest.slice(1)), `${indent}  `);
      return replace(
        { from: last.to, to: last.to },
        block.map((line, i) => (i === 0 ? `${indent}- ${line}` : line)),
      );
    }
    if (rest.length === 1) return refuse();
    range = item;
    column = item.column;
    depth++;
  }
  return refuse();

  function add(entries: readonly Entry[], at: number, key: string, what: ConfigValue): string {
    const added = yamlPair(key, what, ' '.repeat(at));
    const last = entries.at(-1);
    if (last !== undefined) return replace({ from: last.to, to: last.to }, added);
    if (at > 0 || !isEmpty(text)) return refuse();
    const body = text === '' || text.endsWith('\n') ? text : text + newline;
    return body + added.join(newline) + newline;
  }

  function setValue(entry: Entry, what: ConfigValue): string {
    const line = lineAt(lines, entry.from);
    const pair = yamlPair(entry.key, what, ' '.repeat(entry.column));
    const before = line.slice(0, entry.valueColumn);
    if (pair.length > 1) return replace(entry, [before, ...pair.slice(1)]);
    // A remark behind the value stays with it.
    const shown = /^[ \t]*(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'](?:[^#]|(?<=\S)#)*?)?([ \t]+#.*)?$/.exec(
      line.slice(entry.valueColumn),
    );
    const remark = entry.to === entry.from + 1 ? (shown?.[1] ?? '') : '';
    return replace(entry, [`${before} ${yamlValue(what)}${remark}`]);
  }
}

export const yamlEditor: TextEditor = {
  parse(text) {
    if (isEmpty(text)) return {};
    try {
      return load(text) ?? {};
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      throw new EditRefused(`line ${(error.mark?.line ?? 0) + 1}: ${error.reason}`);
    }
  },
  setAt,
};
