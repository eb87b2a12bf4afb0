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
  readonly format?: string;
}

/** Where the schema knows a pattern only. */
const PATTERNS: Readonly<Record<string, string>> = {
  aliases: "Letters, digits and . _ : / - only; each begins with a letter or digit",
  tool_call_parser: "Letters, digits and . _ - only",
  reasoning_parser: "Letters, digits and . _ - only",
};

/** @param name the option's name in the contract. */
export function inWords(issue: Issue, name: string): string {
  const { code, origin, expected, inclusive } = issue;
  if (code === "too_small") {
    if (origin === "string") return "Needed";
    return inclusive === false ? `Must be more than ${issue.minimum}` : `Must be at least ${issue.minimum}`;
  }
  if (code === "too_big") {
    if (origin === "string") return `At most ${issue.maximum} characters`;
    if (origin === "array") return `At most ${issue.maximum} entries`;
    return `Must be at most ${issue.maximum}`;
  }
  if (code === "invalid_type") {
    if (expected === "int") return "Must be a whole number";
    if (expected === "number") return "Must be a number";
  }
  if (code === "invalid_format") {
    const known = PATTERNS[name];
    if (known) return known;
  }
  return sentence(issue.message);
}

const sentence = (message: string): string => message.charAt(0).toUpperCase() + message.slice(1);
