/** What runs stand on. */
import type { Attachment, Characteristics, Persona, Profile, RunCreate, SettingsValues } from '@mlx-manager/shared';
import type { Clock, EventBus, Logger } from '../../core/index.js';
import type { ChatPrompt, EngineAdapter, RenderedPrompt } from '../../engines/index.js';
import type { Gateway, PromptCounter } from '../../gateway/index.js';
import type { ChatsRepository, MessagesRepository, RunsRepository } from '../../store/index.js';

/** Where chats, messages and runs are kept. */
export interface RunStorage {
  readonly chats: Pick<ChatsRepository, 'transaction' | 'find' | 'update' | 'setHead' | 'refresh'>;
  readonly messages: Pick<MessagesRepository, 'find' | 'path' | 'insert' | 'flush' | 'update'>;
  readonly runs: Pick<RunsRepository<RunCreate>, 'insert' | 'update' | 'find' | 'interruptAll'>;
  /** A file of a message; null when it is gone. */
  readonly attachment: (id: string) => Promise<{ readonly info: Attachment; readonly bytes: Uint8Array } | null>;
}

/** Who answers on this machine, and what it can. */
export interface Answerer {
  readonly profile: Profile;
  /** Null when the model's files are not here. */
  readonly characteristics: Characteristics | null;
}

export interface RunsDeps {
  readonly storage: RunStorage;
  readonly gateway: Pick<Gateway, 'chat'>;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sleepGuard: { hold(reason: string): () => void };
  readonly setting: <K extends 'defaultProfileId' | 'chatTitles'>(key: K) => SettingsValues[K];
  /** Null when it was deleted. */
  readonly profile: (id: number) => Profile | null;
  /** Null when it was deleted. */
  readonly persona: (id: number) => Persona | null;
  /** Who answers a request for a model; null when a provider does. @throws AgentError as the gateway does. */
  readonly answerer: (model: string, body: Readonly<Record<string, unknown>>) => Promise<Answerer | null>;
  readonly countPrompt: PromptCounter;
  /** The prompt of a profile's model as text; null when it cannot be rendered. */
  readonly render: (profileId: number, chat: ChatPrompt) => Promise<RenderedPrompt | null>;
  /** The engine of a profile. */
  readonly adapter: (profile: Profile) => EngineAdapter;
  /** Whether a profile's model is loaded and answers at once. */
  readonly isLoaded: (profileId: number) => boolean;
  /** Tests shorten them. */
  readonly timings?: Partial<RunTimings>;
}

/** Milliseconds. */
export interface RunTimings {
  /** At most so much of an answer is lost with the process. */
  readonly flush: number;
  /** Deltas that arrive within it are told together. */
  readonly merge: number;
  /** Pauses before the second, third… try. */
  readonly retries: readonly number[];
  /** Pause before an end that could not be written down is tried again; twice as long each time. */
  readonly rewrite: number;
  /** For watchers to read the last event when the agent stops. */
  readonly leave: number;
}
export const runTimings: RunTimings = { flush: 500, merge: 10, retries: [500, 2_000], rewrite: 1_000, leave: 500 };
