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
  const { issues } = error;
  const problems = issues.slice(0, MAX_PROBLEMS).map((issue) => ({ field: issue.path.join('.') || where, problem: issue.message }));
  const more = issues.length > MAX_PROBLEMS ? `; and ${issues.length - MAX_PROBLEMS} more` : '';
  const problem = problems.map((one) => `${one.field}: ${one.problem}`).join('; ') + more;
  // Kept as its cause, a million issues would live as long as the answer and go into the log.
  return new AgentError('INVALID_REQUEST', { problem, problems }, more === '' ? { cause: error } : {});
}
