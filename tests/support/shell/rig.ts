/** A whole shell on the stand-in for Electron, with a real agent in a process of its own. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { agentPaths, silentLogger } from '../../../menubar-agent/src/core/index.js';
import { Shell } from '../../../menubar-agent/src/shell/shell.js';
import type { Snapshot } from '../../../menubar-agent/src/shell/state.js';
import { agentEnv, newFolder } from '../agent.js';
import { fakeElectron, type Fake } from './fake-electron.js';

const root = resolve(import.meta.dirname, '../../..');

export interface ShellRig {
  readonly shell: Shell;
  readonly fake: Fake;
  readonly folder: string;
  readonly env: Record<string, string>;
  /** Waits until the snapshot, or whatever is looked at beside it, fits. The time limit is the test's. */
  until(fits: (now: Snapshot) => boolean): Promise<Snapshot>;
  /** Quits the shell, whatever it would ask, and deletes its folder. */
  end(): Promise<void>;
}

export async function startShell(
  options: {
    folder?: string;
    env?: Record<string, string>;
    program?: readonly string[];
    prepare?: (fake: Fake) => void;
    backoffMs?: number;
  } = {},
): Promise<ShellRig> {
  const folder = options.folder ?? newFolder();
  const env = { ...agentEnv(folder), ...options.env };
  const fake = fakeElectron(join(root, 'menubar-agent'), options.program);
  options.prepare?.(fake);
  const shell = new Shell({
    electron: fake.electron,
    paths: agentPaths(env),
    env,
    platform: 'linux',
    logger: silentLogger(),
    agentArgs: ['--no-starter', '--port', '0'],
    onLine: () => undefined,
    backoff: () => options.backoffMs ?? 50,
  });
  await shell.start();
  let ended = false;
  return {
    shell,
    fake,
    folder,
    env,
    async until(fits) {
      while (!fits(shell.watch.snapshot)) {
        // A test that is over waits for nothing any more.
        if (ended) throw new Error('the shell was ended before that');
        await pause();
      }
      return shell.watch.snapshot;
    },
    async end() {
      ended = true;
      await shell.quit('stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 20));
