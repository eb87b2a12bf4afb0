/**
 * What the files of a model's folder tell. Lists are asked for often, and a config, a tokenizer's config and a model card are read and understood
 * for each model: what was found is kept for as long as names, sizes and times of the files are the same.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Characteristics } from '@mlx-manager/shared';
import type { CachedRevision } from '../hub/index.js';
import { describeModel } from './characteristics.js';
import { parseObject } from './json.js';
import { kvLayout, type KvLayout } from './kv-cache.js';

/** Weights that MLX engines load. */
export const WEIGHTS = /\.(safetensors|npz)$/;
/** Folders remembered; more models than these are described anew, from the one that was asked for longest ago. */
const REMEMBERED = 2000;

/** What describes a model on disk. */
export interface DiskFacts {
  readonly characteristics: Characteristics;
  readonly weightsBytes: number;
  /** All files. */
  readonly sizeBytes: number;
  readonly layout: KvLayout | null;
}

interface DiskFile {
  readonly path: string;
  readonly sizeBytes: number;
}

export class FolderFacts {
  readonly #known = new Map<string, { readonly stamp: string; readonly facts: DiskFacts }>();

  /** Of any folder. @param modelName hub id or folder: names tell too. */
  async ofFolder(modelName: string, folder: string): Promise<DiskFacts> {
    const files = await filesOf(folder);
    const stamp = files.map(({ path, sizeBytes, changedMs }) => `${path}:${sizeBytes}:${changedMs}`).join('\n');
    return this.#remembered(modelName, folder, files, stamp);
  }

  /** Of a revision in the hub's cache, whose files were just listed. */
  async ofRevision(modelName: string, { snapshotPath, files, modifiedAt }: CachedRevision): Promise<DiskFacts> {
    const stamp = `${modifiedAt}\n${files.map(({ path, sizeBytes }) => `${path}:${sizeBytes}`).join('\n')}`;
    return this.#remembered(modelName, snapshotPath, files, stamp);
  }

  async #remembered(modelName: string, folder: string, files: readonly DiskFile[], stamp: string): Promise<DiskFacts> {
    const key = `${modelName}\n${folder}`;
    const known = this.#known.get(key);
    const facts = known?.stamp === stamp ? known.facts : await describe(modelName, folder, files);
    // Put behind all others: what was asked for longest ago is the first to go.
    this.#known.delete(key);
    this.#known.set(key, { stamp, facts });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    return facts;
  }
}

/** Text of a file; null where there is none to read. */
export async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return null; // optional files; an unreadable one describes nothing
  }
}

async function describe(modelName: string, folder: string, files: readonly DiskFile[]): Promise<DiskFacts> {
  const [config, tokenizerConfig, jinja, tags] = await Promise.all([
    readJson(join(folder, 'config.json')),
    readJson(join(folder, 'tokenizer_config.json')),
    readText(join(folder, 'chat_template.jinja')),
    tagsOf(folder),
  ]);
  const bytes = (some: readonly DiskFile[]): number => some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const weightsBytes = bytes(files.filter(({ path }) => WEIGHTS.test(path)));
  const characteristics = describeModel({
    modelId: modelName,
    config,
    tokenizerConfig,
    chatTemplate: jinja,
    tags,
    fileNames: files.map(({ path }) => path),
    weightsBytes,
  });
  return { characteristics, weightsBytes, sizeBytes: bytes(files), layout: kvLayout(config) };
}

/** Tags in the head of the model card. Only the flat list form is read: that is how the hub's own tools write it. */
async function tagsOf(folder: string): Promise<string[]> {
  const head = /^---\n([\s\S]*?)\n---/.exec((await readText(join(folder, 'README.md'))) ?? '')?.[1] ?? '';
  const list = /^tags:\n((?:\s*- .*\n?)+)/m.exec(head)?.[1] ?? '';
  return list.split('\n').flatMap((line) => /^\s*- (.+)$/.exec(line)?.[1]?.trim() ?? []);
}

/** Everything below a folder, folders as of no size. */
async function filesOf(folder: string): Promise<(DiskFile & { changedMs: number })[]> {
  let names: string[];
  try {
    names = await readdir(folder, { recursive: true });
  } catch {
    return []; // an unfinished download may have no snapshot folder yet
  }
  return Promise.all(
    names.map(async (path) => {
      // A link whose file is gone takes no room; nor does what is deleted this moment. When it was changed, not written: a copy that keeps
      // the time of its original is another file all the same, and one that could not be read may be readable now.
      const info = await stat(join(folder, path)).catch(() => null);
      return { path, sizeBytes: info?.isFile() === true ? info.size : 0, changedMs: info?.ctimeMs ?? 0 };
    }),
  );
}

async function readJson(file: string): Promise<Record<string, unknown> | null> {
  const text = await readText(file);
  return text === null ? null : parseObject(text);
}
