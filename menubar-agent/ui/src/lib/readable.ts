/** What can be read as Markdown in good time. */

/** The beginning of a list's item. */
export const LIST = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;

/** Marks of quotations and lists at the beginning of a line, so many of them that the parser would go too deep; or a list as deep by its indent. */
const DEEP = /^(?:(?:[ \t]{0,3}(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])){50}|[ \t]{120,}(?:[-*+]|\d{1,9}[.)])[ \t])/m;
/** Lines between a table's head and its rows. */
const RULE = /^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t:-]*$/m;
/** Longer paragraphs are not written by people; the parser takes the square of the marks in one. Characters. */
const LONGEST_PARAGRAPH = 8000;

/** Whether a piece can be read as Markdown in good time; what cannot was written to hold the page up, or is no Markdown. */
export function readable(text: string): boolean {
  if (DEEP.test(text)) return false;
  if (text.length <= LONGEST_PARAGRAPH) return true;
  const table = RULE.test(text);
  let length = 0;
  for (const line of text.split('\n')) {
    const begins = line.trim() === '' || LIST.test(line.trimStart()) || (table && line.includes('|'));
    length = (begins ? 0 : length) + line.length;
    if (length > LONGEST_PARAGRAPH) return false;
  }
  return true;
}
