/** `npm run prepare:extension -- [--out DIR]`: writes the folder that is submitted to Raycast's store. tests/raycast/prepared.test.ts checks it. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareExtension } from './extension.mjs';
import { root } from './setup.mjs';

try {
  const { values } = parseArgs({ options: { out: { type: 'string', short: 'o' } } });
  // npm runs scripts in the package's folder and keeps in INIT_CWD where it was called.
  const out = values.out
    ? resolve(process.env.INIT_CWD ?? process.cwd(), values.out)
    : join(root, '.cache', 'raycast', 'store', 'mlx-manager');
  prepareExtension({ root, out });
  process.stdout.write(
    `${out}\n\nIt goes to extensions/mlx-manager in a fork of raycast/extensions. Add the screenshots to its metadata/ first (they need a Mac), and run\n` +
      `  npm ci && npm run lint && npm run build\nthere, signed in with the author's handle.\n`,
  );
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
