/**
 * Bundles the shell into menubar-agent/dist/shell, behind scripts/build.mjs. Only where it is wanted (`npm run build:shell`, `npm start` on a Mac):
 * nobody else waits for it. As CommonJS: Electron waits for such an entry before it says it is ready.
 */
import { build } from 'esbuild';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const agent = join(root, 'menubar-agent');
const out = join(agent, 'dist', 'shell');

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: [join(agent, 'src', 'shell', 'main.ts')],
  outfile: join(out, 'main.cjs'),
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  external: ['electron'],
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  minifySyntax: true,
  minifyWhitespace: true,
  // zod's messages in 50 languages; ours are English.
  plugins: [
    {
      name: 'only-english',
      setup({ onLoad }) {
        onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';", loader: 'js' }));
      },
    },
  ],
});
