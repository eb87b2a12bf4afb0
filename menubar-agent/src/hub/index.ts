/** hub: Hugging Face's hub over HTTP, and its cache on disk. */
export * from './types.js';
export { createHubCache, type WritableHubCache } from './cache.js';
export { etagOf } from './cache-write.js';
export { createHubClient, resolveUrl, type HubClientOptions } from './client.js';
export { errorOfAnswer, errorOfFailure, networkReason, type HubErrorContext } from './errors.js';
export { diskFull, storageError } from './files.js';
export { createHubTransport, type HubAnswer, type HubTransport, type HubTransportOptions } from './http.js';
export { isSafeEtag, isSafeRepoPath, repoLayout, type RepoLayout } from './paths.js';
export { hubTokenPath, readHubToken } from './token.js';
