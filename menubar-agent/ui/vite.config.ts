/** Builds the page: two entries, the window and the dropdown, into ../dist/ui. What both need is in chunks of its own. */
import { readFileSync } from 'node:fs';
import { join, resolve as absolute } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build, defineConfig, type Plugin, type Rolldown } from 'vite';

const here = import.meta.dirname;
const shared = join(here, '../../shared/src');

/** zod brings its messages in 50 languages; ours are English. */
const onlyEnglish = {
  name: 'only-english',
  load: (id: string) => (/zod\/v4\/locales\/index\.js$/.test(id) ? "export { default as en } from './en.js';" : null),
};

/** Schemas can tell themselves as JSON Schema; the page never asks them to. */
const noJsonSchemas = {
  name: 'no-json-schemas',
  load(id: string) {
    if (!/zod\/v4\/core\/(json-schema-processors|to-json-schema)\.js$/.test(id)) return null;
    const names = [...readFileSync(id, 'utf8').matchAll(/^export (?:const|function) (\w+)/gm)].map((match) => match[1]);
    return names.map((name) => `export const ${name} = () => undefined;`).join('\n');
  },
};

const noStyles = { name: 'no-styles', enforce: 'pre' as const, load: (id: string) => (/\.css(\?|$)/.test(id) ? '' : null) };

/** What nothing is used of is not loaded, whichever barrel names it. */
const sideEffectsOfPackages = { moduleSideEffects: [{ test: /(ui|shared)\/src\/.*\.tsx?$/, sideEffects: false }] };

const resolve = {
  alias: [{ find: /^@mlx-manager\/shared$/, replacement: join(shared, 'index.ts') }],
  dedupe: ['react', 'react-dom'],
};

/** The modules that the dropdown has code of: what a build of it alone holds. Barrels import far more than is used, so imports do not tell. */
async function modulesOfDropdown(): Promise<ReadonlySet<string>> {
  const { output } = (await build({
    root: here,
    configFile: false,
    logLevel: 'error',
    plugins: [noStyles, onlyEnglish, noJsonSchemas, react()],
    resolve,
    build: { write: false, minify: false, rolldownOptions: { input: join(here, 'src/dropdown.tsx') } },
  })) as Rolldown.RolldownOutput;
  return new Set(
    output.flatMap((chunk) =>
      chunk.type === 'chunk' ? Object.entries(chunk.modules).flatMap(([id, { renderedLength }]) => (renderedLength > 0 ? [id] : [])) : [],
    ),
  );
}

/** The page's scripts are begun by `begin.js`, behind the first picture: fetched and compiled before, they would hold it up. */
const beginsBehindPicture = {
  name: 'begins-behind-picture',
  apply: 'build' as const,
  transformIndexHtml: {
    order: 'post' as const,
    handler: (html: string) => {
      const found = /<script type="module" crossorigin src="([^"]+)"><\/script>/.exec(html);
      const begin = '<script src="/begin.js">';
      if (found === null || !html.includes(begin)) throw new Error('The page has no script of its own, or nothing that begins it.');
      const needed = /\s*<link rel="modulepreload" crossorigin href="([^"]+)">/g;
      const scripts = [...html.matchAll(needed)].map(([, href]) => href).join(' ');
      return html
        .replace(found[0], '')
        .replaceAll(needed, '')
        .replace(begin, `<script src="/begin.js" data-main="${found[1]}" data-scripts="${scripts}">`);
    },
  },
};

/** What is drawn behind the first picture: code in colours, formulas, diagrams. Megabytes that nobody would run. */
const notForPictures = {
  name: 'not-for-pictures',
  enforce: 'pre' as const,
  load: (id: string) => (/node_modules\/(mermaid|shiki|@shikijs|katex|remark-math)\//.test(id) ? 'export default {};' : null),
};

/** Builds what draws the page without a browser, beside the page: the agent loads it. Nothing of it is served. */
const drawsAtServer = (): Plugin => {
  let outDir = '';
  return {
    name: 'draws-at-server',
    apply: 'build',
    configResolved: (config) => {
      outDir = absolute(config.root, config.build.outDir);
    },
    async closeBundle() {
      await build({
        root: here,
        configFile: false,
        logLevel: 'error',
        plugins: [noStyles, notForPictures, onlyEnglish, noJsonSchemas, react()],
        resolve,
        define: { 'process.env.NODE_ENV': '"production"' },
        ssr: { noExternal: true },
        build: {
          ssr: join(here, 'src/server.tsx'),
          outDir: join(outDir, 'server'),
          emptyOutDir: true,
          copyPublicDir: false,
          minify: true,
          target: 'node22',
          // Its name changes with its content: Node keeps a module by its name.
          rolldownOptions: {
            output: { entryFileNames: 'draw-[hash].js', chunkFileNames: '[name]-[hash].js' },
            treeshake: sideEffectsOfPackages,
          },
        },
      });
    },
  };
};

export default defineConfig(async ({ command }) => {
  const dropdown = command === 'build' ? await modulesOfDropdown() : new Set<string>();
  return {
    root: here,
    base: '/',
    plugins: [onlyEnglish, noJsonSchemas, react(), tailwindcss(), beginsBehindPicture, drawsAtServer()],
    resolve,
    build: {
      outDir: join(here, '../dist/ui'),
      emptyOutDir: true,
      // The agent reads which scripts a page of the window needs.
      manifest: 'manifest.json',
      target: ['chrome123', 'safari17.5', 'firefox128'],
      // The page may hold no inline script and no data: font; a file is also cached for good.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      // Mermaid and shiki's grammars come by themselves, when an answer needs them.
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        input: { index: join(here, 'index.html'), dropdown: join(here, 'dropdown.html') },
        treeshake: sideEffectsOfPackages,
        output: {
          // What seldom changes stays cached over an update. Nothing else is grouped: the dropdown must not load the window's parts.
          codeSplitting: {
            groups: [
              { name: 'vendor', test: /node_modules\/(react|react-dom|scheduler|zod)\// },
              { name: 'base', test: (id: string) => dropdown.has(id) || /\/src\/styles\.css$|preload-helper/.test(id), minShareCount: 2 },
              {
                name: 'window',
                test: /ui\/src\/|shared\/src\/|node_modules\/(@base-ui|@floating-ui|@tanstack|lucide-react|wouter|clsx|tailwind-merge)\//,
                minShareCount: 2,
              },
            ],
          },
        },
      },
    },
    // `npx vite` in this folder, with an agent on its usual port: signed in by the one-time link of that agent.
    server: { proxy: { '^/(api|v1|open)': 'http://127.0.0.1:10239' } },
  };
});
