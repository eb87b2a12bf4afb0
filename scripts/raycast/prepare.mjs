/**
 * The extension as one folder that needs nothing outside: what the store gets, and what the tests build. In the repository it takes
 * `@mlx-manager/shared` from the folder beside it, by an entry of tsconfig's `paths`; here shared's sources are inside it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runNpm } from '../setup.mjs';

/** What the store's folder holds, besides what a build or an editor leaves behind (https://developers.raycast.com/information/file-structure). */
const WANTED = [
  '.gitignore',
  '.prettierrc',
  'assets',
  'CHANGELOG.md',
  'eslint.config.mjs',
  'LICENSE',
  'media',
  'metadata',
  'package.json',
  'package-lock.json',
  'README.md',
  'src',
  'tsconfig.json',
];
const SHARED = '@mlx-manager/shared';
const isTest = (file) => /\.test\.tsx?$/.test(file);
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** All files below a folder, as paths from it, sorted. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** The files a prepared folder is made of, absolute: what a build depends on. */
export function sourcesOf(root) {
  const extension = join(root, 'raycast-extension');
  const shared = join(root, 'shared', 'src');
  const own = WANTED.map((name) => join(extension, name)).filter((file) => existsSync(file));
  return [
    ...own.flatMap((file) => (/\/(src|assets|media|metadata)$/.test(file) ? filesBelow(file).map((name) => join(file, name)) : [file])),
    ...filesBelow(shared).map((name) => join(shared, name)),
    join(root, 'shared', 'package.json'),
  ].filter((file) => !isTest(file) && basename(file) !== '.DS_Store');
}

/**
 * Writes the self-contained folder. `format`: brings shared's sources into the extension's own style, which `ray lint` checks.
 * @param {{ root: string, out: string, format?: boolean }} options `out` is emptied first; it must not hold the extension itself.
 * @returns {void}
 */
export function prepareExtension({ root, out, format = true }) {
  const extension = join(root, 'raycast-extension');
  if (extension === out || extension.startsWith(`${out}/`)) throw new Error(`${out} holds the extension's own sources.`);
  if (existsSync(out) && readdirSync(out).length > 0 && !isPrepared(out)) {
    throw new Error(`${out} is not empty, and it is no prepared extension. Name another folder.`);
  }
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const keep = (file) => !isTest(file) && basename(file) !== '.DS_Store';
  for (const name of WANTED) {
    if (existsSync(join(extension, name))) cpSync(join(extension, name), join(out, name), { recursive: true, filter: keep });
  }
  cpSync(join(root, 'shared', 'src'), join(out, 'src', 'shared'), { recursive: true, filter: keep });

  leaveSummariesOut(join(out, 'src', 'shared', 'routes'));

  const tsconfig = readFileSync(join(out, 'tsconfig.json'), 'utf8');
  const rewritten = tsconfig.replaceAll('"../shared/src/', '"./src/shared/');
  if (rewritten === tsconfig) throw new Error(`tsconfig.json no longer takes ${SHARED} from ../shared/src.`);
  writeFileSync(join(out, 'tsconfig.json'), rewritten);

  addDependencies({ root, out });
  if (format) formatShared({ extension, out });
}

const isPrepared = (folder) => existsSync(join(folder, 'src', 'shared', 'index.ts')) && existsSync(join(folder, 'package.json'));

/** What a route is for is said in the API's document, which the agent serves: every command's bundle need not carry it (7 kB of 300). */
function leaveSummariesOut(folder) {
  if (!existsSync(folder)) return;
  for (const name of filesBelow(folder)) {
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/\bsummary:\s*(['"])(?:(?!\1)[^\\\n]|\\.)*\1/g, 'summary: ""'));
  }
}

/** What shared's sources import, by shared's own pinned versions; the lock file follows when something was missing. */
function addDependencies({ root, out }) {
  const pinned = json(join(root, 'shared', 'package.json')).dependencies;
  const manifest = json(join(out, 'package.json'));
  let added = false;
  for (const name of importedPackages(join(out, 'src', 'shared'))) {
    const version = pinned[name];
    if (!version) throw new Error(`shared imports ${name}, which its package.json does not name.`);
    const here = manifest.dependencies[name];
    if (here && here !== version) throw new Error(`The extension has ${name} ${here}, shared has ${version}: make them the same.`);
    if (!here) {
      manifest.dependencies[name] = version;
      added = true;
    }
  }
  if (!added) return;
  manifest.dependencies = Object.fromEntries(Object.entries(manifest.dependencies).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  runNpm(process.execPath, ['install', '--package-lock-only', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], out);
}

/** Names of the packages that the sources below a folder import; Node's own modules left out. */
export function importedPackages(folder) {
  const names = new Set();
  for (const file of filesBelow(folder).filter((name) => /\.(tsx?|mts|js)$/.test(name))) {
    for (const specifier of importsOf(readFileSync(join(folder, file), 'utf8'))) {
      if (specifier.startsWith('.') || specifier.startsWith('node:') || specifier === SHARED || specifier.startsWith(`${SHARED}/`))
        continue;
      names.add(
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
  }
  return [...names].sort();
}

/** Every module a source imports, exports from, or loads on demand. */
export function importsOf(source) {
  const patterns = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g,
  ];
  return patterns.flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1]));
}

/** Prettier as the extension has it, by the extension's own rules. */
function formatShared({ extension, out }) {
  const prettier = join(extension, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
  const result = spawnSync(process.execPath, [prettier, '--log-level', 'warn', '--write', 'src/shared', 'tsconfig.json', 'package.json'], {
    cwd: out,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  if (result.status !== 0) throw new Error(`Prettier failed on shared's sources:\n${result.stdout}${result.stderr}`);
}
