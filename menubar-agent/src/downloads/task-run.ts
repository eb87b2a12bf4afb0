/** One run of a task: from the file list to the finished snapshot. It can be broken off anywhere and run again. */
import { AgentError } from '@mlx-manager/shared';
import { diskFull, etagOf, isSafeEtag, isSafeRepoPath, resolveUrl, type HubFile, type RepoLayout } from '../hub/index.js';
import { fetchRange } from './fetch-range.js';
import { FileTransfer } from './file-transfer.js';
import { bytesPresent, discardPartial } from './partial-file.js';
import { withRetries, type RetryContext } from './retry.js';
import type { DownloadDeps, TransferLimits } from './types.js';

/** What a run begins with. */
export interface RunInput {
  readonly modelId: string;
  readonly revision: string;
  /** Known from an earlier run: the task stays on that commit, whatever `main` points to by now. */
  readonly pinned: { readonly commit: string; readonly files: readonly HubFile[] } | null;
  readonly signal: AbortSignal;
}

/** What a run tells on its way. */
export interface RunListener {
  /** The commit and its files are known. */
  onFiles(commit: string, files: readonly HubFile[]): void;
  /** Fetching begins (or a damaged file begins anew): so much is here of so much. */
  onStart(present: { bytes: number; files: number }, total: { bytes: number; files: number }): void;
  onBytes(bytes: number): void;
  /** A connection has begun with a file. */
  onFile(path: string): void;
  onFileDone(files: number): void;
}

type RunDeps = DownloadDeps & { readonly limits: TransferLimits; readonly freeBytes: (folder: string) => Promise<number> };

/** Fetches what is missing of a model and makes its snapshot. Answers the snapshot's folder. @throws AgentError, or the signal's reason. */
export async function runTask(deps: RunDeps, input: RunInput, listener: RunListener): Promise<string> {
  const { cache, limits, clock, logger, transport } = deps;
  const { modelId, revision, signal } = input;
  const retry = (what: string): RetryContext => ({
    clock,
    limits,
    endpoint: transport.endpoint(),
    what,
    signal,
    onRetry: (error, delayMs) => logger.warn({ err: error, modelId, what, delayMs: Math.round(delayMs) }, 'download: trying again'),
  });

  const { commit, files } = input.pinned ?? (await withRetries(retry(`the file list of ${modelId}`), () => askForFiles(deps, input)));
  listener.onFiles(commit, files);
  const layout = cache.layout(modelId);
  await cache.prepare(layout);
  const missing = await missingFiles(deps, layout, commit, files);
  const total = { bytes: uniqueBytes(files), files: files.length };
  const partials = await Promise.all(missing.map((file) => bytesPresent(deps.journalFolder, layout.partial(etagOf(file)), file.sizeBytes)));
  const lacking = uniqueBytes(missing) - partials.reduce((sum, bytes) => sum + bytes, 0);
  const filesMissing = (etags: ReadonlySet<string>): number => files.filter((file) => etags.has(etagOf(file))).length;
  const open = new Set(missing.map(etagOf));
  listener.onStart({ bytes: total.bytes - lacking, files: files.length - filesMissing(open) }, total);
  await checkDisk(deps, layout, lacking);

  // Small files first: with the config here, the model's characteristics can be shown while its weights arrive.
  const transfers = [...missing]
    .sort((a, b) => a.sizeBytes - b.sizeBytes || (a.path < b.path ? -1 : 1))
    .map(
      (file) =>
        new FileTransfer({
          file,
          partialPath: layout.partial(etagOf(file)),
          journalFolder: deps.journalFolder,
          segmentBytes: limits.segmentBytes,
        }),
    );

  const finish = async (transfer: FileTransfer): Promise<void> => {
    const { file, partial } = transfer;
    if (await partial.verify()) {
      await transfer.close();
      await cache.publishBlob(layout, etagOf(file));
      await partial.forget();
      open.delete(etagOf(file));
      listener.onFileDone(files.length - filesMissing(open));
      return;
    }
    logger.warn({ modelId, file: file.path }, 'download: a file arrived damaged');
    if ((await transfer.startOver()) > 1) throw new AgentError('CHECKSUM_MISMATCH', { file: file.path });
    listener.onBytes(-file.sizeBytes);
  };

  // The first connection to fail stops the others.
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const connection = async (): Promise<void> => {
    for (;;) {
      both.throwIfAborted();
      const next = await nextRange(transfers);
      if (next === null) return;
      const { transfer, range } = next;
      const { path } = transfer.file;
      listener.onFile(path);
      let brought = 0;
      const context = {
        ...{ transport, clock, limits, modelId, commit, signal: both, resolveUrl: resolveUrl(transport.endpoint(), modelId, commit, path) },
        onBytes: (bytes: number) => {
          brought += bytes;
          listener.onBytes(bytes);
        },
      };
      await withRetries(
        { ...retry(`${path} of ${modelId}`), signal: both },
        async () => {
          // A stretch with gaps (after a kill) takes a request for each.
          do await fetchRange(context, transfer, range);
          while (!transfer.isDone(range));
        },
        () => brought,
      );
      if (transfer.claimFinish() || range.start === range.end) await finish(transfer);
    }
  };
  const connections = Array.from({ length: Math.max(1, deps.connections()) }, () =>
    connection().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  const results = await Promise.allSettled(connections);
  await Promise.all(transfers.map((transfer) => transfer.close()));
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  const broken = results.find((result) => result.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  // Never a snapshot with a hole, whatever went wrong above.
  if (open.size > 0) throw new Error(`${open.size} files of ${modelId} were left out`);

  // Another tool may have finished a file that was begun here.
  for (const file of files) await discardPartial(deps.journalFolder, layout.partial(etagOf(file)));
  await cache.writeSnapshot(layout, commit, revision, files);
  return layout.snapshot(commit);
}

async function nextRange(
  transfers: readonly FileTransfer[],
): Promise<{ transfer: FileTransfer; range: { start: number; end: number } } | null> {
  for (const transfer of transfers) {
    const range = await transfer.take();
    if (range !== null) return { transfer, range };
  }
  return null;
}

/** The commit a revision names now, and its files, each with a name that is safe to write. */
async function askForFiles({ hub }: DownloadDeps, { modelId, revision, signal }: RunInput): Promise<{ commit: string; files: HubFile[] }> {
  const { commit } = await hub.modelInfo(modelId, revision, signal);
  const files = await hub.listFiles(modelId, commit, signal);
  const what = `the file list of ${modelId}`;
  if (files.length === 0) throw new AgentError('HUB_ERROR', { status: 'an empty list', what });
  for (const file of files) {
    if (!isSafeRepoPath(file.path) || !isSafeEtag(etagOf(file)))
      throw new AgentError('HUB_ERROR', { status: 'a file name that is not safe', what });
  }
  return { commit, files };
}

/** The files that are not here, each content once. */
async function missingFiles({ cache }: DownloadDeps, layout: RepoLayout, commit: string, files: readonly HubFile[]): Promise<HubFile[]> {
  const missing = new Map<string, HubFile>();
  for (const file of files) {
    if (!missing.has(etagOf(file)) && !(await cache.hasFile(layout, commit, file))) missing.set(etagOf(file), file);
  }
  return [...missing.values()];
}

function uniqueBytes(files: readonly HubFile[]): number {
  return [...new Map(files.map((file) => [etagOf(file), file.sizeBytes])).values()].reduce((sum, bytes) => sum + bytes, 0);
}

async function checkDisk({ freeBytes }: RunDeps, layout: RepoLayout, lacking: number): Promise<void> {
  const free = await freeBytes(layout.blobs);
  if (free < lacking) throw diskFull(free, lacking);
}
