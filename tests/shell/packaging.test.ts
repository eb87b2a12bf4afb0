/** What is packaged: the configuration by electron-builder's own check, the staged folder by starting the agent out of it. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'plist';
import { agentEnv } from '../support/agent.js';
import { ensureBuilt } from '../support/cli.js';

const root = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);
const packaging = join(root, 'menubar-agent/packaging');
type Config = Record<string, unknown> & { mac: Record<string, unknown>; electronFuses: Record<string, boolean> };
const { builderConfig, canNotarize } = (await import(join(packaging, 'builder.mjs'))) as {
  builderConfig: (given: { electronVersion: string; notarize: boolean }) => Config;
  canNotarize: (env: Record<string, string>) => boolean;
};
const { validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
  validateConfiguration: (config: unknown, logger: { isEnabled: boolean; add(): void }) => Promise<void>;
};
const check = (config: unknown): Promise<void> => validateConfiguration(config, { isEnabled: false, add: () => undefined });
const config = builderConfig({ electronVersion: '45.4.1', notarize: false });

test('electron-builder takes the configuration, and would not take another', async () => {
  await expect(check(config)).resolves.toBeUndefined();
  await expect(check({ ...config, mac: { ...config.mac, hardenedRuntimes: true } })).rejects.toThrow(/configuration\.mac/);
  await expect(check({ ...config, electronFuses: { runAsNod: false } })).rejects.toThrow(/electronFuses/);
});

test('hardened, universal, in the menu bar alone, without a feed', () => {
  expect(config).toMatchObject({
    publish: null,
    asar: true,
    mac: {
      hardenedRuntime: true,
      extendInfo: { LSUIElement: true, NSAppTransportSecurity: { NSAllowsArbitraryLoads: false } },
      target: [
        { target: 'dmg', arch: ['universal'] },
        { target: 'zip', arch: ['universal'] },
      ],
    },
  });
  expect(config.electronFuses).toEqual({
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
    resetAdHocDarwinSignature: false,
  });
  const entitlements = parse(readFileSync(join(packaging, 'entitlements.plist'), 'utf8'));
  expect(entitlements).toEqual({ 'com.apple.security.cs.allow-jit': true });
  for (const file of [config.mac.icon, config.mac.entitlements]) expect(existsSync(join(root, 'menubar-agent', String(file)))).toBe(true);
  const icon = readFileSync(join(root, 'menubar-agent', String(config.mac.icon)));
  expect(icon.readUInt32BE(16)).toBe(1024);
});

test('notarised where the environment has credentials, skipped where it has not', () => {
  expect(canNotarize({})).toBe(false);
  expect(canNotarize({ APPLE_ID: 'a', APPLE_TEAM_ID: 'b' })).toBe(false);
  expect(canNotarize({ APPLE_ID: 'a', APPLE_TEAM_ID: 'b', APPLE_APP_SPECIFIC_PASSWORD: 'c' })).toBe(true);
  expect(builderConfig({ electronVersion: '45.4.1', notarize: true }).mac.notarize).toBe(true);
});

test('the menu bar icons are template images of 16 points, in both resolutions', () => {
  const folder = join(root, 'menubar-agent/assets/tray');
  for (const state of ['idle', 'loading', 'serving', 'trouble']) {
    for (const [suffix, size] of [
      ['', 16],
      ['@2x', 32],
    ] as const) {
      const png = readFileSync(join(folder, `${state}Template${suffix}.png`));
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([size, size]);
    }
  }
});

test('the staged folder holds all that the agent needs to answer', async () => {
  await ensureBuilt();
  const work = mkdtempSync(join(tmpdir(), 'mlx-stage-'));
  try {
    const app = join(work, 'app');
    const dist = join(root, 'menubar-agent/dist');
    const { stageApp } = (await import(join(root, 'scripts/stage-app.mjs'))) as { stageApp: (out: string, dist: string) => void };
    if (!existsSync(join(dist, 'shell/main.cjs'))) await import(join(root, 'scripts/build-shell.mjs'));
    stageApp(app, dist);
    expect(readdirSync(join(app, 'node_modules/better-sqlite3/prebuilds')).sort()).toEqual(['darwin-arm64.node', 'darwin-x64.node']);
    const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as { main: string; dependencies?: unknown };
    expect(existsSync(join(app, manifest.main))).toBe(true);
    expect(manifest.dependencies).toBeUndefined();
    // On this machine its own binary in place of the Mac's.
    if (process.platform !== 'darwin') {
      const name = `${process.platform}-${process.arch}.node`;
      cpSync(join(root, 'node_modules/better-sqlite3/prebuilds', name), join(app, 'node_modules/better-sqlite3/prebuilds', name));
    }
    const child = spawn(process.execPath, [join(app, 'dist/cli.js'), 'start', '--headless', '--no-starter', '--port', '0'], {
      env: agentEnv(work),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((done) => child.once('exit', done));
    let said = '';
    const ready = new Promise<string>((done, fail) => {
      const hear = (chunk: Buffer): void => {
        said += chunk.toString();
        const address = /ready at (\S+)/.exec(said)?.[1];
        if (address) done(address);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      void ended.then(() => fail(new Error(said)));
    });
    const address = await ready;
    expect((await fetch(`${address}/api/docs/swagger-ui.css`, { headers: { accept: 'text/css' } })).status).toBeLessThan(500);
    expect((await fetch(`${address}/`)).status).toBe(200);
    child.kill('SIGTERM');
    await ended;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}, 60_000);
