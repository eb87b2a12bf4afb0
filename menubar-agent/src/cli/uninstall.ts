/** `uninstall`: takes away what the agent made, and keeps the models. */
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import { agentPaths } from '../core/index.js';
import { secretVault } from '../agent/secret-vault.js';
import { adapters } from '../engines/index.js';
import { createLaunchd, type Launchd, type SecretVault } from '../system/index.js';
import { confirm } from './confirm.js';
import { note, print } from './output.js';
import { stop } from './stop.js';

type Env = Readonly<Record<string, string | undefined>>;
interface Parts {
  readonly launchd?: Pick<Launchd, 'list' | 'uninstall'>;
  /** Keeps the keys of providers. */
  readonly vault?: Pick<SecretVault, 'kind' | 'clear'>;
}

/**
 * @param sure the owner said yes already.
 * @param parts of the system; tests say others.
 * @throws AgentError SECRET_STORE_FAILED when the keychain would not let its items go; everything else is removed then.
 */
export async function uninstall(env: Env, sure: boolean, parts: Parts = {}): Promise<void> {
  const paths = agentPaths(env);
  const { launchd = createLaunchd(), vault = secretVault(env, paths) } = parts;
  const keys = vault.kind === 'keychain' ? ', its keys in the keychain' : '';
  // A folder elsewhere was named by MLX_MANAGER_ENGINES_DIR: other agents may use it too.
  const shared = !`${paths.engines}/`.startsWith(`${paths.home}/`);
  const ownEngines = shared ? '' : `, its engines in ${paths.engines}`;
  print(`This removes: the agent’s state in ${paths.home}${ownEngines}, its login items${keys}.`);
  print('Downloaded models stay in Hugging Face’s cache.');
  if (shared) print(`The engines in ${paths.engines} stay: other agents may use them. Delete the folder yourself if none does.`);
  if (!sure && !(await confirm('Remove them?'))) {
    note('Nothing was removed.');
    return;
  }
  try {
    await stop(env, false);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== 'AGENT_NOT_RUNNING') throw error;
  }
  for (const label of await launchd.list()) await launchd.uninstall(label);
  const kept = await vault.clear().then(
    () => null,
    (error: unknown) => {
      if (error instanceof AgentError) return error;
      throw error;
    },
  );
  // Only what the agent made is named: the folders may be shared, or be somebody's home folder by mistake.
  const names = shared ? [] : [...adapters.map((adapter) => adapter.id), '.uv', '.locks', '.cache'];
  const engines = names.map((name) => join(paths.engines, name));
  const state = [
    join(paths.home, 'agent.lock'),
    join(paths.home, 'agent.lock.db'),
    join(paths.home, 'work'),
    paths.database,
    `${paths.database}-wal`,
    `${paths.database}-shm`,
    paths.agentFile,
    paths.launcherFile,
    paths.logs,
    paths.downloads,
    paths.attachments,
    paths.secrets,
  ];
  for (const path of [...engines, ...state]) await rm(path, { recursive: true, force: true });
  for (const folder of [...(shared ? [] : [paths.engines]), paths.models, paths.home]) await removeIfEmpty(folder);
  // The last word, with what to do; a second run takes the rest.
  if (kept) throw kept;
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
