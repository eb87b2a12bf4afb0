/** The engine said in its stream that it failed, or what it said makes no sense. */
export class EngineStreamError extends Error {}

/** What an engine (or a provider) refused, in its own words. */
export class EngineRefusal extends Error {
  constructor(
    /** HTTP status for the client. */
    readonly status: number,
    message: string,
    /** Further fields of OpenAI's error object. */
    readonly fields: { readonly type: string; readonly code: string | null; readonly param: string | null },
    /** The header as it came; null without one. */
    readonly retryAfter: string | null,
  ) {
    super(message);
    this.name = 'EngineRefusal';
  }
}
