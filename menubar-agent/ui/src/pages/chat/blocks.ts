/**
 * Markdown cut into pieces that stand by themselves, so that of an answer being written only the last piece is read again. Fenced code at the top
 * level is a piece of its own and needs no Markdown parser at all. Source of the rules: CommonMark 0.31, sections 4.5 (fences) and 5.2 (lists).
 */
import { LIST } from '../../lib/readable.js';

export type Block =
  | { readonly kind: 'markdown'; readonly text: string }
  /** `closed`: its end was written. */
  | { readonly kind: 'code'; readonly text: string; readonly language: string; readonly closed: boolean };

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)([^`]*)$/;
/** An item of the outermost list. */
const ITEM = /^(?:[-*+]|\d{1,9}[.)])[ \t]/;
/** Lines of a list that are read together. */
const LONG_LIST = 60;
const DEFINITION = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S/;
const FOOTNOTE = /\[\^[^\]\s]{1,80}\]:/;

/** The pieces of a text, in order. What refers to another place of the text (footnotes) keeps it whole. */
export function blocksOf(text: string): Block[] {
  // Footnotes refer over the whole text.
  const whole = FOOTNOTE.test(text);
  const lines = text.split('\n');
  const blocks: Block[] = [];
  const definitions: string[] = [];
  let piece: string[] = [];
  let inList = false;
  let math: string | null = null;
  const end = (): void => {
    const said = piece.join('\n');
    if (said.trim() !== '') blocks.push({ kind: 'markdown', text: said });
    piece = [];
    inList = false;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const fence = math === null ? FENCE.exec(line) : null;
    if (fence?.[1] !== undefined && !whole && !inList) {
      end();
      const found = fencedFrom(lines, i, fence[1]);
      blocks.push({ kind: 'code', text: found.text, language: (fence[2] ?? '').toLowerCase(), closed: found.closed });
      i = found.last;
      continue;
    }
    if (fence?.[1] !== undefined) {
      // Inside a list it belongs to its item.
      const found = fencedFrom(lines, i, fence[1]);
      piece.push(...lines.slice(i, found.last + 1));
      i = found.last;
      continue;
    }
    if (math !== null ? line.includes(math) : /^\s*(?:\$\$|\\\[)/.test(line)) math = math === null ? opened(line) : null;
    if (math === null && !whole && line.trim() === '' && !goesOn(lines, i, inList)) {
      end();
      continue;
    }
    // A list that goes on for pages: its next item begins another piece.
    if (inList && math === null && !whole && piece.length > LONG_LIST && ITEM.test(line)) end();
    if (DEFINITION.test(line)) definitions.push(line);
    if (piece.length === 0) inList = LIST.test(line);
    piece.push(line);
  }
  end();
  return definitions.length === 0 || whole ? blocks : blocks.map((block) => withDefinitions(block, definitions));
}

/** What ends formulas on lines of their own; null when the line holds the end too. */
function opened(line: string): string | null {
  const [open, close] = line.trimStart().startsWith('$$') ? (['$$', '$$'] as const) : (['\\[', '\\]'] as const);
  return line.indexOf(close, line.indexOf(open) + 2) === -1 ? close : null;
}

function fencedFrom(lines: readonly string[], from: number, mark: string): { text: string; last: number; closed: boolean } {
  const close = new RegExp(`^ {0,3}${mark[0] === '`' ? '`' : '~'}{${mark.length},}[ \\t]*$`);
  const at = lines.findIndex((line, i) => i > from && close.test(line));
  const last = at === -1 ? lines.length - 1 : at;
  const indent = /^ */.exec(lines[from] as string)?.[0].length ?? 0;
  const inside = lines.slice(from + 1, at === -1 ? lines.length : at);
  const text = inside.map((line) => line.replace(new RegExp(`^ {0,${indent}}`), '')).join('\n');
  return { text, last, closed: at !== -1 };
}

/** Whether what follows an empty line still belongs to the piece: more of a list, or what is indented. */
function goesOn(lines: readonly string[], at: number, inList: boolean): boolean {
  let next = at + 1;
  while (next < lines.length && (lines[next] as string).trim() === '') next++;
  const line = lines[next];
  if (line === undefined) return false;
  return /^(?: {2,}|\t)/.test(line) || (inList && LIST.test(line));
}

const withDefinitions = (block: Block, definitions: readonly string[]): Block => {
  if (block.kind === 'code' || !block.text.includes('[')) return block;
  const missing = definitions.filter((line) => !block.text.includes(line));
  return missing.length === 0 ? block : { kind: 'markdown', text: `${block.text}\n\n${missing.join('\n')}` };
};

/** Inline code, which formulas are not looked for in. */
const CODE = /(`+)(?!`)[\s\S]*?[^`]\1(?!`)|(`+)(?!`)[^`]\2(?!`)/g;

/**
 * Formulas as the parser of Markdown knows them: `\(…\)` and `\[…\]`, as many models write them, become dollars; a dollar that is a price becomes
 * one that is only a sign. Rule for what is a price: Pandoc's `tex_math_dollars`.
 */
export function withFormulas(text: string): string {
  if (!/[$]|\\[([]/.test(text)) return text;
  let out = '';
  let from = 0;
  for (const match of text.matchAll(CODE)) {
    out += formulas(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return out + formulas(text.slice(from));
}

const formulas = (text: string): string =>
  text
    .replace(/\\\[([\s\S]+?)\\\]/g, (_all, inner: string) => `\n$$\n${inner.trim()}\n$$\n`)
    .replace(/\\\(([\s\S]+?)\\\)/g, (_all, inner: string) => `$${inner.trim()}$`)
    // On a line of its own it is set apart; the parser wants its dollars on lines of their own for that.
    .replace(
      /^([ \t]*)\$\$([^\n$]+)\$\$[ \t]*$/gm,
      (_all, indent: string, inner: string) => `${indent}$$\n${indent}${inner.trim()}\n${indent}$$`,
    )
    .replace(/\$\$[\s\S]*?\$\$|\\\$|\$(?=\S)(?:\\.|[^$\n\\])*?(?<=\S)\$(?!\d)|\$/g, (found) => (found === '$' ? '\\$' : found));

/** Whether formulas may be in it: the part that draws them is large and comes by itself. */
export const mayHoldFormulas = (text: string): boolean => /\$|\\\(|\\\[/.test(text);

/** Shorter pieces are read anew for every word. Characters. */
const SHORT = 6000;

/** How much of a piece that is being written is to be read now: all, or where it is long what was read before, until half as much has come to it. */
export function readUpTo(text: string, before: number): number {
  if (text.length <= SHORT || before > text.length || text.length - before > before / 2) return text.length;
  return before;
}
