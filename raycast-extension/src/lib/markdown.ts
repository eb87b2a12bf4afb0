/** Markdown of others (models, the hub, imported files) as Raycast may show it: it formats, but fetches nothing. */

/** Starts of fences that stand elsewhere than at the beginning of a line: in lists, quotes, sentences. */
const FENCE_WITHIN = /^(?!`{3}|~{3})[^]*?(?:`{3}|~{3})/;
/** Formulas, whose signs some readers take before fences. */
const FORMULA = /\$\$|\\\[|\\begin\{/;
const LINE_END = /\r\n|\n|\r/;

/**
 * Whether it takes a whole Markdown reader to tell where code begins and ends: a fence in a list ends with the list, for one.
 * A text that stands behind such a one is as hard to tell.
 */
export const isIntricate = (markdown: string): boolean =>
  /`{3}|~{3}/.test(markdown) &&
  (FORMULA.test(markdown) || markdown.split(LINE_END).some((line) => FENCE_WITHIN.test(line)));

/**
 * Markdown that loads nothing: a picture from the web would tell its server that the answer was read, and whatever a page planted in the prompt
 * wanted told. A zero-width space takes the meaning from pictures and HTML and is not seen. Fenced code stays as it is where its bounds are
 * beyond doubt; code within a line may be cut otherwise by the reader than it seems, so nothing is spared there.
 * A fence that is open at the end is closed: what follows is no part of it.
 * @param strict spares no code at all.
 */
export function inert(markdown: string, strict = isIntricate(markdown)): string {
  const lines = markdown.split(LINE_END);
  if (strict) return lines.map(disarmed).join("\n");
  let fence: string | null = null;
  const shown = lines.map((line) => {
    const [, mark, rest = ""] = /^(`{3,}|~{3,})([^]*)$/.exec(line) ?? [];
    if (fence !== null) {
      if (mark?.startsWith(fence) && /^[ \t]*$/.test(rest)) fence = null;
      return line;
    }
    // Backticks behind backticks: code within a line.
    if (mark === undefined || (mark.startsWith("`") && rest.includes("`"))) return disarmed(line);
    fence = mark;
    return line;
  });
  if (fence !== null) shown.push(fence);
  return shown.join("\n");
}

const disarmed = (line: string): string => line.replace(/!(?=\[)|<(?=[a-z/!?])/gi, "$&\u200b");

/** Text that is not Markdown, with its signs escaped. */
export const plain = (text: string): string => text.replace(/[\\`*_[\]<>#|$~!]/g, "\\$&");
