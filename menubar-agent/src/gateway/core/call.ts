/** One request as the gateway carries it, whatever the protocol of its client. */
import type { Priority, Profile } from '@mlx-manager/shared';
import type { CallerKey } from '../../http/index.js';
import type { Passable } from './passed.js';
import type { Trace } from './trace.js';

export const PROTOCOLS = ['openai', 'anthropic', 'responses', 'ollama', 'internal'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** The names by which a model is known. */
export type Named = Pick<Profile, 'name' | 'aliases' | 'modelPath'>;

/** Who asks. */
export interface CallerInfo {
  /** The API key used; null without one. */
  readonly keyId: number | null;
  readonly keyName: string | null;
  /** The client's own name for itself (`user-agent`), shortened. */
  readonly client: string | null;
  readonly priority: Priority;
  /** The key itself, with its limits. */
  readonly key: CallerKey | null;
  /** Whether this caller may use a model, known by any of its names. */
  readonly mayUse: (profile: Named) => boolean;
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
  /** Set when a provider of the client's own protocol may answer with its own bytes. */
  readonly passable: Passable | null;
  /** Headers for the answer: filled while the request is carried, sent when the answer opens. */
  readonly answerHeaders: Record<string, string>;
  /** Written to while the request is carried. */
  readonly trace: Trace;
}
