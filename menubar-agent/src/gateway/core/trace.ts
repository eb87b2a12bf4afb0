/** What is written down about one request. A plain object that the hot path writes into; it is read when the request is over. */
import type { Priority } from '@mlx-manager/shared';
import type { Call, Protocol } from './call.js';

export type Outcome = 'ok' | 'error' | 'refused' | 'cancelled';

export interface Trace {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** `performance.now()` of the same moment: durations are measured on this clock. */
  readonly startedTick: number;
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly model: string;
  readonly stream: boolean;
  readonly keyId: number | null;
  readonly keyName: string | null;
  readonly client: string | null;
  readonly priority: Priority;
  profileId: number | null;
  profileName: string | null;
  modelPath: string | null;
  engine: string | null;
  /** Provider that answered in place of this machine; null for a local answer. */
  provider: string | null;
  /** Routing rule that decided; null for none. */
  rule: string | null;
  /** Milliseconds. */
  queueMs: number;
  loadMs: number;
  /** Tick (`performance.now()`) of the first token; 0 before. */
  firstTokenTick: number;
  /** Events with content: about one a token, used where an engine tells no usage. */
  pieces: number;
  promptTokens: number | null;
  completionTokens: number | null;
  cachedTokens: number | null;
  reasoningTokens: number | null;
  /** Whether the tokens were counted here, not told by the engine. */
  counted: boolean;
  finishReason: string | null;
  /** HTTP status of the answer. */
  status: number;
  errorCode: string | null;
  errorMessage: string | null;
  outcome: Outcome;
  /** Tick of the end; 0 while it runs. */
  endTick: number;
}

/** Told of every request. Must be quick: it is called on the hot path; the work is done later. */
export interface TraceSink {
  /** A request was taken up. */
  begin(trace: Trace): void;
  /** It is over. `call` gives the prompt for counting and for capture; it must not be kept longer than needed. */
  finish(trace: Trace, call: Call, answer: AnswerText | null): void;
}

/** What was answered, for counting and capture; null where it was not looked at. */
export interface AnswerText {
  readonly text: string;
  readonly reasoning: string;
}
