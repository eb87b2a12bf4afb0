/** Patterns of names, as the routing rules have them. */

/** Whether a text is one that a pattern means: `*` for any letters, `?` for one; case does not matter. */
export function globMatches(pattern: string, text: string): boolean {
  const want = pattern.toLowerCase();
  const have = text.toLowerCase();
  // Two fingers and the last star: linear where a regular expression may take for ever.
  let p = 0;
  let star = -1;
  let mark = 0;
  for (let t = 0; t < have.length;) {
    if (p < want.length && want[p] === '*') {
      star = p++;
      mark = t;
    } else if (p < want.length && (want[p] === '?' || want[p] === have[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (want[p] === '*') p++;
  return p === want.length;
}
