/**
 * A process that takes a state folder when it gets SIGUSR2, says how that went (a line of JSON), and holds what it got until it is
 * killed. Argument: the state folder. It lets go on SIGTERM, and ends, or on SIGHUP, to try again.
 */
import { AgentError } from '@mlx-manager/shared';
import { lockStateFolder, prepareStateFolder } from '../../menubar-agent/src/agent/agent-file.js';
import { agentPaths } from '../../menubar-agent/src/core/index.js';
import { createProcessTable } from '../../menubar-agent/src/system/index.js';

export interface LockLine {
  readonly event: 'ready' | 'won' | 'refused' | 'let go';
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const say = (line: LockLine): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
const paths = agentPaths({ MLX_MANAGER_HOME: process.argv[2] ?? '' });
prepareStateFolder(paths);
setInterval(() => undefined, 60_000);

let release: (() => void) | null = null;
process.on('SIGTERM', () => {
  release?.();
  process.exit(0);
});
process.on('SIGHUP', () => {
  release?.();
  release = null;
  say({ event: 'let go' });
});
process.on('SIGUSR2', () => {
  lockStateFolder(paths, createProcessTable()).then(
    (unlock) => {
      release = unlock;
      say({ event: 'won' });
    },
    (error: unknown) => {
      const { code, details } = error instanceof AgentError ? error : { code: String(error), details: {} };
      say({ event: 'refused', code, details });
    },
  );
});
say({ event: 'ready' });
