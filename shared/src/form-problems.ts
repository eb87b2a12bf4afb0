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
  problem: sentence(words(issue)),
});

function words(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string') return issue.minimum === 1 ? 'must be filled in' : `must have at least ${issue.minimum} characters`;
      if (issue.origin === 'array') return issue.minimum === 1 ? 'at least one is needed' : `at least ${issue.minimum} are needed`;
      return issue.inclusive === false ? `must be more than ${issue.minimum}` : `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `may have at most ${issue.maximum} characters`;
      if (issue.origin === 'array') return `at most ${issue.maximum} are allowed`;
      // A number so large that it is no exact one.
      return `must be at most ${issue.maximum}`;
    case 'invalid_type':
      if (issue.expected === 'int') return 'must be a whole number';
      return `must be ${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_format':
      if (issue.format === 'url') return 'must be an address such as https://api.example.com/v1';
      if (issue.format === 'datetime') return 'must be a date and time';
      return issue.message;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_key':
      // The name of an entry: what is wrong with it is inside.
      return issue.issues[0] ? words(issue.issues[0]) : issue.message;
    default:
      return issue.message;
  }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
