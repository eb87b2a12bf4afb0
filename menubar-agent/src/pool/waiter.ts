/** Who waits in a lane. */
import type { AdmissionRequest, Ticket } from './types.js';

/** One request in the queue. */
export interface Waiter {
  readonly request: AdmissionRequest;
  /** When it came, milliseconds since 1970. */
  readonly since: number;
  readonly rank: number;
  /** Reading of the lane's load clock when it came. */
  readonly loadedBefore: number;
  readonly resolve: (ticket: Ticket) => void;
  readonly reject: (error: unknown) => void;
  readonly leave: () => void;
}
