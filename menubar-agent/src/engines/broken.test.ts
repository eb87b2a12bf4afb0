/** An environment that was whole when it was made, and is not any more. Its Python is a script that says whether the modules are there. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@mlx-manager/shared';
import { EventBus, silentLogger, systemClock } from '../core/index.js';
import { mlxLm } from './adapters/mlx-lm.js';
import { readManifest, recipeHash, writeManifest } from './environments.js';
import { EngineService } from './service.js';

const reason = 'The engine’s environment lacks the Python package mlx_lm.';
let folder: string;
let root: string;
let told: Engine[];
const services: EngineService[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'broken-'));
  root = join(folder, 'engines', 'mlx-lm', mlxLm.pinnedVersion);
  told = [];
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'whole'), '');
  writeFileSync(join(root, 'bin', 'python'), `#!/bin/sh\ntest -e "${root}/whole"\n`, { mode: 0o755 });
  await writeManifest(root, {
    format: 1,
    engine: 'mlx-lm',
    version: mlxLm.pinnedVersion,
    recipeHash: recipeHash(mlxLm),
    python: '3.11.7',
    sizeBytes: 1,
    packages: { mlx: '0.32.4' },
    installedAt: '2026-11-21T13:00:00.000Z',
  });
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  rmSync(folder, { recursive: true, force: true });
});

function service(): EngineService {
  const bus = new EventBus((error) => {
    throw error;
  });
  bus.on('engine.updated', (engine) => told.push(engine));
  const made = new EngineService({
    bus,
    clock: systemClock,
    logger: silentLogger(),
    enginesDir: join(folder, 'engines'),
    logsFolder: join(folder, 'logs'),
    enginePython: () => join(folder, 'no-python'),
    usersOf: () => [],
    env: { PATH: join(folder, 'nothing-here') },
    adapters: [mlxLm],
  });
  services.push(made);
  return made;
}

test('is shown as broken with the reason, by the next agent too, until it is made anew', async () => {
  const engines = service();
  // This agent saw it work, so that `install` would not try it again.
  await engines.install('mlx-lm');
  expect(await engines.whenInstalled('mlx-lm')).toMatchObject({ state: 'installed', error: null });
  rmSync(join(root, 'whole'));
  told = [];
  expect(await engines.reportBroken('mlx-lm', reason)).toBe(true);
  const broken = { state: 'broken', version: null, error: { message: expect.stringContaining('lacks the Python package mlx_lm') } };
  expect(told).toMatchObject([broken]);
  expect(await engines.get('mlx-lm')).toMatchObject(broken);
  expect(await service().get('mlx-lm')).toMatchObject(broken);
  await expect(engines.environment('mlx-lm')).rejects.toMatchObject({ code: 'ENGINE_NOT_INSTALLED', details: { state: 'broken' } });
  // Once is enough.
  expect(await engines.reportBroken('mlx-lm', reason)).toBe(false);
  await engines.install('mlx-lm');
  // There is no Python here to make it from: what counts is that it was not taken for whole.
  await expect(engines.whenInstalled('mlx-lm')).rejects.toMatchObject({ code: expect.stringMatching(/^PYTHON_/) });
});

test('found broken when it is to be used: that is announced, once', async () => {
  const engines = service();
  await engines.environment('mlx-lm');
  expect(told).toEqual([]);
  rmSync(join(root, 'bin'), { recursive: true });
  for (let i = 0; i < 2; i++) await expect(engines.environment('mlx-lm')).rejects.toMatchObject({ code: 'ENGINE_NOT_INSTALLED' });
  expect(told).toMatchObject([{ id: 'mlx-lm', state: 'broken' }]);
});

test('that works is left as it is: a model may want what no engine brings', async () => {
  const engines = service();
  expect(await engines.reportBroken('mlx-lm', 'The engine’s environment lacks the Python package timm.')).toBe(false);
  expect(await engines.get('mlx-lm')).toMatchObject({ state: 'installed', error: null });
  expect((await readManifest(root))?.broken).toBeUndefined();
  expect(told).toEqual([]);
});

test('that is not there, or of an engine nobody knows', async () => {
  rmSync(root, { recursive: true });
  expect(await service().reportBroken('mlx-lm', reason)).toBe(false);
  expect(existsSync(root)).toBe(false);
  await expect(service().reportBroken('other', reason)).rejects.toMatchObject({ code: 'ENGINE_UNKNOWN' });
});
