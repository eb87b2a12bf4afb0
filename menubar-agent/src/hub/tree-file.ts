/**
 * `trees/<commit>.json`: the files of a commit, as huggingface_hub ≥ 1.22 keeps them. With it, it tells a partial snapshot from a whole
 * one and asks the hub for nothing. Source of the form: `_tree_cache.py` of huggingface_hub 2.4.0.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isMissing } from './files.js';
import type { RepoLayout } from './paths.js';
import type { HubFile } from './types.js';

const FORMAT_VERSION = 1;
const treeFile = z.object({
  format_version: z.literal(FORMAT_VERSION),
  files: z.record(
    z.string(),
    z.object({ size: z.number(), blob_id: z.string(), lfs_sha256: z.string().nullish(), lfs_size: z.number().nullish() }),
  ),
});

/** The files of a commit by that listing; null when there is none, or one that cannot be understood. */
export async function readTree(layout: RepoLayout, commit: string): Promise<HubFile[] | null> {
  let text: string;
  try {
    text = await readFile(join(layout.trees, `${commit}.json`), 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const parsed = treeFile.safeParse(parseJson(text));
  // A form of another release counts as none, as in huggingface_hub.
  if (!parsed.success) return null;
  return Object.entries(parsed.data.files).map(([path, info]) => ({
    path,
    sizeBytes: info.lfs_size ?? info.size,
    oid: info.blob_id,
    sha256: info.lfs_sha256 ?? null,
  }));
}

/** Writes the listing, at once or not at all. */
export async function writeTree(layout: RepoLayout, commit: string, files: readonly HubFile[]): Promise<void> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = sorted.map((file) => [
    file.path,
    { size: file.sizeBytes, blob_id: file.oid, ...(file.sha256 === null ? {} : { lfs_sha256: file.sha256, lfs_size: file.sizeBytes }) },
  ]);
  await mkdir(layout.trees, { recursive: true });
  const path = join(layout.trees, `${commit}.json`);
  await writeFile(
    `${path}.${process.pid}.tmp`,
    JSON.stringify({ format_version: FORMAT_VERSION, files: Object.fromEntries(entries) as unknown }, null, 1),
  );
  await rename(`${path}.${process.pid}.tmp`, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a torn listing counts as none
  }
}
