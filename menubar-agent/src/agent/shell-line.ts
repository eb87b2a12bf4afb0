/** A command as one line that a person can paste into a terminal: bash, zsh, and every shell that knows `$'…'`. */

/** Needs no quotes. A word that begins with `=` is a program's name to zsh, `~` a folder to all. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex -- the same, and what has a meaning inside `$'…'`
const ESCAPED = /[\u0000-\u001f\u007f\\']/g;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', "'": "\\'" };

/** One word. What holds a line break is written with escapes, so that the line stays one. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!CONTROL.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  // Three octal digits: a digit behind it is never read as part of it.
  const escaped = text.replace(ESCAPED, (sign) => NAMED[sign] ?? `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `$'${escaped}'`;
}

/** Program and arguments, with the variables it is given before them. */
export function shellLine(command: {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): string {
  const variables = Object.entries(command.env).map(([name, value]) => `${name}=${value === '' ? '' : shellWord(value)}`);
  return [...variables, ...[command.file, ...command.args].map(shellWord)].join(' ');
}
