/** Gathers what belongs into the app, and nothing else: the bundles, the page, the icons, and the few packages that are not bundled. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './setup.mjs';

const agent = join(root, 'menubar-agent');

/** Packages that build.mjs leaves out of the bundle, with the part of each that is used at run time. */
const PACKAGES = {
  'better-sqlite3': (path) => path === '' || /^(package\.json|LICENSE|lib(\/|$)|prebuilds$|prebuilds\/darwin-)/.test(path),
  '@fastify/swagger-ui': (path) => path === '' || /^(package\.json|LICENSE|static(\/|$))/.test(path),
  undici: (path) => path === '' || /^(package\.json|LICENSE|index(-fetch)?\.js$|lib(\/|$))/.test(path),
};

/**
 * @param {string} out made anew.
 * @param {string} dist the built bundles: cli.js, chunks, ui, shell.
 */
export function stageApp(out, dist = join(agent, 'dist')) {
  for (const needed of ['cli.js', 'shell/main.cjs', 'ui/index.html'])
    if (!existsSync(join(dist, needed))) throw new Error(`${needed} is not built`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { name, productName, version, license, description, main, type } = JSON.parse(readFileSync(join(agent, 'package.json'), 'utf8'));
  const author = 'MLX Manager';
  writeFileSync(
    join(out, 'package.json'),
    `${JSON.stringify({ name, productName, version, license, description, author, main, type }, null, 2)}\n`,
  );
  // Maps are for the checkout.
  const noMaps = (from) => !from.endsWith('.map');
  for (const part of ['cli.js', 'chunks', 'ui', 'shell'])
    cpSync(join(dist, part), join(out, 'dist', part), { recursive: true, filter: noMaps });
  cpSync(join(agent, 'assets', 'tray'), join(out, 'assets', 'tray'), { recursive: true });
  for (const [one, wanted] of Object.entries(PACKAGES)) {
    const from = [join(agent, 'node_modules', one), join(root, 'node_modules', one)].find((folder) => existsSync(folder));
    if (!from) throw new Error(`${one} is not installed`);
    cpSync(from, join(out, 'node_modules', one), { recursive: true, filter: (path) => wanted(relative(from, path)) });
  }
}
