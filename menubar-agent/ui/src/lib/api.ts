/** The typed client of this page: its own origin, its own fetch, the session's cookie. */
import { AgentError, createClient, type Client } from '@mlx-manager/shared';
import { adviceFor } from './advice.js';
import { here } from './here.js';

export type { Client };

// Through an arrow: a browser's fetch wants to be called on its window.
const pageFetch = (url: string, init: RequestInit): Promise<Response> => fetch(url, init);

/** Named in messages too: “The agent does not answer at http://127.0.0.1:10240.” */
const { origin } = here();
export const client: Client = createClient({ fetch: pageFetch, baseUrl: origin });

/** Any error as one of ours: message says what happened, action what to do now, in this window. */
export function toAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) {
    const { code, details, message, status } = error;
    const action = adviceFor(code, error.action);
    return action === error.action ? error : new AgentError(code, details, { message, action, status, cause: error });
  }
  const problem = error instanceof Error ? error.message : String(error);
  return new AgentError('UNEXPECTED_ANSWER', { address: 'The page', problem }, { cause: error });
}
