/** Files of the stand-in hub: bytes on disk, in memory or from a seed, each with the hashes the hub gives out. */
import { createCipheriv, createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { FileContent } from './types.js';

export interface StoredFile {
  readonly path: string;
  readonly size: number;
  /** git blob SHA-1: of the content, or of the pointer for a file in large-file storage. */
  readonly oid: string;
  readonly sha256: string | null;
  /** Bytes from `start` on, `length` of them. */
  read(start: number, length: number): Buffer;
}

/** Takes a content in, with its hashes. */
export function storeFile(path: string, content: FileContent, lfs: boolean): StoredFile {
  const { size, read } = reader(content);
  if (!lfs) return { path, size, read, oid: gitSha1(read(0, size)), sha256: null };
  const hash = createHash('sha256');
  const step = 1 << 20;
  for (let at = 0; at < size; at += step) hash.update(read(at, Math.min(step, size - at)));
  const sha256 = hash.digest('hex');
  return { path, size, read, sha256, oid: gitSha1(Buffer.from(lfsPointer(sha256, size))) };
}

/** Source of the pointer's form: the Git LFS specification. */
export const lfsPointer = (sha256: string, size: number): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`;

export const gitSha1 = (bytes: Uint8Array): string => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

function reader(content: FileContent): Pick<StoredFile, 'size' | 'read'> {
  if (typeof content === 'object' && 'seed' in content) {
    return { size: content.size, read: (start, length) => seeded(content.seed, start, length) };
  }
  const bytes = Buffer.from(content);
  return { size: bytes.length, read: (start, length) => bytes.subarray(start, start + length) };
}

/** A stretch of an endless random sequence: AES in counter mode over zeros can begin at any block. */
function seeded(seed: string, start: number, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const counter = Buffer.alloc(16);
  const block = Math.floor(start / 16);
  counter.writeBigUInt64BE(BigInt(block), 8);
  const skip = start - block * 16;
  return createCipheriv('aes-128-ctr', key, counter)
    .update(Buffer.alloc(skip + length))
    .subarray(skip);
}

/** All files below a folder, `/`-separated. */
export function folderFiles(folder: string): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path).split(sep).join('/')] = readFileSync(path);
  }
  return files;
}
