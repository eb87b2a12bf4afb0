/** Builds the page: two entries, the window and the dropdown, into ../dist/ui. What both need is in chunks of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build, defineConfig, type Rolldown } from 'vite';

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

const resolve = {
  alias: [{ find: /^@mlx-manager\/shared$/, replacement: join(shared, 'index.ts') }],
  dedupe: ['react', 'react-dom'],
};

/** The modules that the dropdown has code of: what a build of it alone holds. Barrels import far more than is used, so imports do not tell. */
async function modulesOfDropdown(): Promise<ReadonlySet<string>> {
  const noStyles = { name: 'no-styles', enforce: 'pre' as const, load: (id: string) => (/\.css(\?|$)/.test(id) ? '' : null) };
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

export default defineConfig(async ({ command }) => {
  const dropdown = command === 'build' ? await modulesOfDropdown() : new Set<string>();
  return {
    root: here,
    base: '/',
    plugins: [onlyEnglish, noJsonSchemas, react(), tailwindcss()],
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
        // What nothing is used of is not loaded, whichever barrel names it.
        treeshake: { moduleSideEffects: [{ test: /(ui|shared)\/src\/.*\.tsx?$/, sideEffects: false }] },
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
