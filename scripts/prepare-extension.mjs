/** `npm run prepare:extension -- [--out DIR]`: the folder to submit to Raycast's store, checked as the store checks it. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { prepareExtension } from './extension.mjs';
import { root } from './setup.mjs';

/** @param {string[]} args */
export function prepare(args) {
  const { values } = parseArgs({ args, options: { out: { type: 'string', short: 'o' } } });
  const out = resolve(values.out ?? join(root, '.cache', 'raycast', 'store', 'mlx-manager'));
  prepareExtension({ root, out });
  process.stdout.write(
    `${out}\n\nTo submit it: copy it to extensions/mlx-manager of a fork of raycast/extensions, add the screenshots to metadata/ (they need a Mac), then run\n` +
      `  npm ci && npm run lint && npm run build\nthere, signed in with the author's handle.\n`,
  );
  return 0;
}
