/**
 * The difference of two texts as a unified diff. By hand: a library for it (7 kB) would take this command over the size it may have. Such files
 * have some hundred lines, so the plain table of longest common subsequences does. No React in here.
 */

/** Lines that stay, around a change. */
const CONTEXT = 3;
/** Cells of the table; beyond, what differs is shown as one change. */
const MOST_CELLS = 4_000_000;
const NO_NEWLINE = "\\ No newline at end of file";

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/**
 * @param before empty for a file that is new.
 * @returns hunks with their `@@` lines, without the lines that name the files; empty when there is no difference.
 */
export function difference(before: string, after: string): string {
  if (before === after) return "";
  const lines = compare(linesOf(before), linesOf(after));
  const changed = lines.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const hunks: string[] = [];
  for (let at = 0; at < changed.length;) {
    const first = changed[at] as number;
    let last = first;
    // Changes so near that their surroundings meet are one hunk.
    for (; at < changed.length && (changed[at] as number) - last <= 2 * CONTEXT; at++) last = changed[at] as number;
    hunks.push(hunk(lines, Math.max(0, first - CONTEXT), Math.min(lines.length, last + CONTEXT + 1)));
  }
  return hunks.join("\n");
}

/** Lines with their end, so that a missing last line feed is a difference. */
const linesOf = (text: string): string[] => text.split(/(?<=\n)/).filter((line) => line !== "");

function compare(before: string[], after: string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const old = before.slice(start, before.length - end);
  const fresh = after.slice(start, after.length - end);
  const same = (text: string): Line => ({ mark: " ", text });
  return [...before.slice(0, start).map(same), ...between(old, fresh), ...before.slice(before.length - end).map(same)];
}

function between(old: string[], fresh: string[]): Line[] {
  const removed = (text: string): Line => ({ mark: "-", text });
  const added = (text: string): Line => ({ mark: "+", text });
  const width = fresh.length + 1;
  if (old.length * fresh.length > MOST_CELLS || old.length === 0 || fresh.length === 0)
    return [...old.map(removed), ...fresh.map(added)];
  // length[i * width + j]: longest common subsequence of old from i and fresh from j.
  const length = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      length[i * width + j] =
        old[i] === fresh[j]
          ? length[(i + 1) * width + j + 1]! + 1
          : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length && j < fresh.length) {
    if (old[i] === fresh[j]) {
      lines.push({ mark: " ", text: old[i++]! });
      j++;
    } else if (length[(i + 1) * width + j]! >= length[i * width + j + 1]!) lines.push(removed(old[i++]!));
    else lines.push(added(fresh[j++]!));
  }
  return [...lines, ...old.slice(i).map(removed), ...fresh.slice(j).map(added)];
}

function hunk(lines: readonly Line[], from: number, to: number): string {
  const count = (part: readonly Line[], without: string): number => part.filter(({ mark }) => mark !== without).length;
  const before = lines.slice(0, from);
  const shown = lines.slice(from, to);
  const range = (without: string): string => {
    const size = count(shown, without);
    // Of a range without lines the line before it is named.
    return `${count(before, without) + (size > 0 ? 1 : 0)},${size}`;
  };
  const text = shown.map(({ mark, text: line }) =>
    line.endsWith("\n") ? mark + line.slice(0, -1) : `${mark}${line}\n${NO_NEWLINE}`,
  );
  return [`@@ -${range("+")} +${range("-")} @@`, ...text].join("\n");
}
