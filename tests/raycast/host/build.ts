/** What tests launch: the built extension, or a bundle of a few commands of their own. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { buildExtension } from '../../../scripts/extension.mjs';

const root = join(import.meta.dirname, '../../..');

/** The folder with the extension as `npm test` built it, by `ray build` from what the store gets; see scripts/extension.mjs. */
export async function builtExtension(): Promise<string> {
  if (process.env.RAYCAST_UNCHECKED === '1') return uncheckedExtension(join(root, 'raycast-extension'));
  const { folder } = await buildExtension();
  return folder;
}

/** For work in progress (RAYCAST_UNCHECKED=1): the commands and tools that exist, bundled without the type check that `ray build` makes. */
async function uncheckedExtension(folder: string): Promise<string> {
  const names = ['src', 'src/tools'].flatMap((part) =>
    existsSync(join(folder, part))
      ? readdirSync(join(folder, part))
          .filter((name) => /\.tsx?$/.test(name))
          .map((name) => join(part, name))
      : [],
  );
  const out = mkdtempSync(join(tmpdir(), 'raycast-unchecked-'));
  const manifest = join(folder, 'package.json');
  for (const source of names) {
    const name = source.replace(/^src\//, '').replace(/\.tsx?$/, '');
    try {
      await bundled({ [name]: join(folder, source) }, out, manifest);
    } catch (error) {
      // Launching it says why it is not there; the others can be tried.
      mkdirSync(dirname(join(out, name)), { recursive: true });
      writeFileSync(join(out, `${name}.js`), `throw new Error(${JSON.stringify(String(error))});`);
    }
  }
  return out;
}

/**
 * Bundles commands as `ray build` does (CommonJS, minified, with Raycast's modules outside) into `out`, without its type check: for the
 * host's own fixtures, and for trying a command while the rest of the extension does not compile.
 */
export async function bundled(commands: Record<string, string>, out: string, manifest: string): Promise<string> {
  const extension = join(root, 'raycast-extension');
  await build({
    entryPoints: commands,
    outdir: out,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    jsx: 'automatic',
    external: ['@raycast/api', 'react', 'react/jsx-runtime'],
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfig: join(extension, 'tsconfig.json'),
    nodePaths: [join(extension, 'node_modules')],
    logLevel: 'silent',
  });
  mkdirSync(out, { recursive: true });
  if (existsSync(manifest)) copyFileSync(manifest, join(out, 'package.json'));
  else writeFileSync(join(out, 'package.json'), manifest);
  return out;
}
