/** Runs TypeScript of the tests in a process of its own, which can then be killed for real. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '../..');

export interface Bundle {
  readonly file: string;
  remove(): Promise<void>;
}

/** Bundles a file of `tests/support` for Node. The result lies inside the project, so that its packages are found. */
export async function bundle(name: string): Promise<Bundle> {
  const { build } = await import('esbuild');
  const folder = join(root, '.cache', 'test-bundles');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${basename(name)}.${process.pid}.${Math.random().toString(36).slice(2)}.mjs`);
  await build({
    entryPoints: [join(root, 'tests/support', `${name}.ts`)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    packages: 'external',
    loader: { '.py': 'text' },
    alias: { '@mlx-manager/shared': join(root, 'shared/src/index.ts') },
    logLevel: 'error',
  });
  return { file, remove: () => rm(file, { force: true }) };
}

export interface Child<T> {
  readonly process: ChildProcess;
  /** What it printed so far, a value a line. */
  readonly lines: T[];
  /** Resolves with the first printed value that fits; rejects when it ends before. */
  until(fits: (value: T) => boolean): Promise<T>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Waits for its end; answers the exit code. */
  exit(): Promise<number | null>;
}

/** Starts such a bundle. Its output is JSON, a value a line. */
export function startChild<T>(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child<T> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: T[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const tell = (): void => waiting.forEach((check) => check());
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(JSON.parse(line) as T);
    tell();
  });
  // `close` comes after the last line was read, `exit` may come before.
  const closed = once(child, 'close').then(([code]) => code as number | null);
  let over = false;
  void closed.then(() => {
    over = true;
    tell();
  });
  return {
    process: child,
    lines,
    until: (fits) =>
      new Promise((resolveValue, reject) => {
        const check = (): void => {
          const found = lines.find(fits);
          if (found === undefined && !over) return;
          waiting.delete(check);
          if (found === undefined) reject(new Error(`the child ended before: ${errors}`));
          else resolveValue(found);
        };
        waiting.add(check);
        check();
      }),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    exit: () => closed,
  };
}
