/** The one error class of agent and clients. */
import { errorTable, type ErrorCode } from './errors.js';

/** What fills the `{…}` of a text and goes to the client as `details`. Never a secret. */
export type ErrorDetails = Record<string, unknown>;

/** An error with a code of the table. Thrown in the agent, and by the client for every failed call. */
export class AgentError extends Error {
  readonly code: ErrorCode;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** What to do, in a sentence. */
  readonly action: string;
  readonly details: ErrorDetails;

  /**
   * @param code a code of {@link errorTable}.
   * @param details values for the text's placeholders.
   * @param options `cause`, and texts that came over the wire from an agent of another version.
   */
  constructor(
    code: ErrorCode,
    details: ErrorDetails = {},
    options: { cause?: unknown; message?: string; action?: string; status?: number } = {},
  ) {
    const entry = errorTable[code];
    super(options.message ?? fillTemplate(entry.message, details), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AgentError';
    this.code = code;
    this.status = options.status ?? entry.status;
    this.action = options.action ?? fillTemplate(entry.action, details);
    this.details = details;
  }

  /** The error as a task or a server shows it. */
  toTaskError(): { code: ErrorCode; message: string; action: string } {
    return { code: this.code, message: this.message, action: this.action };
  }
}

/** Whether an error says that a call was called off. By its name: it may come from another realm (a worker, a sandbox), whose Error is not ours. */
export function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

function fillTemplate(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name];
    if (value === undefined || value === null) return '';
    if (Array.isArray(value)) return value.join(', ');
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}
