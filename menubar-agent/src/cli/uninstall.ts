/** `uninstall`: takes away what the agent made, and keeps the models. */
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import { agentPaths } from '../core/index.js';
import { adapters } from '../engines/index.js';
import { createLaunchd } from '../system/index.js';
import { confirm } from './confirm.js';
import { note, print } from './output.js';
import { stop } from './stop.js';

type Env = Readonly<Record<string, string | undefined>>;

/** @param sure the owner said yes already. */
export async function uninstall(env: Env, sure: boolean): Promise<void> {
  const paths = agentPaths(env);
  print(`This removes: the agent’s state in ${paths.home}, its engines in ${paths.engines}, its login items.`);
  print('Downloaded models stay in Hugging Face’s cache.');
  if (!sure && !(await confirm('Remove them?'))) {
    note('Nothing was removed.');
    return;
  }
  try {
    await stop(env, false);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'AGENT_NOT_RUNNING') throw error;
  }
  const launchd = createLaunchd();
  for (const label of await launchd.list()) await launchd.uninstall(label);
  // Only what the agent made is named: the folders may be shared, or be somebody's home folder by mistake.
  const engines = [...adapters.map((adapter) => adapter.id), '.uv', '.locks', '.cache'].map((name) => join(paths.engines, name));
  const state = [
    join(paths.home, 'agent.lock'),
    join(paths.home, 'agent.lock.db'),
    join(paths.home, 'work'),
    paths.database,
    `${paths.database}-wal`,
    `${paths.database}-shm`,
    paths.agentFile,
    paths.logs,
    paths.downloads,
    paths.secrets,
  ];
  for (const path of [...engines, ...state]) await rm(path, { recursive: true, force: true });
  for (const folder of [paths.engines, paths.models, paths.home]) await removeIfEmpty(folder);
  note('✓ Removed.');
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
}
