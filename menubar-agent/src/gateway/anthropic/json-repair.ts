/** Makes JSON that a model wrote readable: `\s` and raw line breaks inside strings are what they get wrong. */

const ESCAPED = '"\\/bfnrt';

/** Repairs text that comes in pieces; a piece that ends inside an escape is held back. */
export class JsonRepair {
  #held = '';
  #inString = false;

  push(piece: string): string {
    const text = this.#held + piece;
    this.#held = '';
    let out = '';
    for (let i = 0; i < text.length; i++) {
      const char = text.charAt(i);
      if (char === '\\' && this.#inString) {
        const next = text.charAt(i + 1);
        const digits = text.slice(i + 2, i + 6);
        if (next === '' || (next === 'u' && digits.length < 4 && /^[\da-f]*$/i.test(digits))) {
          this.#held = text.slice(i);
          return out;
        }
        const known = next === 'u' ? /^[\da-f]{4}$/i.test(digits) : ESCAPED.includes(next);
        out += known ? char + next : '\\\\';
        if (known) i++;
      } else if (this.#inString && char < ' ') {
        out += `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
      } else {
        if (char === '"') this.#inString = !this.#inString;
        out += char;
      }
    }
    return out;
  }

  /** What was held back at the end of the text. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/**
 * The arguments of a tool call as an object. What is none, even repaired, is kept under `raw_arguments`, so that the tool's
 * schema refuses it aloud: an empty object might be a valid call.
 */
export function parseInput(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  const value = read(text);
  // Some models write the object as a string.
  const inner = typeof value === 'string' ? read(value) : value;
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? (inner as Record<string, unknown>)
    : { raw_arguments: text };
}

/** Whether it can be read as it is. */
export function isJson(text: string): boolean {
  return read(text) !== undefined;
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller decides what broken text means
  }
}
