/** What is wrong with a value that a person types, told per field and in words for people: the same schemas that the agent asks. */
import * as z from 'zod';
import { toCamelCase } from './wire.js';

export interface FieldProblem {
  /** Where, as TypeScript names it: `['match', 'minTokens']`. Empty: the whole. */
  readonly path: readonly (string | number)[];
  /** Begins a sentence, e.g. `Must be at most 5.` */
  readonly problem: string;
}

/**
 * Problems of a value before it is sent; none when the agent would take it.
 * @param schema of a body, e.g. `apiKeyCreate`.
 * @param value with TypeScript's names. What has a default may be left out.
 */
export function problemsOf(schema: z.ZodType, value: unknown): FieldProblem[] {
  const { error } = z.safeEncode(schema, value);
  return error === undefined ? [] : error.issues.map(told);
}

/** A value as it came over the wire, or from a file: read, or what is wrong with it. */
export function readWire<S extends z.ZodType>(schema: S, json: unknown): { value: z.output<S> } | { problems: FieldProblem[] } {
  const result = z.safeDecode(schema, json as never);
  return result.success ? { value: result.data } : { problems: result.error.issues.map(told) };
}

const told = (issue: z.core.$ZodIssue): FieldProblem => ({
  path: issue.path.map((part) => (typeof part === 'string' ? toCamelCase(part) : Number(part))),
  problem: inWords(issue),
});

/** What a schema has against a value, as a person would say it: a sentence. */
export const inWords = (issue: z.core.$ZodIssue): string => sentence(words(issue));

/** Where a schema knows a pattern only: name on the wire → what it lets through. */
const PATTERNS: Readonly<Record<string, string>> = {
  aliases: 'only letters, digits and . _ : / -, each beginning with a letter or digit',
  tool_call_parser: 'only letters, digits and . _ - are possible',
  reasoning_parser: 'only letters, digits and . _ - are possible',
  log_file: 'a plain file name, without folders: letters, digits and . _ -',
};

/** Kinds of values, as a file has them. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function words(issue: z.core.$ZodIssue): string {
  const name = issue.path.findLast((part) => typeof part === 'string') ?? '';
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string' && name === 'model_path') return 'choose a model';
      if (issue.origin === 'string') return issue.minimum === 1 ? 'must be filled in' : `must have at least ${issue.minimum} characters`;
      if (issue.origin === 'array') return issue.minimum === 1 ? 'at least one is needed' : `at least ${issue.minimum} are needed`;
      return issue.inclusive === false ? `must be more than ${issue.minimum}` : `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `at most ${issue.maximum} characters`;
      if (issue.origin === 'array') return `at most ${issue.maximum} entries`;
      // A number so large that it is no exact one.
      return `must be at most ${issue.maximum}`;
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? `a ${issue.expected}`}`;
    case 'invalid_format':
      if (issue.format === 'url') return 'must be an address such as https://api.example.com/v1';
      if (issue.format === 'datetime') return 'must be a date and time';
      return PATTERNS[name] ?? issue.message;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_key':
      // The name of an entry: what is wrong with it is inside.
      return issue.issues[0] ? words(issue.issues[0]) : issue.message;
    default:
      return issue.message;
  }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?-]$/.test(text) ? '' : '.'}`;
