/** Text of others inside a Markdown document: it stays as it is, and nothing of it reaches beyond its place. Rules: CommonMark 0.31, sections 2.4, 4.5, 4.6. */

/** One line as plain text. */
export const escaped = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~&-]/g, '\\$&');

/** A block quote. */
export const quoted = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');

/** A fence longer than any inside a text. */
export function fenceAround(text: string): string {
  let longest = 2;
  // One by one: a file of nothing but fences has more than a call takes arguments.
  for (const [fence] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, fence.length);
  return '`'.repeat(longest + 1);
}

/** A code block, with a fence longer than any inside. */
export function fenced(text: string, language = ''): string {
  const fence = fenceAround(text);
  return `${fence}${language}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}

/** HTML that takes everything for its own until its end comes: how it begins, and that end. */
const SWALLOWING: readonly (readonly [RegExp, RegExp])[] = [
  [/^ {0,3}<(?:script|pre|style|textarea)(?=[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<\?/, /\?>/],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  [/^ {0,3}<![A-Za-z]/, />/],
];

/** Markdown of others: a code block or HTML that was left open (an answer that was cut) is closed, or the rest of the document would be part of it. */
export function closed(markdown: string): string {
  const lines = markdown.split('\n');
  let fence: string | null = null;
  let until: RegExp | null = null;
  // Looked for once for all that begins: text that opens on every line would take hours.
  const lastEnds = new Map<RegExp, number>();
  const lastEnd = (end: RegExp): number => {
    const known = lastEnds.get(end) ?? lines.findLastIndex((line) => end.test(line));
    lastEnds.set(end, known);
    return known;
  };
  for (const [i, line] of lines.entries()) {
    if (fence !== null) {
      const end = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1];
      if (end?.startsWith(fence)) fence = null;
    } else if (until !== null) {
      if (until.test(line)) until = null;
    } else {
      // A backtick in the info string makes it inline code.
      fence = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1] ?? null;
      const [, end] = SWALLOWING.find(([begin]) => begin.test(line)) ?? [];
      if (fence === null && end !== undefined && !end.test(line)) {
        if (lastEnd(end) > i) until = end;
        else lines[i] = line.replace('<', '&lt;');
      }
    }
  }
  return fence === null ? lines.join('\n') : `${lines.join('\n')}\n${fence}`;
}
