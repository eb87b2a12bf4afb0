/** downloads: tasks that bring models from the hub into the cache. */
export { DownloadService } from './service.js';
export { DEFAULT_LIMITS, type DownloadDeps, type DownloadRecord, type DownloadsRepository, type TransferLimits } from './types.js';
