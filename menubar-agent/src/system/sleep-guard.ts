/** Keeps the Mac from sleeping while a download or an answer is under way. */
import type { Logger } from '../core/index.js';
import type { SleepGuard } from './types.js';

export interface SleepGuardOptions {
  readonly platform?: NodeJS.Platform;
  /** The program that keeps the machine awake while it runs. */
  readonly command?: { readonly file: string; readonly args: readonly string[] };
  readonly logger?: Pick<Logger, 'warn'>;
}

/**
 * One `caffeinate` for all holds (caffeinate(8)): `-i` prevents idle sleep, `-w` ends it with this process even after `kill -9`.
 * Elsewhere than on macOS holds are counted and nothing runs.
 */
export function createSleepGuard(options: SleepGuardOptions = {}): SleepGuard {
  const platform = options.platform ?? process.platform;
  const command = options.command ?? { file: '/usr/bin/caffeinate', args: ['-i', '-w', String(process.pid)] };
  const holds = new Set<symbol>();
  let running: AbortController | null = null;

  async function keepAwake(controller: AbortController): Promise<void> {
    const isWanted = (): boolean => running === controller;
    const { execa } = await import('execa');
    // The last hold may have been let go while execa was loaded.
    if (!isWanted()) return;
    const child = execa(command.file, command.args, { reject: false, stdio: 'ignore', cancelSignal: controller.signal });
    // It must not keep the agent's process alive.
    child.nodeChildProcess.unref();
    const result = await child;
    if (!isWanted()) return;
    options.logger?.warn({ reason: result.shortMessage ?? 'it ended by itself' }, 'the program that keeps the machine awake ended');
    // The next hold tries again.
    running = null;
  }

  return {
    hold(reason) {
      const hold = Symbol(reason);
      holds.add(hold);
      if (platform === 'darwin' && running === null) {
        const controller = new AbortController();
        running = controller;
        void keepAwake(controller).catch((error: unknown) => options.logger?.warn({ err: error }, 'the machine cannot be kept awake'));
      }
      return () => {
        if (!holds.delete(hold) || holds.size > 0) return;
        running?.abort();
        running = null;
      };
    },
  };
}
