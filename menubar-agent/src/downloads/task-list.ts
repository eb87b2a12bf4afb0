/** The tasks themselves: kept, announced, and changed by one command at a time. */
import { randomUUID } from 'node:crypto';
import { AgentError, type DownloadStatus, type DownloadTask } from '@mlx-manager/shared';
import { toTimestamp, type Clock, type EventBus } from '../core/index.js';
import type { HubFile } from '../hub/index.js';
import type { DownloadsRepository } from './types.js';

/** A task with what belongs to it while the agent runs. */
export interface TaskEntry {
  task: DownloadTask;
  files: readonly HubFile[] | null;
  run: TaskRun | null;
  /** The command under way for this task; commands for one task follow each other. */
  turn: Promise<unknown>;
}
export interface TaskRun {
  readonly controller: AbortController;
  /** Settles when the run is over, never rejects. */
  readonly done: Promise<void>;
}

export const UNFINISHED: readonly DownloadStatus[] = ['queued', 'starting', 'downloading'];
export const ENDED: readonly DownloadStatus[] = ['completed', 'failed', 'cancelled'];
/** What a task that is not being fetched shows. */
export const AT_REST = { speedMbps: 0, etaSeconds: null, file: null } as const;

export class TaskList {
  readonly #entries = new Map<string, TaskEntry>();

  constructor(private readonly deps: { repository: DownloadsRepository; bus: EventBus; clock: Clock }) {
    for (const { task, files } of deps.repository.all())
      this.#entries.set(task.taskId, { task, files, run: null, turn: Promise.resolve() });
  }

  /** Oldest first. */
  all(): TaskEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.task.createdAt < b.task.createdAt ? -1 : 1));
  }

  /** @throws DOWNLOAD_NOT_FOUND. */
  get(taskId: string): TaskEntry {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) throw new AgentError('DOWNLOAD_NOT_FOUND', { taskId });
    return entry;
  }

  /** The one task of a model and revision, made when there is none. It is kept and announced at its first change. */
  of(modelId: string, revision: string): TaskEntry {
    const same = this.all().find(({ task }) => task.modelId === modelId && task.revision === revision);
    if (same !== undefined) return same;
    const now = toTimestamp(this.deps.clock.now());
    const entry: TaskEntry = {
      task: {
        taskId: randomUUID(),
        modelId,
        revision,
        commit: null,
        status: 'queued',
        progress: 0,
        downloadedBytes: 0,
        totalBytes: null,
        ...AT_REST,
        filesDone: 0,
        filesTotal: null,
        error: null,
        localPath: null,
        createdAt: now,
        updatedAt: now,
      },
      files: null,
      run: null,
      turn: Promise.resolve(),
    };
    this.#entries.set(entry.task.taskId, entry);
    return entry;
  }

  /** Changes a task, keeps it and says so. */
  change(entry: TaskEntry, changes: Partial<DownloadTask>): void {
    entry.task = { ...entry.task, ...changes, updatedAt: toTimestamp(this.deps.clock.now()) };
    this.save(entry);
    this.deps.bus.emit('download.updated', entry.task);
  }

  /** Says how far a task is, without keeping it: after a restart the bytes on the disk are counted. */
  announce(entry: TaskEntry, bytesPerSecond: number): void {
    const { totalBytes, downloadedBytes } = entry.task;
    const speedMbps = Math.round(bytesPerSecond / 1e4) / 100;
    const etaSeconds = totalBytes === null || bytesPerSecond <= 0 ? null : Math.ceil((totalBytes - downloadedBytes) / bytesPerSecond);
    entry.task = { ...entry.task, progress: percent(entry.task), speedMbps, etaSeconds, updatedAt: toTimestamp(this.deps.clock.now()) };
    this.deps.bus.emit('download.updated', entry.task);
  }

  save({ task, files }: TaskEntry): void {
    this.deps.repository.save({ task, files });
  }

  remove({ task: { taskId } }: TaskEntry): void {
    this.#entries.delete(taskId);
    this.deps.repository.remove(taskId);
    this.deps.bus.emit('download.removed', { taskId });
  }

  /** Runs a command when the task's earlier ones are done. */
  async inTurn<T>(entry: TaskEntry, command: () => T | Promise<T>): Promise<T> {
    const turn = entry.turn.then(command);
    entry.turn = turn.catch(() => undefined); // told to whoever gave the command
    return turn;
  }
}

/** @throws DOWNLOAD_STATE. */
export function mustBe({ task }: TaskEntry, statuses: readonly DownloadStatus[], verb: string): void {
  if (!statuses.includes(task.status)) throw new AgentError('DOWNLOAD_STATE', { status: task.status, verb });
}

/** One decimal, and 100 only when it is completed. */
export function percent({ downloadedBytes, totalBytes }: Pick<DownloadTask, 'downloadedBytes' | 'totalBytes'>): number {
  if (totalBytes === null || totalBytes === 0) return 0;
  return Math.min(99.9, Math.floor((downloadedBytes / totalBytes) * 1000) / 10);
}
