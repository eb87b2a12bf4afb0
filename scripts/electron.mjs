/** Electron's binary. Packages run no install scripts here, so it is brought by Electron's own script when it is first wanted. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const folder = join(root, 'node_modules', 'electron');

/**
 * @param {string} node the Node to run its script with.
 * @returns {string | null} the program, or null when it cannot be brought; why is on stderr.
 */
export function electronBinary(node) {
  if (!found()) {
    process.stderr.write('• Bringing Electron (once, about 120 MB)\n');
    const { status } = spawnSync(node, [join(folder, 'install.js')], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) return null;
  }
  return found();
}

function found() {
  const file = join(folder, 'path.txt');
  if (!existsSync(file)) return null;
  const program = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), readFileSync(file, 'utf8'));
  return existsSync(program) ? program : null;
}

/**
 * Whether `start` means the menu bar: on a Mac, unless something was asked for that only the agent alone can do.
 * @param {readonly string[]} args the words behind `start`.
 */
export const startsShell = (args, platform = process.platform) =>
  platform === 'darwin' && !args.some((arg) => ['--headless', '--detach', '--help', '-h', '--unless-running'].includes(arg));
