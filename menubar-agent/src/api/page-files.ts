/**
 * The built page: index and dropdown, their hashed assets, a few files beside them. Only files that a listing of the folder found are served, under
 * exactly their names: no path of a request ever reaches the file system. Nothing is kept in memory but that listing.
 */
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AgentError } from '@mlx-manager/shared';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};
/** Their names change with their content. */
const FOR_GOOD = 'public, max-age=31536000, immutable';
/** A rebuilt page has other assets: the folder is listed again, at most this often. */
const LIST_AGAIN_MS = 1000;

interface PageFile {
  readonly file: string;
  readonly size: number;
  readonly etag: string;
  readonly caching: string;
}

/** Where the build puts the page: beside the bundle, and as seen from the source. */
export function builtPageFolder(): string {
  const here = import.meta.dirname;
  const folders = [join(here, 'ui'), join(here, '../../dist/ui')];
  return folders.find((folder) => existsSync(join(folder, 'index.html'))) ?? (folders[1] as string);
}

/** What the build says of a module: its file, and the modules it needs at once. Source: vite.dev/guide/backend-integration. */
interface Built {
  readonly file: string;
  readonly imports?: readonly string[];
}

export class PageFiles {
  #manifest: { readonly index: string; readonly modules: Readonly<Record<string, Built>> } | undefined;
  #files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  #listedAt = 0;

  /** @param folder what the build of the page left; it may be missing. */
  constructor(private readonly folder: string) {}

  /** The text of an entry; null where the page is not built. */
  async entry(name: 'index' | 'dropdown'): Promise<string | null> {
    try {
      return await readFile(join(this.folder, `${name}.html`), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * The window's text for one of its pages: it names the page's own scripts too, so that they are fetched with the others and not behind them.
   * @param page first part of its address. @returns null where the page is not built.
   */
  async window(page: string): Promise<string | null> {
    const text = await this.entry('index');
    if (text === null) return null;
    // Another build has other names, and another index.
    if (this.#manifest?.index !== text) this.#manifest = { index: text, modules: await this.#built() };
    const { modules } = this.#manifest;
    const files = new Set<string>();
    const add = (name: string): void => {
      const one = modules[name];
      if (one === undefined || files.has(one.file)) return;
      files.add(one.file);
      for (const imported of one.imports ?? []) add(imported);
    };
    add(`src/pages/${page}/index.tsx`);
    const others = [...files].filter((file) => !text.includes(file)).map((file) => `/${file} `);
    return text.replace(' data-scripts="', ` data-scripts="${others.join('')}`);
  }

  async #built(): Promise<Readonly<Record<string, Built>>> {
    try {
      return JSON.parse(await readFile(join(this.folder, 'manifest.json'), 'utf8')) as Record<string, Built>;
    } catch (error) {
      // Built without one: the scripts are found one after the other.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }

  /**
   * Answers a file.
   * @param name below the folder, e.g. `assets/index-3f2a.js`.
   * @throws AgentError NOT_FOUND.
   */
  async answer(name: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = await this.#find(name);
    if (!found) throw new AgentError('NOT_FOUND', { method: request.method, path: request.url.split('?')[0] });
    void reply
      .header('cache-control', found.caching)
      .header('etag', found.etag)
      .type(TYPES[extname(found.file)] ?? 'application/octet-stream');
    if (request.headers['if-none-match'] === found.etag) return reply.code(304).send();
    void reply.header('content-length', found.size);
    return reply.send(request.method === 'HEAD' ? null : createReadStream(found.file));
  }

  async #find(name: string): Promise<PageFile | undefined> {
    const known = (await (this.#files ??= this.#list())).get(name);
    if (known !== undefined || Date.now() - this.#listedAt < LIST_AGAIN_MS) return known;
    this.#files = this.#list();
    return (await this.#files).get(name);
  }

  async #list(): Promise<ReadonlyMap<string, PageFile>> {
    this.#listedAt = Date.now();
    const files = new Map<string, PageFile>();
    for (const [folder, caching] of [
      ['', 'no-cache'],
      ['assets/', FOR_GOOD],
    ] as const) {
      for (const entry of await entriesOf(join(this.folder, folder))) {
        if (!entry.isFile() || entry.name.endsWith('.html')) continue;
        const file = join(this.folder, folder, entry.name);
        const { size, mtimeMs } = await stat(file);
        files.set(folder + entry.name, { file, size, caching, etag: `"${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}"` });
      }
    }
    return files;
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    // Not built, or built without such files.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
