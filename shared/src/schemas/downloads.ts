/** Download tasks. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { taskError, timestamp } from './common.js';

export const DOWNLOAD_STATUSES = ['queued', 'starting', 'downloading', 'paused', 'completed', 'failed', 'cancelled'] as const;
export const downloadStatus = z.enum(DOWNLOAD_STATUSES);
export type DownloadStatus = z.output<typeof downloadStatus>;

/** One model on its way to the cache. */
export const downloadTask = wireObject(
  {
    taskId: z.string(),
    modelId: z.string(),
    /** As asked for: a branch, tag or commit. */
    revision: z.string(),
    /** The commit being fetched, once known. */
    commit: z.string().nullable(),
    status: downloadStatus,
    /** Percent, 0–100. */
    progress: z.number().min(0).max(100),
    downloadedBytes: z.number(),
    /** Null until the file list is known. */
    totalBytes: z.number().nullable(),
    /** Megabytes (10^6 bytes) a second, over the last seconds. */
    speedMbps: z.number(),
    etaSeconds: z.number().nullable(),
    /** A file being fetched now. */
    file: z.string().nullable(),
    filesDone: z.int(),
    filesTotal: z.int().nullable(),
    error: taskError.nullable(),
    /** Folder that an engine can load, once completed. */
    localPath: z.string().nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { id: 'DownloadTask' },
);
export type DownloadTask = z.output<typeof downloadTask>;

export const downloadStarted = wireObject({ taskId: z.string() }, { id: 'DownloadStarted' });
export const taskIdParams = wireObject({ taskId: z.string().max(64) });
