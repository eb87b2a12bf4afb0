/** /api/pull: a download of the agent, told in Ollama's lines. */
import { createHash } from 'node:crypto';
import {
  AgentError,
  isErrorCode,
  modelId as modelIdSchema,
  revision as revisionSchema,
  type DownloadStatus,
  type DownloadTask,
} from '@mlx-manager/shared';
import type { OllamaDeps } from './deps.js';

export interface PullLine {
  readonly status: string;
  readonly digest?: string;
  readonly total?: number;
  readonly completed?: number;
}

/** States in which work goes on. */
const UNDER_WAY: ReadonlySet<string> = new Set<DownloadStatus>(['queued', 'starting', 'downloading']);

type PullDeps = Pick<OllamaDeps, 'downloads' | 'bus'>;

/**
 * What a name means on the hub: `ORG/NAME`, also behind `hf.co/`, with `:REVISION`.
 * @throws AgentError INVALID_REQUEST for names of Ollama's own library.
 */
export function pullTarget(name: string): { modelId: string; revision: string } {
  const bare = name.trim().replace(/^(?:https?:\/\/)?(?:hf\.co|huggingface\.co)\//i, '');
  const [, model = '', tag = 'latest'] = /^([^:]*)(?::(.+))?$/.exec(bare) ?? [];
  const revision = tag === 'latest' ? 'main' : tag;
  if (!model.includes('/') || !modelIdSchema.safeParse(model).success || !revisionSchema.safeParse(revision).success) {
    throw new AgentError('INVALID_REQUEST', {
      problem: `body.model: "${name.slice(0, 200)}" is no model of the Hugging Face hub; write ORG/NAME, e.g. mlx-community/Qwen3-0.6B-4bit (Ollama’s own library holds no MLX models)`,
    });
  }
  return { modelId: model, revision };
}

/** Who reads which download, so that the last one to leave a download that was begun here pauses it. */
export class Pulls {
  readonly #readers = new Map<string, { count: number; begunHere: boolean }>();

  constructor(private readonly deps: PullDeps) {}

  /**
   * Downloads, and tells how far it is. A reader that stops pauses the download, as Ollama does, unless others wait for it or it was under way before.
   * @throws AgentError of the download.
   */
  async *run(name: string, signal: AbortSignal): AsyncGenerator<PullLine> {
    const { modelId, revision } = pullTarget(name);
    const { downloads, bus } = this.deps;
    yield { status: 'pulling manifest' };
    const wake = new Wake();
    const isUnderWay = downloads
      .list()
      .some((task) => task.modelId === modelId && task.revision === revision && UNDER_WAY.has(task.status));
    const { taskId } = await downloads.start(modelId, revision);
    const onTask = (task: { taskId: string }): void => {
      if (task.taskId === taskId) wake.up();
    };
    const offs = [bus.on('download.updated', onTask), bus.on('download.removed', onTask)];
    const onAbort = (): void => wake.up();
    signal.addEventListener('abort', onAbort);
    this.#enter(taskId, !isUnderWay);
    let ended = false;
    try {
      let told = -1;
      for (;;) {
        const task = downloads.get(taskId);
        ended = !UNDER_WAY.has(task.status);
        if (task.totalBytes !== null && task.totalBytes > 0 && task.downloadedBytes !== told) {
          told = task.downloadedBytes;
          yield progressOf(task, task.totalBytes);
        }
        if (ended) {
          if (task.status !== 'completed') throw failureOf(task);
          break;
        }
        signal.throwIfAborted();
        await wake.next();
      }
      yield { status: 'verifying sha256 digest' };
      yield { status: 'writing manifest' };
      yield { status: 'success' };
    } finally {
      for (const off of offs) off();
      signal.removeEventListener('abort', onAbort);
      await this.#leave(taskId, ended);
    }
  }

  #enter(taskId: string, begunHere: boolean): void {
    const known = this.#readers.get(taskId);
    this.#readers.set(taskId, { count: (known?.count ?? 0) + 1, begunHere: known?.begunHere ?? begunHere });
  }

  async #leave(taskId: string, ended: boolean): Promise<void> {
    const known = this.#readers.get(taskId);
    if (!known) return;
    if (known.count > 1) {
      this.#readers.set(taskId, { ...known, count: known.count - 1 });
      return;
    }
    this.#readers.delete(taskId);
    if (ended || !known.begunHere) return;
    await this.deps.downloads.pause(taskId).catch((error: unknown) => {
      // It ended in this very moment.
      if (!(error instanceof AgentError) || error.code !== 'DOWNLOAD_STATE') throw error;
    });
  }
}

/** One digest for the whole download: clients show one bar per digest. */
function progressOf(task: DownloadTask, total: number): PullLine {
  const digest = createHash('sha256').update(`${task.modelId}@${task.revision}`).digest('hex');
  return { status: `pulling ${digest.slice(0, 12)}`, digest: `sha256:${digest}`, total, completed: Math.min(task.downloadedBytes, total) };
}

/** Why it came to no end; in the task's own words where it has some. */
function failureOf({ error, modelId, status }: DownloadTask): AgentError {
  if (error === null || !isErrorCode(error.code)) return new AgentError('DOWNLOAD_STATE', { status, verb: 'waited for' });
  return new AgentError(error.code, { modelId }, { message: error.message, action: error.action });
}

/** Waits for a change; one that came before counts. */
class Wake {
  #resolve: (() => void) | null = null;
  #changed = false;

  up(): void {
    this.#changed = true;
    this.#resolve?.();
  }

  async next(): Promise<void> {
    if (!this.#changed) await new Promise<void>((resolve) => (this.#resolve = resolve));
    this.#changed = false;
    this.#resolve = null;
  }
}
