/** A request that does not fit its schema, as an error. */
import type { z } from 'zod';
import { AgentError } from './agent-error.js';

/**
 * INVALID_REQUEST with every problem named as the wire names it.
 * @param error of a schema.
 * @param where names the whole when the problem lies in no field: `body`, `query`, `path`.
 */
export function invalidRequest(error: z.ZodError, where: string): AgentError {
  const problems = error.issues.map((issue) => ({ field: issue.path.join('.') || where, problem: issue.message }));
  const problem = problems.map((one) => `${one.field}: ${one.problem}`).join('; ');
  return new AgentError('INVALID_REQUEST', { problem, problems }, { cause: error });
}
