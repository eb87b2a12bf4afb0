/** Which processes live, whose they are and what they use: one interface, an implementation for each platform. */
import { linuxProcessTable } from './process-linux.js';
import { macosProcessTable } from './process-macos.js';
import { runCommand, type Run } from './run.js';
import type { ProcessTable } from './types.js';

/** The table of this machine. Reads only when asked and keeps nothing but the boot id. */
export function createProcessTable(
  platform: NodeJS.Platform = process.platform,
  options: { run?: Run; procFolder?: string } = {},
): ProcessTable {
  return platform === 'darwin' ? macosProcessTable(options.run ?? runCommand) : linuxProcessTable(options.procFolder);
}
