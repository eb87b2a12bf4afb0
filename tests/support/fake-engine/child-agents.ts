/** Bundles the small agent once and starts as many as a test wants. */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Server } from '@mlx-manager/shared';
import { startChild, type Child } from '../child.js';
import type { ChildTask } from './agent-child.js';

const root = resolve(import.meta.dirname, '../../..');

/** @returns a file inside the project, where its packages are found; and how to remove it. */
export async function bundleAgent(): Promise<{ file: string; remove(): Promise<void> }> {
  const { build } = await import('esbuild');
  const folder = join(root, '.cache', 'test-bundles');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `servers-agent.${process.pid}.${Math.random().toString(36).slice(2)}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'agent-child.ts')],
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

export const startAgent = (file: string, task: ChildTask): Child<Server> => startChild<Server>(file, [JSON.stringify({ ...task })]);
