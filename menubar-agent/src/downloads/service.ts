/** Downloads: what is asked for, waits, runs, and is remembered over restarts. */
import { mkdir, statfs } from 'node:fs/promises';
import { AgentError, type DownloadTask } from '@mlx-manager/shared';
import { etagOf } from '../hub/index.js';
import { fileExists } from './files.js';
import { sweepJournals } from './journal.js';
import { discardPartial } from './partial-file.js';
import { ProgressTicker, SpeedMeter } from './progress.js';
import { AT_REST, ENDED, mustBe, percent, TaskList, UNFINISHED, type TaskEntry } from './task-list.js';
import { runTask } from './task-run.js';
import { DEFAULT_LIMITS, type DownloadDeps, type TransferLimits } from './types.js';

const CANCELLABLE = [...UNFINISHED, 'paused', 'failed'] as const;

/**
 * The download service. One task per model and revision; a model's tasks never run side by side, since they share blobs.
 * Beside `hf` (huggingface_hub since 1.18) on the same cache it is safe: each writes a file of its own and renames it when whole. Locks are
 * not taken, since Node has no `flock`: an older `hf`, or a second agent with another state folder, that fetches the same file at the same
 * moment can damage the partial file; the checksum finds that out, and the file is fetched again.
 */
export class DownloadService {
  readonly #tasks: TaskList;
  /** Tasks that wait, in the order they were asked for. */
  #queue: TaskEntry[] = [];
  readonly #limits: TransferLimits;
  readonly #freeBytes: (folder: string) => Promise<number>;
  readonly #unsubscribe: () => void;
  #stopping = false;

  constructor(private readonly deps: DownloadDeps) {
    this.#limits = { ...DEFAULT_LIMITS, ...deps.limits };
    this.#freeBytes = deps.freeBytes ?? systemFreeBytes;
    this.#tasks = new TaskList(deps);
    // The number of downloads at once may have been raised.
    this.#unsubscribe = deps.bus.on('settings.updated', () => this.#pump());
  }

  /** All tasks, oldest first. */
  list(): DownloadTask[] {
    return this.#tasks.all().map((entry) => entry.task);
  }

  /** @throws DOWNLOAD_NOT_FOUND. */
  get(taskId: string): DownloadTask {
    return this.#tasks.get(taskId).task;
  }

  /**
   * Wants a model. Answers at once: what the hub says of it shows in the task. Two wishes for one model and revision share one task;
   * a paused, failed or cancelled one goes on; for a model that is here the task is completed, and the hub is not asked.
   * @param options.update asks the hub for a newer commit even when the model is here.
   * @throws SHUTTING_DOWN.
   */
  async start(modelId: string, revision = 'main', options: { update?: boolean } = {}): Promise<DownloadTask> {
    if (this.#stopping) throw new AgentError('SHUTTING_DOWN');
    const entry = this.#tasks.of(modelId, revision);
    return this.#tasks.inTurn(entry, async () => {
      if (entry.run !== null || this.#queue.includes(entry)) return entry.task;
      const here = options.update === true ? null : await this.#localSnapshot(modelId, revision);
      if (here !== null) {
        await this.#completeLocally(entry, here);
        return entry.task;
      }
      if (entry.task.status === 'completed') {
        entry.files = null; // it was deleted since, or a newer commit is wanted
        this.#tasks.change(entry, { commit: null, localPath: null });
      }
      this.#enqueue(entry);
      return entry.task;
    });
  }

  /** Stops for now; what is here stays. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE. */
  async pause(taskId: string): Promise<DownloadTask> {
    const entry = this.#tasks.get(taskId);
    return this.#tasks.inTurn(entry, async () => {
      if (entry.task.status === 'paused') return entry.task;
      mustBe(entry, UNFINISHED, 'paused');
      await this.#halt(entry);
      mustBe(entry, UNFINISHED, 'paused'); // it may have ended while it was being stopped
      this.#tasks.change(entry, { ...AT_REST, status: 'paused' });
      return entry.task;
    });
  }

  /** Goes on with a paused or failed task. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE, SHUTTING_DOWN. */
  async resume(taskId: string): Promise<DownloadTask> {
    if (this.#stopping) throw new AgentError('SHUTTING_DOWN');
    const entry = this.#tasks.get(taskId);
    return this.#tasks.inTurn(entry, () => {
      if (UNFINISHED.includes(entry.task.status)) return entry.task;
      mustBe(entry, ['paused', 'failed'], 'resumed');
      this.#enqueue(entry);
      return entry.task;
    });
  }

  /** Gives a task up, with the bytes that nobody else needs. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE. */
  async cancel(taskId: string): Promise<DownloadTask> {
    const entry = this.#tasks.get(taskId);
    return this.#tasks.inTurn(entry, async () => {
      if (entry.task.status === 'cancelled') return entry.task;
      mustBe(entry, CANCELLABLE, 'cancelled');
      await this.#halt(entry);
      mustBe(entry, CANCELLABLE, 'cancelled');
      await this.#discard(entry);
      const nothing = { progress: 0, downloadedBytes: 0, totalBytes: null, filesDone: 0, filesTotal: null, commit: null, error: null };
      this.#tasks.change(entry, { ...AT_REST, ...nothing, status: 'cancelled' });
      return entry.task;
    });
  }

  /** Takes an ended task off the list; a failed one's bytes go with it. @throws DOWNLOAD_NOT_FOUND, DOWNLOAD_STATE. */
  async remove(taskId: string): Promise<void> {
    const entry = this.#tasks.get(taskId);
    await this.#tasks.inTurn(entry, async () => {
      mustBe(entry, ENDED, 'removed');
      if (entry.task.status === 'failed') await this.#discard(entry);
      this.#tasks.remove(entry);
    });
  }

  /** At the agent's start: what was under way goes on from the bytes on the disk. Paused tasks stay paused. */
  async resumeAll(): Promise<void> {
    await mkdir(this.deps.journalFolder, { recursive: true, mode: 0o700 });
    await sweepJournals(this.deps.journalFolder, fileExists);
    // In turn: somebody may want the same task just now, and it must not run twice.
    const resumed = this.#tasks.all().map((entry) =>
      this.#tasks.inTurn(entry, () => {
        if (UNFINISHED.includes(entry.task.status) && entry.run === null && !this.#queue.includes(entry)) this.#enqueue(entry);
      }),
    );
    await Promise.all(resumed);
  }

  /** At the agent's end: stops everything and keeps each status, so that the next start goes on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#unsubscribe();
    const running = this.#tasks.all().filter((entry) => entry.run !== null);
    this.#queue = [];
    await Promise.all(running.map((entry) => this.#halt(entry)));
    for (const entry of running) this.#tasks.save(entry);
  }

  #enqueue(entry: TaskEntry): void {
    this.#queue.push(entry);
    this.#tasks.change(entry, { ...AT_REST, status: 'queued', error: null });
    this.#pump();
  }

  /** Begins as many waiting tasks as may run. */
  #pump(): void {
    if (this.#stopping) return;
    for (const entry of [...this.#queue]) {
      const running = this.#tasks.all().filter((other) => other.run !== null);
      if (running.length >= this.deps.maxDownloads()) return;
      if (running.some((other) => other.task.modelId === entry.task.modelId)) continue;
      this.#queue = this.#queue.filter((waiting) => waiting !== entry);
      this.#begin(entry);
    }
  }

  #begin(entry: TaskEntry): void {
    const { logger, sleepGuard } = this.deps;
    const controller = new AbortController();
    const { modelId } = entry.task;
    const release = sleepGuard?.hold(`downloading ${modelId}`);
    const done = this.#run(entry, controller.signal)
      .catch((error: unknown) => {
        // Whoever stopped it says what it is now.
        if (controller.signal.aborted) return;
        const known = error instanceof AgentError ? error : new AgentError('INTERNAL', {}, { cause: error });
        logger[known === error ? 'warn' : 'error']({ err: error, modelId, code: known.code }, 'download: failed');
        // The commit is gone from the hub; the next attempt asks what the revision names now.
        const isGone = known.code === 'REVISION_NOT_FOUND';
        if (isGone) entry.files = null;
        this.#tasks.change(entry, { ...AT_REST, ...(isGone ? { commit: null } : {}), status: 'failed', error: known.toTaskError() });
      })
      .finally(() => {
        entry.run = null;
        release?.();
        this.#pump();
      });
    entry.run = { controller, done };
  }

  async #run(entry: TaskEntry, signal: AbortSignal): Promise<void> {
    const { clock, bus } = this.deps;
    this.#tasks.change(entry, { status: 'starting' });
    const { modelId, revision, commit } = entry.task;
    const speed = new SpeedMeter(clock);
    const ticker = new ProgressTicker(clock, () => this.#tasks.announce(entry, speed.bytesPerSecond));
    const pinned = commit !== null && entry.files !== null ? { commit, files: entry.files } : null;
    const listener = {
      onFiles: (found: string, files: NonNullable<TaskEntry['files']>): void => {
        entry.files = files;
        this.#tasks.change(entry, { commit: found });
      },
      onStart: (present: { bytes: number; files: number }, total: { bytes: number; files: number }): void => {
        const bytes = { downloadedBytes: present.bytes, totalBytes: total.bytes };
        const files = { filesDone: present.files, filesTotal: total.files };
        this.#tasks.change(entry, { ...bytes, ...files, status: 'downloading', progress: percent(bytes) });
        ticker.start();
      },
      onBytes: (bytes: number): void => {
        // Bytes that arrived damaged are taken back.
        entry.task = { ...entry.task, downloadedBytes: entry.task.downloadedBytes + bytes };
        if (bytes > 0) speed.add(bytes);
        ticker.moved();
      },
      onFile: (file: string): void => {
        entry.task = { ...entry.task, file };
      },
      onFileDone: (filesDone: number): void => {
        entry.task = { ...entry.task, filesDone };
        ticker.moved();
      },
    };
    try {
      const deps = { ...this.deps, limits: this.#limits, freeBytes: this.#freeBytes };
      const localPath = await runTask(deps, { modelId, revision, pinned, signal }, listener);
      this.#complete(entry, entry.task.commit, localPath);
      bus.emit('model.changed', { modelId, change: 'added' });
    } finally {
      ticker.stop();
    }
  }

  #complete(entry: TaskEntry, commit: string | null, localPath: string): void {
    const { totalBytes, filesTotal } = entry.task;
    entry.files = null; // the cache knows them now
    const all = { progress: 100, downloadedBytes: totalBytes ?? 0, filesDone: filesTotal ?? 0 };
    this.#tasks.change(entry, { ...AT_REST, ...all, status: 'completed', commit, localPath, error: null });
  }

  /** Another tool, or an earlier task, has brought all of it. */
  async #completeLocally(entry: TaskEntry, { commit, localPath }: { commit: string; localPath: string }): Promise<void> {
    if (entry.task.status === 'completed' && entry.task.localPath === localPath) return;
    const layout = this.deps.cache.layout(entry.task.modelId);
    for (const file of entry.files ?? []) await discardPartial(this.deps.journalFolder, layout.partial(etagOf(file)));
    this.#complete(entry, commit, localPath);
  }

  /** Stops a task's run or takes it from the queue. */
  async #halt(entry: TaskEntry): Promise<void> {
    this.#queue = this.#queue.filter((waiting) => waiting !== entry);
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
  async #discard(entry: TaskEntry): Promise<void> {
    const { cache, journalFolder } = this.deps;
    const { modelId } = entry.task;
    const others = this.#tasks.all().filter((other) => other !== entry && other.task.modelId === modelId && other.files !== null);
    const wanted = new Set(others.flatMap((other) => (other.files ?? []).map(etagOf)));
    const shown = new Set((await cache.find(modelId))?.revisions.flatMap((revision) => revision.files.map((file) => file.blobPath)));
    const layout = cache.layout(modelId);
    for (const etag of new Set((entry.files ?? []).map(etagOf))) {
      if (wanted.has(etag)) continue;
      await discardPartial(journalFolder, layout.partial(etag));
      if (!shown.has(layout.blob(etag))) await cache.removeBlob(layout.blob(etag));
    }
    entry.files = null;
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
