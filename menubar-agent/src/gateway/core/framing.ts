/** How a protocol frames an answer on the wire. One per protocol; `respond` does the rest. */
import type { AgentError } from '@mlx-manager/shared';
import type { EngineRefusal } from './refusal.js';

/** What a request can end with: an error of our table, or an engine's (a provider's) own refusal. */
export type GatewayFailure = AgentError | EngineRefusal;

export interface Framing {
  /** E.g. `text/event-stream; charset=utf-8`, `application/x-ndjson`. */
  readonly contentType: string;
  /** What a stream opens with; '' for nothing. */
  open(): string;
  /** A sign of life that is no content; '' where the protocol has none. */
  keepAlive(): string;
  /** The last bytes of a stream that is whole; left out where its events say so. */
  close?(): string;
  /** The last bytes of a stream that failed. */
  failure(error: GatewayFailure): string;
  /** The same failure as an answer of its own, before a stream was opened. */
  refusal(error: GatewayFailure): { status: number; body: unknown };
}
