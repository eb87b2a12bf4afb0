/** Chip, memory and GPU of this machine: one interface, an implementation for each platform. */
import { linuxMachine } from './machine-linux.js';
import { macosMachine } from './machine-macos.js';
import { runCommand, type Run } from './run.js';
import type { Machine } from './types.js';

/**
 * This machine. Reads only when asked; what cannot change is read once.
 * @param options `percent`: share of the memory recommended for models where Metal gives no advice.
 */
export function createMachine(options: { platform?: NodeJS.Platform; run?: Run; root?: string; percent?: () => number } = {}): Machine {
  return (options.platform ?? process.platform) === 'darwin'
    ? macosMachine(options.run ?? runCommand)
    : linuxMachine(options.root, options.percent);
}
