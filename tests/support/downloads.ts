/** The download service on a real cache and a stand-in hub, put together as the agent does it. */
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadTask } from '@mlx-manager/shared';
import { EventBus, silentLogger, systemClock, type Logger } from '../../menubar-agent/src/core/index.js';
import {
  DownloadService,
  type DownloadDeps,
  type DownloadRecord,
  type DownloadsRepository,
} from '../../menubar-agent/src/downloads/index.js';
import { createHubCache, createHubClient, createHubTransport, type WritableHubCache } from '../../menubar-agent/src/hub/index.js';

/** Limits that make tests quick. Silence is borne for long: bytes are counted, and a busy machine is silent too. */
export const IMPATIENT = {
  segmentBytes: 256 * 1024,
  writeBytes: 32 * 1024,
  stallMs: 30_000,
  maxAttempts: 3,
  firstDelayMs: 10,
  longestDelayMs: 50,
} as const;

/** Keeps tasks in a file, as the database would. */
export function fileRepository(path: string): DownloadsRepository {
  const read = (): DownloadRecord[] => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as DownloadRecord[];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };
  const write = (records: DownloadRecord[]): void => {
    writeFileSync(`${path}.tmp`, JSON.stringify(records));
    renameSync(`${path}.tmp`, path);
  };
  return {
    all: read,
    save: (record) => write([...read().filter(({ task }) => task.taskId !== record.task.taskId), record]),
    remove: (taskId) => write(read().filter(({ task }) => task.taskId !== taskId)),
  };
}

export interface DownloadRig {
  readonly home: string;
  readonly root: string;
  readonly journals: string;
  readonly bus: EventBus;
  readonly cache: WritableHubCache;
  readonly service: DownloadService;
  /** Every `download.updated` so far. */
  readonly updates: DownloadTask[];
  /** Resolves with the first state of the task, from now on, that fits. */
  until(taskId: string, fits: (task: DownloadTask) => boolean, timeoutMs?: number): Promise<DownloadTask>;
  /** Stops the service and deletes its folder. */
  end(): Promise<void>;
}

/** @param home an earlier rig's folder, to play a restart. */
export function makeDownloads(
  endpoint: string,
  options: Partial<DownloadDeps> & { home?: string; token?: string; logger?: Logger } = {},
): DownloadRig {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'mlx-manager-downloads-'));
  const root = join(home, 'hub');
  const journals = join(home, 'journals');
  const logger = options.logger ?? silentLogger();
  const bus = new EventBus((error) => {
    throw error;
  });
  const transport = createHubTransport({ endpoint: () => endpoint, token: () => options.token ?? null });
  const cache = createHubCache({ root: () => root, logger });
  const updates: DownloadTask[] = [];
  bus.on('download.updated', (task) => updates.push(task));
  const service = new DownloadService({
    hub: createHubClient({ endpoint: () => endpoint, token: () => options.token ?? null, transport, timeoutMs: 5_000 }),
    repository: fileRepository(join(home, 'tasks.json')),
    maxDownloads: () => 2,
    connections: () => 4,
    limits: IMPATIENT,
    clock: systemClock,
    journalFolder: journals,
    ...{ transport, cache, bus, logger },
    ...options,
  });
  return {
    ...{ home, root, journals, bus, cache, service, updates },
    until: (taskId, fits, timeoutMs = 40_000) =>
      new Promise((resolve, reject) => {
        const settle = (task: DownloadTask): void => {
          if (task.taskId !== taskId || !fits(task)) return;
          clearTimeout(timer);
          unsubscribe();
          resolve(task);
        };
        const timer = setTimeout(() => {
          unsubscribe();
          reject(new Error(`the task did not get there; it is ${JSON.stringify(service.get(taskId))}`));
        }, timeoutMs);
        const unsubscribe = bus.on('download.updated', settle);
        settle(service.get(taskId));
      }),
    async end() {
      await service.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Whether a task has come to an end, of whatever kind. */
export const isOver = (task: DownloadTask): boolean => ['completed', 'failed', 'cancelled'].includes(task.status);
