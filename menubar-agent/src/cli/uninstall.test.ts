/** What `uninstall` does with the keychain. Its files are the concern of tests/cli. Not yet verified on a Mac: security(1) is stood in for. */
import { jest } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretVault } from '../agent/secret-vault.js';
import { agentPaths } from '../core/index.js';
import { uninstall } from './uninstall.js';

/** No login items: the owner's own must not be touched. */
const launchd = { list: () => Promise.resolve([]), uninstall: () => Promise.resolve() };

let folder: string;
let env: Record<string, string>;
let said: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-uninstall-'));
  env = { HOME: folder, MLX_MANAGER_HOME: join(folder, 'state'), PATH: process.env.PATH ?? '' };
  mkdirSync(join(folder, 'state', 'logs'), { recursive: true });
  said = '';
  for (const stream of ['stdout', 'stderr'] as const) {
    jest.spyOn(process[stream], 'write').mockImplementation((text) => ((said += String(text)), true));
  }
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** A stand-in for security(1): each line of a file is an item; it deletes one at a time, and says 44 when there is none, 36 when it is locked. */
function vaultWith(
  items: readonly string[],
  locked = false,
): { vault: ReturnType<typeof secretVault>; left: () => string[]; asked: () => string[] } {
  const list = join(folder, 'items');
  const log = join(folder, 'asked');
  writeFileSync(list, items.map((item) => `${item}\n`).join(''));
  const security = join(folder, 'security');
  const body = locked ? 'exit 36' : `[ -s "${list}" ] || exit 44\nsed -i.old 1d "${list}"`;
  writeFileSync(security, `#!/bin/sh\necho "$*" >> "${log}"\n${body}\n`);
  chmodSync(security, 0o755);
  const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return { vault: secretVault(env, agentPaths(env), { platform: 'darwin', security }), left: () => lines(list), asked: () => lines(log) };
}

test('every key of this state folder leaves the keychain', async () => {
  const { vault, left, asked } = vaultWith(['provider_1', 'provider_2']);
  await uninstall(env, true, { vault, launchd });
  expect(left()).toEqual([]);
  const [first] = asked();
  expect(first).toMatch(/^delete-generic-password -s mlx-manager-[0-9a-f]{12}$/);
  expect(asked()).toEqual([first, first, first]);
  expect(said).toMatch(/keys in the keychain[\s\S]*✓ Removed/);
  expect(existsSync(join(folder, 'state'))).toBe(false);
});

test('a keychain that is locked is told at the end; everything else is removed', async () => {
  const { vault, left } = vaultWith(['provider_1'], true);
  await expect(uninstall(env, true, { vault, launchd })).rejects.toMatchObject({
    code: 'SECRET_STORE_FAILED',
    message: expect.stringContaining('locked'),
  });
  expect(left()).toEqual(['provider_1']);
  expect(said).not.toContain('Removed');
  expect(existsSync(join(folder, 'state'))).toBe(false);
});

test('engines in a folder of their own stay: other agents may use them', async () => {
  const engines = join(folder, 'shared-engines');
  mkdirSync(join(engines, 'mlx-lm'), { recursive: true });
  await uninstall({ ...env, MLX_MANAGER_ENGINES_DIR: engines, MLX_MANAGER_SECRETS: 'file' }, true, { launchd });
  expect(existsSync(join(engines, 'mlx-lm'))).toBe(true);
  expect(said).toContain('stay: other agents may use them');
  expect(existsSync(join(folder, 'state'))).toBe(false);
});
