/** How an agent like this one is started again: for launcher.json, and for a login item. */

type Env = Readonly<Record<string, string | undefined>>;

export interface Launch {
  /** The command before `start`; none where this program cannot be started that way. */
  readonly launcher?: readonly string[];
  /** The whole command that launchd runs at login, where it is another one than the launcher with `start`. */
  readonly loginCommand?: readonly string[];
}

/**
 * Inside Electron this process is a helper that nobody else can start (its fuse `runAsNode` is off): the shell says in MLX_MANAGER_APP which app it
 * is, or, from a checkout, in MLX_MANAGER_NODE which Node started it.
 * @param electron the version of Electron this runs in, if it does.
 */
export function launchOf(env: Env, electron: string | null = versionOfElectron()): Launch {
  const script = process.argv[1] ?? '';
  if (electron === null) return { launcher: [process.execPath, ...process.execArgv, script] };
  if (env.MLX_MANAGER_NODE) {
    const launcher = [env.MLX_MANAGER_NODE, script];
    return { launcher, loginCommand: [...launcher, 'start', '--headless', '--no-starter', '--unless-running'] };
  }
  // Behind other windows, as a login item should be.
  return env.MLX_MANAGER_APP ? { loginCommand: ['/usr/bin/open', '-g', '-a', env.MLX_MANAGER_APP] } : {};
}

/** Electron's types claim that it is always there. */
const versionOfElectron = (): string | null => (process.versions as Partial<Record<string, string>>).electron ?? null;
