/** Puts another model's name into a request without touching its other bytes. Pure. */

const SPACE = /\s*/y;

/**
 * The JSON text with its top-level `model` replaced (added when it has none). All else stays byte for byte: numbers too large for JavaScript, the
 * order of keys, what we do not know.
 * @param json an object that has been parsed already: it is known to be valid.
 */
export function withModel(json: string, model: string): string {
  const name = JSON.stringify(model);
  let depth = 0;
  let key: string | null = null;
  let last: [from: number, to: number] | null = null;
  for (let at = 0; at < json.length;) {
    const char = json.charAt(at);
    if (char === '"') {
      const end = endOfString(json, at);
      SPACE.lastIndex = end;
      const next = end + (SPACE.exec(json)?.[0].length ?? 0);
      if (depth === 1 && json.charAt(next) === ':') {
        key = JSON.parse(json.slice(at, end)) as string;
        at = next + 1;
        continue;
      }
      // Of two keys of one name the last one counts, here as in JSON.parse.
      if (depth === 1 && key === 'model') last = [at, end];
      at = end;
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (depth === 1 && char === ',') key = null;
    at++;
  }
  if (last !== null) return json.slice(0, last[0]) + name + json.slice(last[1]);
  const open = json.indexOf('{') + 1;
  const comma = json.slice(open).trim() === '}' ? '' : ',';
  return `${json.slice(0, open)}"model":${name}${comma}${json.slice(open)}`;
}

/** Behind the closing quote of the string that begins at `from`. By hand: a picture makes strings that are too long for a regular expression. */
function endOfString(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charAt(at - 1 - escapes) === '\\') escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return json.length;
}
