/** Downloads: what is asked for, waits, runs, and is remembered over restarts. */
import { randomUUID } from 'node:crypto';
import { mkdir, statfs } from 'node:fs/promises';
import { AgentError, type DownloadStatus, type DownloadTask } from '@mlx-manager/shared';
import { toTimestamp } from '../core/index.js';
import { etagOf, type HubFile } from '../hub/index.js';
import { fileExists } from './files.js';
import { removeJournal, sweepJournals } from './journal.js';
import { ProgressTicker, SpeedMeter } from './progress.js';
import { runTask } from './task-run.js';
import { DEFAULT_LIMITS, type DownloadDeps, type TransferLimits } from './types.js';

interface Run {
  readonly controller: AbortController;
  /** Settles when the run is over, never rejects. */
  readonly done: Promise<void>;
}
interface Entry {
  task: DownloadTask;
  files: readonly HubFile[] | null;
  run: Run | null;
  /** The command under way for this task; commands for one task follow each other. */
  turn: Promise<unknown>;
}

const UNFINISHED: readonly DownloadStatus[] = ['queued', 'starting', 'downloading'];
const ENDED: readonly DownloadStatus[] = ['completed', 'failed', 'cancelled'];

/**
 * The download service. One task per model and revision; a model's tasks never run side by side, since they share blobs.
 * Beside another process on the same cache (`hf`) it is safe: each writes a file of its own and renames it when whole.
 */
export class DownloadService {
  readonly #entries = new Map<string, Entry>();
  /** Ids of tasks that wait, in the order they were asked for. */
  #queue: string[] = [];
  readonly #limits: TransferLimits;
  readonly #freeBytes: (folder: string) => Promise<number>;
  #stopping = false;
  readonly #unsubscribe: () => void;

  constructor(private readonly deps: DownloadDeps) {
    this.#limits = { ...DEFAULT_LIMITS, ...deps.limits };
    this.#freeBytes = deps.freeBytes ?? systemFreeBytes;
    for (const { task, files } of deps.repository.all()) this.#entries.set(task.taskId, { task, files, run: null, turn: Promise.resolve() });
    // The number of downloads at once may have been raised.
    this.#unsubscribe = deps.bus.on('settings.updated', () => this.#pump());
  }

  /** All tasks, oldest first. */
  list(): DownloadTask[] {
    return [...this.#entries.values()].map((entry) => entry.task).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  /** @throws DOWNLOAD_NOT_FOUND. */
  get(taskId: string): DownloadTask {
    return this.#entry(taskId).task;
  }

  /**
   * Wants a model. Answers at once: what the hub says of it shows in the task. Two wishes for one model and revision share one task;
   * a paused, failed or cancelled one goes on; for a model that is here the task is completed, and the hub is not asked.
   * @param options.update asks the hub for a newer commit even when the model is here.
   */
  async start(modelId: string, revision = 'main', options: { update?: boolean } = {}): Promise<DownloadTask> {
    if (this.#stopping) throw new AgentError('SHUTTING_DOWN');
    const same = [...this.#entries.values()].find(({ task }) => task.modelId === modelId && task.revision === revision);
    const entry = same ?? this.#create(modelId, revision);
    return this.#inTurn(entry, async () => {
      if (UNFINISHED.includes(entry.task.status) && (entry.run !== null || this.#queue.includes(entry.task.taskId))) return entry.task;
      const here = options.update === true ? null : await this.#localSnapshot(modelId, revision);
      if (here !== null) {
        if (entry.task.status !== 'completed' || entry.task.localPath !== here.localPath) this.#complete(entry, here);
        return entry.task;
      }
      if (entry.task.status === 'completed') {
        entry.files = null; // it was deleted since, or a newer commit is wanted
        this.#change(entry, { commit: null, localPath: null });
      }
      this.#enqueue(entry);
      return entry.task;
    });
  }

  /** Stops for now; what is here stays. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE. */
  async pause(taskId: string): Promise<DownloadTask> {
    const entry = this.#entry(taskId);
    return this.#inTurn(entry, async () => {
      if (entry.task.status === 'paused') return entry.task;
      this.#mustBe(entry, UNFINISHED, 'paused');
      await this.#halt(entry);
      this.#mustBe(entry, UNFINISHED, 'paused'); // it may have ended while it was being stopped
      this.#change(entry, { status: 'paused', speedMbps: 0, etaSeconds: null, file: null });
      return entry.task;
    });
  }

  /** Goes on with a paused or failed task. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE. */
  async resume(taskId: string): Promise<DownloadTask> {
    if (this.#stopping) throw new AgentError('SHUTTING_DOWN');
    const entry = this.#entry(taskId);
    return this.#inTurn(entry, () => {
      if (!UNFINISHED.includes(entry.task.status)) {
        this.#mustBe(entry, ['paused', 'failed'], 'resumed');
        this.#enqueue(entry);
      }
      return entry.task;
    });
  }

  /** Gives a task up, with the bytes that nobody else needs. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE. */
  async cancel(taskId: string): Promise<DownloadTask> {
    const entry = this.#entry(taskId);
    return this.#inTurn(entry, async () => {
      if (entry.task.status === 'cancelled') return entry.task;
      const cancellable = [...UNFINISHED, 'paused', 'failed'] as const;
      this.#mustBe(entry, cancellable, 'cancelled');
      await this.#halt(entry);
      this.#mustBe(entry, cancellable, 'cancelled');
      await this.#discard(entry);
      this.#change(entry, { status: 'cancelled', progress: 0, downloadedBytes: 0, filesDone: 0, speedMbps: 0, etaSeconds: null, file: null, error: null });
      return entry.task;
    });
  }

  /** Takes an ended task off the list; a failed one's bytes go with it. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE. */
  async remove(taskId: string): Promise<void> {
    const entry = this.#entry(taskId);
    await this.#inTurn(entry, async () => {
      this.#mustBe(entry, ENDED, 'removed');
      if (entry.task.status === 'failed') await this.#discard(entry);
      this.#entries.delete(taskId);
      this.deps.repository.remove(taskId);
      this.deps.bus.emit('download.removed', { taskId });
    });
  }

  /** At the agent's start: what was under way goes on from the bytes on the disk. Paused tasks stay paused. */
  async resumeAll(): Promise<void> {
    await mkdir(this.deps.journalFolder, { recursive: true, mode: 0o700 });
    await sweepJournals(this.deps.journalFolder, fileExists);
    for (const task of this.list()) {
      if (UNFINISHED.includes(task.status)) this.#enqueue(this.#entry(task.taskId));
    }
  }

  /** At the agent's end: stops everything and keeps each status, so that the next start goes on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#unsubscribe();
    this.#queue = [];
    await Promise.all([...this.#entries.values()].map((entry) => this.#halt(entry)));
    for (const entry of this.#entries.values()) this.#save(entry);
  }

  #create(modelId: string, revision: string): Entry {
    const now = toTimestamp(this.deps.clock.now());
    const task: DownloadTask = {
      ...{ taskId: randomUUID(), modelId, revision, commit: null, status: 'queued', progress: 0, downloadedBytes: 0, totalBytes: null },
      ...{ speedMbps: 0, etaSeconds: null, file: null, filesDone: 0, filesTotal: null, error: null, localPath: null, createdAt: now, updatedAt: now },
    };
    const entry: Entry = { task, files: null, run: null, turn: Promise.resolve() };
    this.#entries.set(task.taskId, entry);
    return entry;
  }

  #entry(taskId: string): Entry {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) throw new AgentError('DOWNLOAD_NOT_FOUND', { taskId });
    return entry;
  }

  #mustBe({ task }: Entry, statuses: readonly DownloadStatus[], verb: string): void {
    if (!statuses.includes(task.status)) throw new AgentError('DOWNLOAD_STATE', { status: task.status, verb });
  }

  async #inTurn<T>(entry: Entry, command: () => T | Promise<T>): Promise<T> {
    const turn = entry.turn.then(command);
    entry.turn = turn.catch(() => undefined); // told to whoever gave the command
    return turn;
  }

  /** Changes a task, keeps it and says so. */
  #change(entry: Entry, changes: Partial<DownloadTask>): void {
    entry.task = { ...entry.task, ...changes, updatedAt: toTimestamp(this.deps.clock.now()) };
    this.#save(entry);
    this.deps.bus.emit('download.updated', entry.task);
  }

  #save({ task, files }: Entry): void {
    this.deps.repository.save({ task, files });
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry.task.taskId);
    this.#change(entry, { status: 'queued', error: null, speedMbps: 0, etaSeconds: null, file: null });
    this.#pump();
  }

  /** Begins as many waiting tasks as may run. */
  #pump(): void {
    if (this.#stopping) return;
    for (const taskId of [...this.#queue]) {
      const running = [...this.#entries.values()].filter((entry) => entry.run !== null);
      if (running.length >= this.deps.maxDownloads()) return;
      const entry = this.#entry(taskId);
      if (running.some((other) => other.task.modelId === entry.task.modelId)) continue;
      this.#queue = this.#queue.filter((id) => id !== taskId);
      this.#begin(entry);
    }
  }

  #begin(entry: Entry): void {
    const controller = new AbortController();
    const release = this.deps.sleepGuard?.hold(`downloading ${entry.task.modelId}`);
    const done = this.#run(entry, controller.signal)
      .catch((error: unknown) => {
        // Whoever stopped it says what it is now.
        if (controller.signal.aborted) return;
        if (!(error instanceof AgentError)) this.deps.logger.error({ err: error, modelId: entry.task.modelId }, 'download: unexpected failure');
        const known = error instanceof AgentError ? error : new AgentError('INTERNAL', {}, { cause: error });
        // The commit is gone from the hub; the next attempt asks what the revision names now.
        const unpinned = known.code === 'REVISION_NOT_FOUND' ? { commit: null } : {};
        if (known.code === 'REVISION_NOT_FOUND') entry.files = null;
        this.deps.logger.warn({ modelId: entry.task.modelId, code: known.code }, 'download: failed');
        this.#change(entry, { ...unpinned, status: 'failed', error: known.toTaskError(), speedMbps: 0, etaSeconds: null, file: null });
      })
      .finally(() => {
        entry.run = null;
        release?.();
        this.#pump();
      });
    entry.run = { controller, done };
  }

  async #run(entry: Entry, signal: AbortSignal): Promise<void> {
    const { clock, bus } = this.deps;
    this.#change(entry, { status: 'starting' });
    const { modelId, revision, commit } = entry.task;
    const speed = new SpeedMeter(clock);
    const ticker = new ProgressTicker(clock, () => {
      entry.task = { ...entry.task, ...figures(entry.task, speed.bytesPerSecond), updatedAt: toTimestamp(clock.now()) };
      bus.emit('download.updated', entry.task);
    });
    const pinned = commit !== null && entry.files !== null ? { commit, files: entry.files } : null;
    try {
      const localPath = await runTask(
        { ...this.deps, limits: this.#limits, freeBytes: this.#freeBytes },
        { modelId, revision, pinned, signal },
        {
          onFiles: (found, files) => {
            entry.files = files;
            this.#change(entry, { commit: found });
          },
          onStart: (present, total) => {
            const begun = { ...entry.task, status: 'downloading' as const, downloadedBytes: present.bytes, totalBytes: total.bytes };
            this.#change(entry, { ...begun, filesDone: present.files, filesTotal: total.files, progress: percent(begun) });
            ticker.start();
          },
          onBytes: (bytes) => {
            // Bytes that arrived damaged are taken back.
            entry.task = { ...entry.task, downloadedBytes: entry.task.downloadedBytes + bytes };
            if (bytes > 0) speed.add(bytes);
            ticker.moved();
          },
          onFile: (file) => {
            entry.task = { ...entry.task, file };
          },
          onFileDone: (filesDone) => {
            entry.task = { ...entry.task, filesDone };
            ticker.moved();
          },
        },
      );
      this.#complete(entry, { commit: entry.task.commit ?? '', localPath });
      bus.emit('model.changed', { modelId, change: 'added' });
    } finally {
      ticker.stop();
    }
  }

  #complete(entry: Entry, { commit, localPath }: { commit: string; localPath: string }): void {
    const { totalBytes, filesTotal } = entry.task;
    entry.files = null; // the cache knows them now
    this.#change(entry, {
      ...{ status: 'completed', commit, localPath, progress: 100, downloadedBytes: totalBytes ?? 0, filesDone: filesTotal ?? 0 },
      ...{ speedMbps: 0, etaSeconds: null, file: null, error: null },
    });
  }

  /** Stops a task's run or takes it from the queue. */
  async #halt(entry: Entry): Promise<void> {
    this.#queue = this.#queue.filter((taskId) => taskId !== entry.task.taskId);
    entry.run?.controller.abort(new DOMException('stopped', 'AbortError'));
    await entry.run?.done;
  }

  /** The snapshot a revision names in the cache, when it is whole. */
  async #localSnapshot(modelId: string, revision: string): Promise<{ commit: string; localPath: string } | null> {
    const model = await this.deps.cache.find(modelId);
    const found = model?.revisions.find(({ commit, refs }) => commit === revision || refs.includes(revision));
    return found?.complete === true ? { commit: found.commit, localPath: found.snapshotPath } : null;
  }

  /** Deletes the partial files of a task, and blobs of it that no snapshot shows, unless another task wants them. */
  async #discard(entry: Entry): Promise<void> {
    const { cache, journalFolder } = this.deps;
    const { modelId } = entry.task;
    const others = [...this.#entries.values()].filter((other) => other !== entry && other.task.modelId === modelId && !['completed', 'cancelled'].includes(other.task.status));
    const wanted = new Set(others.flatMap((other) => (other.files ?? []).map(etagOf)));
    const model = await cache.find(modelId);
    const shown = new Set(model?.revisions.flatMap((revision) => revision.files.map((file) => file.blobPath)));
    const layout = cache.layout(modelId);
    for (const etag of new Set((entry.files ?? []).map(etagOf))) {
      if (wanted.has(etag)) continue;
      await cache.removeBlob(layout.partial(etag));
      await removeJournal(journalFolder, layout.partial(etag));
      if (!shown.has(layout.blob(etag))) await cache.removeBlob(layout.blob(etag));
    }
    entry.files = null;
    entry.task = { ...entry.task, commit: null, totalBytes: null, filesTotal: null };
    const left = await cache.find(modelId);
    // Nothing of the model is left but empty folders; they would show as a model.
    if (left !== null && left.revisions.length === 0 && left.sizeBytes === 0 && others.length === 0) await cache.remove(modelId);
  }
}

/** Free to this user on the disk that holds a folder. */
async function systemFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function figures(task: DownloadTask, bytesPerSecond: number): Pick<DownloadTask, 'progress' | 'speedMbps' | 'etaSeconds'> {
  const left = (task.totalBytes ?? 0) - task.downloadedBytes;
  return {
    progress: percent(task),
    speedMbps: Math.round(bytesPerSecond / 1e4) / 100,
    etaSeconds: task.totalBytes === null || bytesPerSecond <= 0 ? null : Math.ceil(left / bytesPerSecond),
  };
}

/** One decimal, and 100 only when it is completed. */
function percent({ downloadedBytes, totalBytes }: Pick<DownloadTask, 'downloadedBytes' | 'totalBytes'>): number {
  if (totalBytes === null || totalBytes === 0) return 0;
  return Math.min(99.9, Math.floor((downloadedBytes / totalBytes) * 1000) / 10);
}
