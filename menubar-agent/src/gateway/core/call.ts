/** One request as the gateway carries it, whatever the protocol of its client. */
import type { Priority } from '@mlx-manager/shared';
import type { Trace } from './trace.js';

export const PROTOCOLS = ['openai', 'anthropic', 'responses', 'ollama', 'internal'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Who asks. */
export interface CallerInfo {
  /** The API key used; null without one. */
  readonly keyId: number | null;
  readonly keyName: string | null;
  /** The client's own name for itself (`user-agent`), shortened. */
  readonly client: string | null;
  readonly priority: Priority;
  /** Whether this caller may use a profile. */
  mayUse(profileId: number): boolean;
}

export interface Call {
  /** UUID: of the trace, and of the answer. */
  readonly id: string;
  readonly protocol: Protocol;
  /** The engine's endpoint that answers it, e.g. `/v1/chat/completions`. */
  readonly endpoint: string;
  /** The model as the client named it. */
  readonly model: string;
  /** In OpenAI's form, before the profile's defaults are filled in. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the client wants a stream. */
  readonly stream: boolean;
  readonly caller: CallerInfo;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Written to while the request is carried. */
  readonly trace: Trace;
}
