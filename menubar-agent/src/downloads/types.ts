/** What the downloads need from outside, and what they remember. */
import type { Clock, EventBus, Logger } from '../core/index.js';
import type { HubClient, HubFile, HubTransport, WritableHubCache } from '../hub/index.js';
import type { DownloadTask } from '@mlx-manager/shared';

/** A task as it is kept: what everybody sees, and which files it fetches. */
export interface DownloadRecord {
  readonly task: DownloadTask;
  /** The files of `task.commit`; null until they are known. */
  readonly files: readonly HubFile[] | null;
}

/** Where tasks are kept; the store implements it. */
export interface DownloadsRepository {
  all(): DownloadRecord[];
  /** Inserts or replaces by `task.taskId`. Called at changes of status, not for progress. */
  save(record: DownloadRecord): void;
  remove(taskId: string): void;
}

/** How patient a download is. */
export interface TransferLimits {
  /** Bytes of one request; a larger file is fetched in several. */
  readonly segmentBytes: number;
  /** Bytes gathered before they are written. */
  readonly writeBytes: number;
  /** Milliseconds without a byte after which a request is given up and made again. */
  readonly stallMs: number;
  /** Requests in a row that brought nothing, after which the task fails. */
  readonly maxAttempts: number;
  /** Milliseconds before the second attempt; doubled each time, up to the longest. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

export const DEFAULT_LIMITS: TransferLimits = {
  // A request costs a round trip or two, some 100 ms; 32 MiB last about a second on one of the hub's connections (40 MB/s).
  segmentBytes: 32 * 1024 * 1024,
  writeBytes: 1024 * 1024,
  stallMs: 30_000,
  maxAttempts: 8,
  firstDelayMs: 1_000,
  longestDelayMs: 60_000,
};

export interface DownloadDeps {
  readonly hub: HubClient;
  /** The same door to the hub that the client uses. */
  readonly transport: HubTransport;
  readonly cache: WritableHubCache;
  readonly repository: DownloadsRepository;
  /** `paths.downloads`; made when missing. */
  readonly journalFolder: string;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tasks at once; read anew each time. */
  readonly maxDownloads: () => number;
  /** Requests at once for one task; read when the task begins. */
  readonly connections: () => number;
  /** Keeps the machine awake while anything is being fetched. */
  readonly sleepGuard?: { hold(reason: string): () => void };
  /** Bytes free to us on the disk that holds a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
  readonly limits?: Partial<TransferLimits>;
}
