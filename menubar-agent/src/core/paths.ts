/** Where the agent keeps things. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

export interface AgentPaths {
  /** The state folder, mode 0700: MLX_MANAGER_HOME, else ~/.mlx-manager. */
  readonly home: string;
  readonly database: string;
  /** Port, pid, token and version of the running agent, mode 0600. */
  readonly agentFile: string;
  /** The command that starts the agent, mode 0600. */
  readonly launcherFile: string;
  readonly logs: string;
  /** Engine environments: MLX_MANAGER_ENGINES_DIR, else inside the state folder. */
  readonly engines: string;
  /** Journals of downloads under way. */
  readonly downloads: string;
  /** Models that come from no hub, such as the starter. */
  readonly models: string;
  /** Files that belong to messages of chats, each under the hash of its bytes. */
  readonly attachments: string;
  /** Secrets, one file each, mode 0600. */
  readonly secrets: string;
  /** The user's home folder. */
  readonly userHome: string;
}

/**
 * The paths for an environment.
 * @param env the process environment.
 */
export function agentPaths(env: Env): AgentPaths {
  const userHome = env.HOME ?? homedir();
  const home = resolve(expandHome(env.MLX_MANAGER_HOME || '~/.mlx-manager', userHome));
  return {
    home,
    database: join(home, 'mlx-manager.db'),
    agentFile: join(home, 'agent.json'),
    launcherFile: join(home, 'launcher.json'),
    logs: join(home, 'logs'),
    engines: env.MLX_MANAGER_ENGINES_DIR ? resolve(expandHome(env.MLX_MANAGER_ENGINES_DIR, userHome)) : join(home, 'engines'),
    downloads: join(home, 'downloads'),
    models: join(home, 'models'),
    attachments: join(home, 'attachments'),
    secrets: join(home, 'secrets'),
    userHome,
  };
}

/** `~/x` → `/Users/me/x`; other paths as they are, relative ones made absolute. */
export function expandHome(path: string, userHome: string): string {
  if (path === '~') return userHome;
  if (path.startsWith('~/')) return join(userHome, path.slice(2));
  return isAbsolute(path) ? path : resolve(path);
}
