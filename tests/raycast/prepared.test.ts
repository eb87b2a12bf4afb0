/** The folder that is submitted to the store, made outside the repository: installed, built and linted there as the store's CI does. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  statSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { filesBelow, importedPackages, importsOf, prepareExtension, rayBuild, rayLint } from '../../scripts/extension.mjs';
import { runNpm } from '../../scripts/setup.mjs';
import { manifest, repository, type Manifest } from './support/extension.js';

let outside: string;
let folder: string;
const file = (...names: string[]) => join(folder, ...names);
const json = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T;

beforeAll(() => {
  // npm's settings and cache are the user's: a test's own home has neither, and each run would fetch everything anew.
  process.env['npm_config_userconfig'] ??= join(userInfo().homedir, '.npmrc');
  process.env['npm_config_cache'] ??= join(userInfo().homedir, '.npm');
  outside = realpathSync(mkdtempSync(join(tmpdir(), 'mlx-store-')));
  folder = join(outside, 'extensions', 'mlx-manager');
  prepareExtension({ root: repository, out: folder });
  runNpm(process.execPath, ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], folder);
}, 300_000);
afterAll(() => rmSync(outside, { recursive: true, force: true }));

test('holds what the store wants, and nothing of a developer', () => {
  const there = readdirSync(folder);
  for (const name of [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'eslint.config.mjs',
    '.prettierrc',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'assets',
    'src',
  ]) {
    expect(there).toContain(name);
  }
  expect(there).not.toContain('dist');
  expect(existsSync(file('src/shared/index.ts'))).toBe(true);
  expect(filesBelow(file('src')).filter((name: string) => /\.test\.tsx?$|\.DS_Store$/.test(name))).toEqual([]);
});

test('reaches out of the folder nowhere', () => {
  const declared = [...Object.keys(json<Manifest>(file('package.json')).dependencies), 'react'];
  expect((importedPackages(file('src')) as string[]).filter((name) => !declared.includes(name))).toEqual([]);
  for (const name of filesBelow(file('src'))) {
    const path = file('src', name);
    expect([name, lstatSync(path).isSymbolicLink()]).toEqual([name, false]);
    for (const specifier of (importsOf(readFileSync(path, 'utf8')) as string[]).filter((one) => one.startsWith('.'))) {
      expect([name, specifier, resolve(dirname(path), specifier).startsWith(file('src'))]).toEqual([name, specifier, true]);
    }
  }
  const { paths } = json<{ compilerOptions: { paths: Record<string, string[]> } }>(file('tsconfig.json')).compilerOptions;
  expect(paths['@mlx-manager/shared']).toEqual(['./src/shared/index.ts']);
  expect(
    Object.values(paths)
      .flat()
      .filter((path) => !existsSync(file(path))),
  ).toEqual([]);
  expect(readFileSync(file('tsconfig.json'), 'utf8')).not.toContain('..');
});

test('ray build and ray lint pass in it, and no bundle is over 300 kB', async () => {
  const out = join(outside, 'dist');
  const built = await rayBuild({ folder, out });
  expect(built).toMatchObject({ code: 0, output: expect.stringContaining('checked TypeScript') as string });
  const bundles: string[] = filesBelow(out).filter((name: string) => name.endsWith('.js'));
  expect(bundles.sort()).toEqual(
    [...manifest.commands.map(({ name }) => `${name}.js`), ...(manifest.tools ?? []).map(({ name }) => `tools/${name}.js`)].sort(),
  );
  // As it is submitted; in the repository the routes say besides what they are for.
  const large = bundles.map((name) => ({ name, kB: Math.ceil(statSync(join(out, name)).size / 1000) })).filter(({ kB }) => kB > 300);
  expect(large).toEqual([]);

  const linted = await rayLint(folder);
  expect(linted).toMatchObject({ code: 0 });
  expect(linted.output).not.toMatch(/\bwarning\b/);
  for (const part of ['package.json file', 'package-lock.json', 'other lock files', 'extension icons'])
    expect(linted.output).toContain(`ready  - validate ${part}`);
  expect(linted.requests.sort()).toEqual([`GET /api/v1/users/${manifest.author}`, 'GET /schemas/extension.json']);
}, 300_000);

test('ray lint refuses a broken manifest and another style', async () => {
  const whole = readFileSync(file('package.json'), 'utf8');
  try {
    writeFileSync(
      file('package.json'),
      whole.replace('"license": "MIT"', '"license": "GPL-3.0"').replace(/"mode": "[a-z-]+"/, '"mode": "window"'),
    );
    writeFileSync(file('src', 'untidy.ts'), "export const untidy = 'x'\n");
    const { code, output } = await rayLint(folder);
    expect(code).not.toBe(0);
    expect(output).toContain('must be equal to constant');
    expect(output).toContain('must be equal to one of the allowed values');
    expect(output).toContain('untidy.ts');
  } finally {
    writeFileSync(file('package.json'), whole);
    rmSync(file('src', 'untidy.ts'));
  }
}, 300_000);

describe('another state of the repository', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(outside, 'repository-'));
    const copied = (path: string) => !/(node_modules|\.test\.tsx?)$/.test(path);
    for (const name of ['raycast-extension', 'shared'])
      cpSync(join(repository, name), join(root, name), { recursive: true, filter: copied });
    symlinkSync(join(folder, 'node_modules'), join(root, 'raycast-extension', 'node_modules'));
  });

  test('a package of shared that the extension lacks is added in shared’s version, the lock file with it', () => {
    const path = join(root, 'raycast-extension', 'package.json');
    const lockPath = join(root, 'raycast-extension', 'package-lock.json');
    type Lock = { packages: Record<string, { dependencies: Record<string, string>; version?: string }> };
    const [before, lock] = [json<Manifest>(path), json<Lock>(lockPath)];
    Reflect.deleteProperty(before.dependencies, 'eventsource-parser');
    Reflect.deleteProperty(lock.packages['']!.dependencies, 'eventsource-parser');
    Reflect.deleteProperty(lock.packages, 'node_modules/eventsource-parser');
    writeFileSync(path, JSON.stringify(before, null, 2));
    writeFileSync(lockPath, JSON.stringify(lock, null, 2));
    const out = join(outside, 'completed');
    prepareExtension({ root, out, format: false });
    const { version } = { version: json<Manifest>(join(root, 'shared', 'package.json')).dependencies['eventsource-parser'] };
    expect(json<Manifest>(join(out, 'package.json')).dependencies['eventsource-parser']).toBe(version);
    const completed = json<Lock>(join(out, 'package-lock.json'));
    expect(completed.packages['']!.dependencies['eventsource-parser']).toBe(version);
    expect(completed.packages['node_modules/eventsource-parser']!.version).toBe(version);
  }, 300_000);

  test('two versions of one package are refused', () => {
    const path = join(root, 'raycast-extension', 'package.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"zod": "[^"]+"/, '"zod": "4.0.0"'));
    expect(() => prepareExtension({ root, out: join(outside, 'versions'), format: false })).toThrow(/zod 4\.0\.0.*make them the same/);
  });

  test('a folder with something else in it is left alone', () => {
    const out = join(outside, 'mine');
    mkdirSync(out);
    writeFileSync(join(out, 'diary.txt'), 'mine');
    expect(() => prepareExtension({ root, out })).toThrow(/is not empty/);
    expect(readFileSync(join(out, 'diary.txt'), 'utf8')).toBe('mine');
    expect(() => prepareExtension({ root, out: join(root, 'raycast-extension') })).toThrow(/own sources/);
  });
});
