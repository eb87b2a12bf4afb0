/** Changes in JSON text, with comments and trailing commas (JSONC), that leave everything else as it is written. */
import { EditRefused, type Path, type TextEditor } from './merge-edit.js';
import type { ConfigValue } from './types.js';

interface Node {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
  /** Of an object: the last one of a name counts. Of a list: its entries. */
  readonly properties?: readonly { readonly key: string; readonly node: Node }[];
  readonly items?: readonly Node[];
  /** Place behind the last comma after the last entry; null without one. */
  readonly trailingComma?: number | null;
}

/** Reads JSONC and remembers where everything stands. */
class Reader {
  #at = 0;

  constructor(private readonly text: string) {
    if (text.startsWith('\ufeff')) this.#at = 1;
  }

  /** Null for a text without any value. @throws EditRefused. */
  document(): Node | null {
    this.#skip();
    if (this.#at === this.text.length) return null;
    const node = this.#value(0);
    this.#skip();
    if (this.#at < this.text.length) this.#fail('there is more after the end');
    return node;
  }

  #fail(reason: string): never {
    const line = this.text.slice(0, this.#at).split('\n').length;
    throw new EditRefused(`line ${line}: ${reason}`);
  }

  #skip(): void {
    for (;;) {
      const match = /[ \t\r\n]+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
      match.lastIndex = this.#at;
      const found = match.exec(this.text);
      if (found === null) return;
      this.#at += found[0].length;
    }
  }

  #value(depth: number): Node {
    if (depth > 200) this.#fail('it is nested too deeply');
    const start = this.#at;
    const char = this.text[start];
    if (char === '{') return this.#container(depth, '}');
    if (char === '[') return this.#container(depth, ']');
    const scalar = /"(?:[^"\\\n]|\\.)*"|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    scalar.lastIndex = start;
    const found = scalar.exec(this.text);
    if (found === null) this.#fail('a value is expected');
    try {
      const value = JSON.parse(found[0]) as unknown;
      this.#at += found[0].length;
      return { start, end: this.#at, value };
    } catch {
      // A string with an escape that JSON does not know.
      this.#fail('the text is not valid');
    }
  }

  #container(depth: number, close: '}' | ']'): Node {
    const start = this.#at++;
    const properties: { key: string; node: Node }[] = [];
    const items: Node[] = [];
    let trailingComma: number | null = null;
    for (let needsComma = false; ; needsComma = true) {
      this.#skip();
      if (needsComma && this.text[this.#at] === ',') {
        trailingComma = ++this.#at;
        needsComma = false;
        this.#skip();
      }
      if (this.text[this.#at] === close) break;
      if (needsComma) this.#fail(`"," or "${close}" is expected`);
      trailingComma = null;
      if (close === ']') {
        items.push(this.#value(depth + 1));
        continue;
      }
      if (this.text[this.#at] !== '"') this.#fail('a name in double quotes is expected');
      const key = this.#value(depth + 1).value as string;
      this.#skip();
      if (this.text[this.#at] !== ':') this.#fail('":" is expected');
      this.#at++;
      this.#skip();
      properties.push({ key, node: this.#value(depth + 1) });
    }
    const end = ++this.#at;
    if (close === ']') return { start, end, items, trailingComma, value: items.map((item) => item.value) };
    // Not by assignment: "__proto__" is a name like any other.
    const value = Object.fromEntries(properties.map(({ key, node }) => [key, node.value]));
    return { start, end, properties, trailingComma, value };
  }
}

const child = (node: Node, key: string | number): Node | undefined =>
  typeof key === 'number' ? node.items?.[key] : node.properties?.findLast((one) => one.key === key)?.node;

/** The step by which the text is indented; two spaces where it shows none. */
const indentOf = (text: string): string => /^[ \t]+(?=["[{])/m.exec(text)?.[0] ?? '  ';
/** White space at the start of the line. */
const lineIndent = (text: string, at: number): string => /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '';

function setAt(text: string, path: Path, value: ConfigValue): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const step = indentOf(text);
  const write = (what: unknown, indent: string): string => JSON.stringify(what, null, step).replaceAll('\n', newline + indent);
  const root = new Reader(text).document();
  const nested = (keys: Path): unknown =>
    keys.reduceRight<unknown>((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);
  if (root === null) return text + (text.trim() === '' || text.endsWith('\n') ? '' : newline) + write(nested(path), '') + newline;
  let node = root;
  for (const [depth, key] of path.entries()) {
    const next = child(node, key);
    if (next !== undefined && next.value !== null) {
      node = next;
      continue;
    }
    const rest = nested(path.slice(depth + 1));
    if (next !== undefined) return text.slice(0, next.start) + write(rest, lineIndent(text, next.start)) + text.slice(next.end);
    return insert(node, key, rest);
  }
  return text.slice(0, node.start) + write(value, lineIndent(text, node.start)) + text.slice(node.end);

  function insert(into: Node, key: string | number, what: unknown): string {
    const entries = into.items ?? into.properties?.map((one) => one.node) ?? [];
    const last = entries.at(-1);
    const label = typeof key === 'number' ? '' : `${JSON.stringify(key)}: `;
    const oneLine = !text.slice(into.start, into.end).includes('\n');
    if (last !== undefined && oneLine) {
      const at = into.trailingComma ?? last.end;
      const plain = JSON.stringify(what, null, 1).replace(/\n\s*/g, ' ');
      return `${text.slice(0, at)}${into.trailingComma === null ? ',' : ''} ${label}${plain}${text.slice(at)}`;
    }
    const outer = lineIndent(text, into.start);
    if (last === undefined) {
      const at = into.start + 1;
      const closing = text.slice(at, into.end).includes('\n') ? '' : newline + outer;
      return `${text.slice(0, at)}${newline}${outer}${step}${label}${write(what, outer + step)}${closing}${text.slice(at)}`;
    }
    const inner = lineIndent(text, last.start) || outer + step;
    const comma = into.trailingComma ?? last.end;
    const trailing = into.trailingComma === null ? '' : ',';
    // A remark behind the last entry stays with it.
    const remark = /^(?:[ \t]|\/\*[^\n]*?\*\/)*(?:\/\/[^\r\n]*)?(?=\r?\n)/.exec(text.slice(comma))?.[0] ?? '';
    const before = text.slice(0, comma) + (into.trailingComma === null ? ',' : '') + remark;
    return `${before}${newline}${inner}${label}${write(what, inner)}${trailing}${text.slice(comma + remark.length)}`;
  }
}

export const jsonEditor: TextEditor = { parse: (text) => new Reader(text).document()?.value ?? {}, setAt };
