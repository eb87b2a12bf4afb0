/** A request that does not fit its schema, as an error. */
import type * as z from 'zod';
import { AgentError } from './agent-error.js';

/** Problems that are named; a list of a million wrong entries has a million. */
const MAX_PROBLEMS = 20;

/**
 * INVALID_REQUEST with its problems, the first {@link MAX_PROBLEMS} of them, named as the wire names it.
 * @param error of a schema.
 * @param where names the whole when the problem lies in no field: `body`, `query`, `path`.
 */
export function invalidRequest(error: z.ZodError, where: string): AgentError {
  const issues = error.issues.flatMap((issue) => withoutUnions(issue, []));
  const problems = issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => ({ field: path.join('.') || where, problem: message }));
  const more = issues.length > MAX_PROBLEMS ? `; and ${issues.length - MAX_PROBLEMS} more` : '';
  const problem = problems.map((one) => `${one.field}: ${one.problem}`).join('; ') + more;
  // Kept as its cause, a million issues would live as long as the answer and go into the log.
  return new AgentError('INVALID_REQUEST', { problem, problems }, more === '' ? { cause: error } : {});
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
type Issue = z.core.$ZodIssue;

/** What is wrong with a value that may be of several forms: with the form it says it is, or that it says none of them. */
function withoutUnions(issue: Issue, above: readonly PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, message: issue.message }];
  const forms = issue.errors.map((issues) => ({ issues, name: issues.find(isName) }));
  const fitting = forms.filter(({ name }) => name === undefined);
  if (fitting.length === 1) return (fitting[0]?.issues ?? []).flatMap((one) => withoutUnions(one, path));
  const names = forms.flatMap(({ name }) => (name ? [name] : []));
  const key = names[0]?.path[0];
  if (key === undefined || fitting.length > 0 || names.some((name) => name.path[0] !== key)) return [{ path, message: issue.message }];
  const allowed = names.flatMap((name) => name.values.map((value) => JSON.stringify(value)));
  return [{ path: [...path, key], message: `must be one of ${allowed.join(', ')}` }];
}

/** Whether a value's own word for its form (`type`, `kind`) is not the one expected. */
const isName = (issue: Issue): issue is z.core.$ZodIssueInvalidValue =>
  issue.code === 'invalid_value' && issue.path.length === 1 && issue.values.length === 1;
