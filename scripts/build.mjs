/** Bundles the agent into menubar-agent/dist. One file and few modules: the agent is ready in a fraction of a second. */
import { build } from 'esbuild';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const agent = join(root, 'menubar-agent');
const dist = join(agent, 'dist');
const { dependencies } = JSON.parse(readFileSync(join(agent, 'package.json'), 'utf8'));
// Packages that find files of their own beside them; and undici, a CommonJS package imported on demand, whose names a bundle would hide.
const external = ['better-sqlite3', '@fastify/swagger-ui', 'undici'].filter((name) => name in dependencies);

/** zod brings its messages in 50 languages, half a megabyte to parse at every start; ours are English. */
const onlyEnglish = {
  name: 'only-english',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';", loader: 'js' }));
  },
};

/**
 * Fastify loads a schema compiler and a serialiser at every start, in case a route has a JSON schema. Ours are checked by zod: without the
 * two, a third of the agent's code is gone.
 */
const noJsonSchemas = {
  name: 'no-json-schemas',
  setup({ onLoad }) {
    const contents = `module.exports = () => () => { throw new Error('Routes are checked by zod: Fastify has no JSON schema compiler in this bundle.'); };`;
    onLoad({ filter: /@fastify\/(ajv-compiler|fast-json-stringify-compiler)\/index\.js$/ }, () => ({ contents, loader: 'js' }));
  },
};

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: [join(agent, 'src', 'cli.ts')],
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external,
  loader: { '.py': 'text', '.html': 'text' },
  chunkNames: 'chunks/[name]-[hash]',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [onlyEnglish, noJsonSchemas],
  // Bundled CommonJS packages ask for Node's own modules by require().
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
});
chmodSync(join(dist, 'cli.js'), 0o755);
