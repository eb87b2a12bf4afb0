import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mlxLm } from './adapters/mlx-lm.js';
import { folderSize, installedPackages, MANIFEST_FILE, readEngineDisk, recipeHash, writeManifest, type Manifest } from './environments.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'environments-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole: Manifest = {
  format: 1,
  engine: 'mlx-lm',
  version: mlxLm.pinnedVersion,
  recipeHash: recipeHash(mlxLm),
  python: '3.11.7',
  sizeBytes: 1,
  packages: { mlx: '0.32.4' },
  installedAt: '2026-11-21T13:00:00.000Z',
};

/** An environment whose Python is this Node: only that it can be run matters. */
async function make(name: string, manifest: Manifest | string | null): Promise<string> {
  const root = join(folder, 'mlx-lm', name);
  mkdirSync(join(root, 'bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'bin', 'python'));
  if (typeof manifest === 'string') writeFileSync(join(root, MANIFEST_FILE), manifest);
  else if (manifest) await writeManifest(root, manifest);
  return root;
}

test('nothing is there', async () => {
  expect(await readEngineDisk(folder, mlxLm)).toEqual({ usable: null, current: false, all: [] });
});

test('a whole environment', async () => {
  const root = await make('0.32.2', whole);
  const disk = await readEngineDisk(folder, mlxLm);
  expect(disk.usable).toEqual({ environment: { root, python: join(root, 'bin/python') }, manifest: whole, problem: null });
  expect(disk.current).toBe(true);
});

test.each([
  ['without a manifest', null, 'its installation was not finished'],
  ['with half a manifest', '{"format": 1, "eng', 'its installation was not finished'],
  ['with a manifest of another format', JSON.stringify({ ...whole, format: 2 }), 'its installation was not finished'],
  ['made by another recipe', { ...whole, recipeHash: 'other' }, 'it was made by another recipe'],
  ['of another engine', { ...whole, engine: 'vllm' }, 'it belongs to vllm'],
])('an environment %s is broken', async (_name, manifest, problem) => {
  await make('0.32.2', manifest);
  expect(await readEngineDisk(folder, mlxLm)).toMatchObject({ usable: null, all: [{ problem }] });
});

test('an environment whose Python went away, or cannot be run, is broken', async () => {
  const root = await make('0.32.2', whole);
  rmSync(join(root, 'bin/python'));
  symlinkSync(join(folder, 'gone'), join(root, 'bin/python'));
  expect(await readEngineDisk(folder, mlxLm)).toMatchObject({ usable: null, all: [{ problem: 'its Python is gone' }] });
  rmSync(join(root, 'bin/python'));
  mkdirSync(join(root, 'bin/python'));
  chmodSync(join(root, 'bin/python'), 0o000);
  // root may enter any folder: there the mode says nothing
  if (process.getuid?.() !== 0) expect((await readEngineDisk(folder, mlxLm)).usable).toBeNull();
});

test('the pinned version is preferred; an older one serves until the upgrade', async () => {
  const older = await make('0.31.3', { ...whole, version: '0.31.3', recipeHash: 'older' });
  expect(await readEngineDisk(folder, mlxLm)).toMatchObject({ usable: { environment: { root: older } }, current: false });
  const pinned = await make('0.32.2', whole);
  expect(await readEngineDisk(folder, mlxLm)).toMatchObject({ usable: { environment: { root: pinned } }, current: true });
});

test('packages by their dist-info folders; size by blocks, links once', async () => {
  const root = await make('0.32.2', null);
  const site = join(root, 'lib/python3.11/site-packages');
  for (const name of ['mlx_lm-0.32.2', 'Jinja2-3.1.6', 'ruamel.yaml-0.18.1'])
    mkdirSync(join(site, `${name}.dist-info`), { recursive: true });
  expect(await installedPackages(root)).toEqual({ 'mlx-lm': '0.32.2', jinja2: '3.1.6', 'ruamel-yaml': '0.18.1' });
  writeFileSync(join(site, 'big.bin'), Buffer.alloc(1_000_000, 1));
  const { linkSync } = await import('node:fs');
  const before = await folderSize(root);
  linkSync(join(site, 'big.bin'), join(site, 'same.bin'));
  expect(await folderSize(root)).toBe(before);
  expect(before).toBeGreaterThanOrEqual(1_000_000);
  expect(before).toBeLessThan(1_200_000);
});

test('another recipe has another hash', () => {
  const hash = recipeHash(mlxLm);
  expect(recipeHash(mlxLm)).toBe(hash);
  expect(recipeHash(mlxLm, 'darwin')).not.toBe(recipeHash(mlxLm, 'linux'));
  expect(recipeHash({ ...mlxLm, recipe: () => ({ ...mlxLm.recipe('linux'), files: { 'a.py': '' } }) })).not.toBe(hash);
});
