/** What a schema has against a value, as a person would say it. */

/** The part of a zod issue that is read here. */
export interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
}

/** Where the schema knows a pattern only. */
const PATTERNS: Readonly<Record<string, string>> = {
  aliases: 'Only letters, digits and . _ : / -, each beginning with a letter or digit.',
  tool_call_parser: 'Only letters, digits and . _ - are possible.',
  reasoning_parser: 'Only letters, digits and . _ - are possible.',
  log_file: 'A plain file name, without folders: letters, digits and . _ -',
};

/** Kinds of values, as a file has them. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'It must be a whole number.',
  string: 'It must be a text.',
  boolean: 'It must be true or false.',
  array: 'It must be a list.',
  object: 'It must be an object.',
};

/** @param name the option's name on the wire. */
export function inWords(issue: Issue, name: string): string {
  const { code, origin, expected, inclusive } = issue;
  if (code === 'too_small') {
    if (origin === 'string') return name === 'model_path' ? 'Choose a model.' : 'It needs one.';
    return inclusive === false ? `It must be more than ${issue.minimum}.` : `It must be at least ${issue.minimum}.`;
  }
  if (code === 'too_big') {
    if (origin === 'string') return `At most ${issue.maximum} characters.`;
    return origin === 'array' ? `At most ${issue.maximum} entries.` : `It must be at most ${issue.maximum}.`;
  }
  if (code === 'invalid_type') return TYPES[expected ?? ''] ?? 'It must be a number.';
  const known = code === 'invalid_format' ? PATTERNS[name] : undefined;
  return known ?? `${issue.message.charAt(0).toUpperCase()}${issue.message.slice(1).replace(/\.$/, '')}.`;
}
