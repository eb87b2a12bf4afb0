/** Bundles the agent into menubar-agent/dist, and the page into dist/ui. One file and few modules: the agent is ready in a fraction of a second. */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

mkdirSync(dist, { recursive: true });
// The page is built by itself, and only when it changed.
for (const name of readdirSync(dist)) if (name !== 'ui') rmSync(join(dist, name), { recursive: true, force: true });
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

await buildPage();

/** The page takes seconds to build: it is built when its sources, the contract or the packages changed. */
async function buildPage() {
  const ui = join(agent, 'ui');
  const out = join(dist, 'ui');
  const stamp = join(out, '.sources');
  const hash = hashOf([ui, join(root, 'shared', 'src'), join(root, 'package-lock.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const { build: viteBuild } = await import('vite');
  await viteBuild({ configFile: join(ui, 'vite.config.ts'), logLevel: 'warn' });
  writeFileSync(stamp, hash);
}

/** One hash of files and folders: names and contents, tests left out. */
function hashOf(paths) {
  const hash = createHash('sha256');
  const add = (path, entry) => {
    if (entry.isDirectory()) {
      const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const one of entries) if (one.name !== 'node_modules' && !/\.test\.tsx?$/.test(one.name)) add(join(path, one.name), one);
    } else hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  };
  for (const path of paths) add(path, statSync(path));
  return hash.digest('hex');
}
