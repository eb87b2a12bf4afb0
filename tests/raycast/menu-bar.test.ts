/** Menu Bar, as built, against a real agent with the real engine and the stand-in hub: every state, every item. */
import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, endRig, startAndWait } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import type { Host, Menu } from './host/index.js';
import { startProfilesRig, type ProfilesRig } from './support/profiles.js';

jest.setTimeout(300_000);

const BIG = 'org/big';

let hub: StandInHub;
let rig: ProfilesRig;
let host: Host;
let supportPath: string;
beforeEach(async () => {
  const files = { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': { size: 6_000_000, seed: 'big' } };
  hub = await startHub({ models: [{ id: BIG, files }] });
  rig = await startProfilesRig({ hubUrl: hub.url });
  supportPath = mkdtempSync(join(tmpdir(), 'raycast-menu-'));
  host = await rig.host({ supportPath });
});
afterEach(async () => {
  await host.close();
  await endRig(rig);
  await hub.stop();
  rmSync(supportPath, { recursive: true, force: true });
});

const open = (): Promise<Menu> => host.menu('menu-bar');
const paths = (menu: Menu): string[] => menu.items().map(({ path }) => path);
/** Opens the menu, clicks one item, waits until its handler is through. */
const press = async (path: string): Promise<void> => (await open()).press(path);

test('idle: nothing in memory, the ways to everything else', async () => {
  const menu = await open();
  expect(menu.icon).toMatchObject({ source: expect.stringContaining('computer-chip') });
  expect(menu.title).toBeUndefined();
  expect(menu.tooltip).toBe('MLX Manager: No model in memory');
  expect(paths(menu)).toEqual([
    'Memory for Models',
    'Quick Chat',
    'Search Models',
    'Manage Profiles',
    'Copy Base URL',
    'Extension Preferences…',
  ]);
  expect(menu.items()[0]?.subtitle).toMatch(/^0 B of .* GB$/);
  await menu.close();
  for (const item of ['Memory for Models', 'Quick Chat', 'Search Models', 'Manage Profiles']) await press(item);
  expect(host.launched.map(({ name }) => name)).toEqual(['show-servers', 'quick-chat', 'search-models', 'manage-profiles']);
  await press('Copy Base URL');
  expect(host.copied).toEqual([`${rig.client.baseUrl}/v1`]);
  expect(host.huds).toEqual(['Base URL copied']);
  await press('Extension Preferences…');
  expect(host.machine.entries('preferences')).toHaveLength(1);
});

test('start from the menu: at once on the menu, a HUD when it answers; then each thing to do with it', async () => {
  const one = await rig.profile('One');
  await rig.profile('Two');
  const menu = await open();
  expect(paths(menu)).toEqual(expect.arrayContaining(['Start/One', 'Start/Two']));
  const pressing = menu.press('Start/One');
  await menu.until(() => paths(menu).includes('One/Loading') && menu.isLoading);
  expect(menu.tooltip).toBe('MLX Manager: Loading');
  await pressing;
  expect(host.huds).toEqual(['Starting One…', expect.stringMatching(/^One is ready · /)]);

  const next = await open();
  expect(next.tooltip).toBe('MLX Manager: Ready');
  expect(paths(next)).toEqual(
    expect.arrayContaining(['One/Chat', 'One/Stop', 'One/Restart', 'One/Copy Base URL', 'One/Show Logs', 'Start/Two']),
  );
  expect(paths(next)[0]).toMatch(/^One\/Running( · .* [MG]B)?$/);
  await next.press('One/Chat');
  await press('One/Show Logs');
  expect(host.launched.map(({ name, context }) => [name, context])).toEqual([
    ['quick-chat', { profileId: one.id }],
    ['show-servers', { profileId: one.id }],
  ]);
  await press('One/Copy Base URL');
  expect(host.copied).toEqual([`${rig.client.baseUrl}/v1`]);
  const { pid } = await rig.client.getServer({ params: { profileId: one.id } });
  await press('One/Restart');
  expect(host.huds.at(-1)).toBe('One is ready');
  expect((await rig.client.getServer({ params: { profileId: one.id } })).pid).not.toBe(pid);
  await press('One/Stop');
  expect(host.huds.at(-1)).toMatch(/^One stopped/);
  expect(await rig.client.listServers()).toEqual([]);
});

test('an agent that went away: not the rows of before, but what helps', async () => {
  await rig.profile('One');
  await (await open()).close();
  const menu = await open();
  expect(paths(menu)).toContain('Start/One');
  await menu.close();
  await rig.stop();
  const away = await open();
  expect(paths(away)).toEqual(expect.arrayContaining(['MLX Manager Is Not Running', 'Start MLX Manager']));
  expect(paths(away)).not.toContain('Start/One');
  await away.close();
});

test('several: stopped all at once; the speed of the last answer as title, where its owner wants it', async () => {
  const one = await rig.profile('One');
  const two = await rig.profile('Two');
  await Promise.all([startAndWait(rig.client, one.id), startAndWait(rig.client, two.id)]);
  await ask(rig.client.baseUrl, { model: 'One', messages: [{ role: 'user', content: 'What is the capital of France?' }], max_tokens: 20 });
  expect((await open()).title).toBeUndefined();
  const showing = await rig.host({ preferences: { showSpeed: true } });
  const titled = await showing.menu('menu-bar');
  expect(titled.title).toMatch(/^\d+(\.\d)? tokens\/s$/);
  await titled.close();
  await showing.close();
  await press('Stop All Servers');
  expect(host.huds.at(-1)).toBe('2 servers stopped');
  expect(await rig.client.listServers()).toEqual([]);
});

test('trouble: what failed, and to start it again; a refused start is told', async () => {
  const bad = await rig.profile('Bad', { modelPath: tinyModel, extraArgs: ['--no-such-option'] });
  await press('Start/Bad');
  expect(host.huds.at(-1)).toMatch(/^Could Not Start Bad: .*no-such-option/);
  const menu = await open();
  expect(menu.tooltip).toBe('MLX Manager: A server needs a look');
  expect(paths(menu).slice(0, 2)).toEqual(['Bad/Failed', expect.stringMatching(/no-such-option/)]);
  await menu.press('Bad/Show Logs');
  expect(host.launched.at(-1)).toMatchObject({ name: 'show-servers', context: { profileId: bad.id } });
  await rig.client.updateProfile({ params: { id: bad.id }, body: { extraArgs: [] } });
  await press('Bad/Start Again');
  expect(host.huds.at(-1)).toMatch(/^Bad is ready/);
});

test('downloads under way, with percent', async () => {
  const fast = hub.fault({ at: 'cdn', throttle: 500_000 });
  const { taskId } = await rig.client.downloadModel({ body: { modelId: BIG } });
  for await (const task of rig.client.watchDownload(taskId)) if (task.progress > 5) break;
  const menu = await open();
  const item = menu.items().find(({ section }) => section === 'Downloads');
  expect(item).toMatchObject({ title: 'big', subtitle: expect.stringMatching(/^\d+%/) });
  await menu.press('big');
  expect(host.launched.at(-1)?.name).toBe('show-downloads');
  fast();
  for await (const task of rig.client.watchDownload(taskId)) if (task.status === 'completed') break;
  expect(paths(await open())).not.toContain('big');
});

test('a run in the background ends by itself: each thing is asked once, nothing is listened to', async () => {
  const asked: string[] = [];
  const watch = createServer((request, response) => {
    asked.push(request.url ?? '');
    const authorization = request.headers.authorization ?? '';
    fetch(`${rig.client.baseUrl}${request.url}`, { headers: { authorization } })
      .then(async (answer) => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()))
      .catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((done) => watch.listen(0, '127.0.0.1', done));
  const { port } = watch.address() as AddressInfo;
  const own = await rig.host({ preferences: { address: `http://127.0.0.1:${port}`, key: rig.agent.token } });
  try {
    const menu = await own.menu('menu-bar', { launchType: 'background' });
    expect(menu.tooltip).toBe('MLX Manager: No model in memory');
    await menu.close();
    expect(asked.map((url) => url.split('?')[0]).sort()).toEqual([
      '/api/models/downloads',
      '/api/pool',
      '/api/profiles',
      '/api/requests',
      '/api/servers',
    ]);
  } finally {
    await own.close();
    watch.closeAllConnections();
    await new Promise((done) => watch.close(done));
  }
});
