/** What Ollama's endpoints need of the rooms around them. */
import type { LocalModel, Server } from '@mlx-manager/shared';
import type { EventBus } from '../../core/index.js';
import type { DownloadService } from '../../downloads/index.js';
import type { HttpServer } from '../../http/index.js';
import type { Admission } from '../../pool/index.js';
import type { Gateway } from '../core/gateway.js';
import type { ModelIndex } from '../core/model-index.js';
import type { RespondDeps } from '../core/respond.js';

/** What the listener is made from. */
export type OllamaOptions = Omit<OllamaDeps, 'timings'> & Partial<RespondDeps>;

export interface OllamaDeps extends RespondDeps {
  readonly gateway: Pick<Gateway, 'chat' | 'whole'>;
  readonly models: Pick<ModelIndex, 'profiles' | 'known' | 'find'>;
  readonly pool: Admission;
  readonly bus: EventBus;
  readonly local: { list(): Promise<LocalModel[]>; remove(modelId: string): Promise<void> };
  readonly removeProfile: (profileId: number) => Promise<void>;
  readonly downloads: Pick<DownloadService, 'start' | 'get' | 'list' | 'pause'>;
  readonly servers: () => readonly Server[];
  /** When loaded profiles are unloaded, milliseconds since 1970; those that stay are not in it. */
  readonly unloadTimes: () => Promise<ReadonlyMap<number, number>>;
  /** Whether whoever reaches the listener may pull and delete without a key. */
  readonly writesOpen: () => boolean;
  /** Logs a warning about requests for a model, the first time. */
  readonly warnOnce: (model: string, warning: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Adds `/v1` to the same server: clients of Ollama use both. */
  readonly mountV1?: (http: HttpServer) => void;
}
