/** A piece of an answer that goes to the client byte for byte: it came from a provider of the client's own protocol. */
export class Passed {
  /**
   * @param bytes for the client.
   * @param events what they say, in the gateway's own form, for the trace.
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly events: readonly string[],
  ) {}
}

/** Events of the gateway's own form, or what is passed on. */
export type Piece = readonly string[] | Passed;

/** How a request can be handed to a provider of the client's own protocol as it came. */
export interface Passable {
  readonly protocol: 'openai' | 'anthropic';
  /** E.g. `/v1/messages`. */
  readonly path: string;
  /** The request as the client sent it, JSON. */
  body(): string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether the answer can still be passed on: not when a stream of our own was opened already. */
  possible(): boolean;
  /** Called before the first byte of it. */
  begin(): void;
}
