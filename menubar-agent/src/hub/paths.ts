/** Names and places inside Hugging Face's cache, and the names we refuse. Source: `file_download.py` of huggingface_hub. */
import { join } from 'node:path';
import { modelId as modelIdSchema } from '@mlx-manager/shared';

/** The places of one repository. */
export interface RepoLayout {
  readonly folder: string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  readonly trees: string;
  readonly noExist: string;
  readonly locks: string;
  blob(etag: string): string;
  /** Where a blob grows until it is whole. */
  partial(etag: string): string;
  snapshot(commit: string): string;
}

export const PARTIAL_SUFFIX = '.incomplete';

/** `ORG/NAME` → `models--ORG--NAME`. */
export const repoFolderName = (modelId: string): string => ['models', ...modelId.split('/')].join('--');

/** `models--ORG--NAME` → `ORG/NAME`; null for folders that hold no model. */
export function modelIdOfFolder(name: string): string | null {
  const parts = name.split('--');
  if (parts.shift() !== 'models' || parts.length === 0 || parts.length > 2) return null;
  const modelId = parts.join('/');
  return isSafeModelId(modelId) ? modelId : null;
}

/** Whether a model id is one the hub would give out, so that its folder stays inside the cache. */
export const isSafeModelId = (modelId: string): boolean => modelIdSchema.safeParse(modelId).success;

/** Whether a commit (or a folder's name in its place) is one plain path segment. */
export const isSafeCommit = (commit: string): boolean => /^\w[\w.-]*$/.test(commit) && !commit.includes('..');

/** Whether an ETag is a SHA-1 or SHA-256 in hex, fit for a file's name. */
export const isSafeEtag = (etag: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(etag);

/**
 * Whether a path from the hub stays inside its snapshot and can be a file's name here:
 * no `..`, not absolute, no backslash, no control character, no segment above 255 bytes.
 */
export function isSafeRepoPath(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (path === '' || path.length > 1024 || /[\u0000-\u001f\u007f\\]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255);
}

/** The places of a repository in the cache at `root`. The id must have passed {@link isSafeModelId}. */
export function repoLayout(root: string, modelId: string): RepoLayout {
  const name = repoFolderName(modelId);
  const folder = join(root, name);
  const blobs = join(folder, 'blobs');
  const snapshots = join(folder, 'snapshots');
  return {
    folder,
    blobs,
    snapshots,
    refs: join(folder, 'refs'),
    trees: join(folder, 'trees'),
    noExist: join(folder, '.no_exist'),
    locks: join(root, '.locks', name),
    blob: (etag) => join(blobs, etag),
    partial: (etag) => join(blobs, `${etag}${PARTIAL_SUFFIX}`),
    snapshot: (commit) => join(snapshots, commit),
  };
}
