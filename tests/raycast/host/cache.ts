/** Raycast's `Cache`: synchronous, kept on disk, least recently used entries go first, one store per extension and namespace. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Cache as Published } from '@raycast/api';
import type { HostApi } from './published.js';

type CacheClass = HostApi['Cache'];

/** The class as one command sees it; `folder` is the extension's own. */
export function createCache(folder: string): CacheClass {
  class Cache implements InstanceType<CacheClass> {
    // Raycast documents 10 MB (Cache, "Options").
    static readonly DEFAULT_CAPACITY = 10 * 1024 * 1024;
    static readonly STORAGE_DIRECTORY_NAME = 'com.raycast.api.cache';
    readonly storageDirectory: string;
    private readonly capacity: number;
    private readonly subscribers = new Set<Published.Subscriber>();
    private clock = 0;

    constructor(options: Published.Options = {}) {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- published still
      this.storageDirectory = join(options.directory ?? folder, Cache.STORAGE_DIRECTORY_NAME, options.namespace ?? '');
      this.capacity = options.capacity ?? Cache.DEFAULT_CAPACITY;
      mkdirSync(this.storageDirectory, { recursive: true });
      // Commands pass these on as plain functions, for example to useSyncExternalStore.
      for (const name of ['get', 'has', 'set', 'remove', 'clear', 'subscribe'] as const) {
        Object.defineProperty(this, name, { value: this[name].bind(this) });
      }
    }

    get isEmpty(): boolean {
      return this.files().length === 0;
    }
    get(key: string): string | undefined {
      try {
        const data = readFileSync(this.file(key), 'utf8');
        this.touch(key);
        return data;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    }
    has(key: string): boolean {
      return this.files().includes(this.name(key));
    }
    set(key: string, data: string): void {
      writeFileSync(this.file(key), data);
      this.touch(key);
      this.trim();
      this.tell(key, data);
    }
    remove(key: string): boolean {
      if (!this.has(key)) return false;
      rmSync(this.file(key));
      this.tell(key, undefined);
      return true;
    }
    clear(options: { notifySubscribers: boolean } = { notifySubscribers: true }): void {
      for (const name of this.files()) rmSync(join(this.storageDirectory, name));
      if (options.notifySubscribers) this.tell(undefined, undefined);
    }
    subscribe(subscriber: Published.Subscriber): Published.Subscription {
      this.subscribers.add(subscriber);
      return () => void this.subscribers.delete(subscriber);
    }

    private name(key: string): string {
      return `${createHash('sha256').update(key).digest('hex').slice(0, 40)}.entry`;
    }
    private file(key: string): string {
      return join(this.storageDirectory, this.name(key));
    }
    private files(): string[] {
      return readdirSync(this.storageDirectory).filter((name) => name.endsWith('.entry'));
    }
    /** Marks an entry as just used: a time of its own, even within one millisecond. */
    private touch(key: string): void {
      this.clock = Math.max(Date.now(), this.clock + 1);
      utimesSync(this.file(key), this.clock / 1000, this.clock / 1000);
    }
    private trim(): void {
      const entries = this.files()
        .map((name) => ({ name, ...statOf(join(this.storageDirectory, name)) }))
        .sort((a, b) => a.used - b.used);
      let size = entries.reduce((sum, entry) => sum + entry.size, 0);
      for (const entry of entries) {
        if (size <= this.capacity) return;
        rmSync(join(this.storageDirectory, entry.name));
        size -= entry.size;
      }
    }
    private tell(key: string | undefined, data: string | undefined): void {
      for (const subscriber of [...this.subscribers]) subscriber(key, data);
    }
  }
  return Cache;
}

const statOf = (file: string) => {
  const { size, mtimeMs } = statSync(file);
  return { size, used: mtimeMs };
};
