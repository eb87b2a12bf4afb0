/** The shell around a real agent, on a stand-in for Electron (its binary is not there; `npm run test:shell` starts it on a Mac). */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { pagePreferences } from '../../menubar-agent/src/shell/guard.js';
import { readAgentFile, agentPaths, silentLogger } from '../../menubar-agent/src/core/index.js';
import { EMPTY } from '../../menubar-agent/src/shell/state.js';
import { Windows } from '../../menubar-agent/src/shell/windows.js';
import { ensureBuilt, startAgentProcess } from '../support/cli.js';
import { agentEnv, clientOf, endRig, newFolder, startAgent, startAndWait } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { fakeElectron } from '../support/shell/fake-electron.js';
import { startShell, type ShellRig } from '../support/shell/rig.js';

const labels = (menu: MenuItemConstructorOptions[]): (string | undefined)[] => menu.map((item) => item.label);
const press = (menu: MenuItemConstructorOptions[], label: string): void => {
  const item = menu.find((one) => one.label === label);
  if (!item?.click) throw new Error(`no entry ${label} in ${labels(menu).join(', ')}`);
  (item.click as () => void)();
};
const popUp = (rig: ShellRig): MenuItemConstructorOptions[] => {
  rig.fake.trays[0]!.emit('right-click');
  return rig.fake.menus.at(-1)!;
};
const gone = async (pid: number): Promise<void> => {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((done) => setTimeout(done, 20));
  }
};

beforeAll(ensureBuilt, 120_000);

test('starts an agent, shows its page signed in, starts it again when it dies, ends it when it quits', async () => {
  const rig = await startShell();
  try {
    const { fake } = rig;
    expect(fake.app.sandboxed).toBe(true);
    expect(fake.trays[0]!.image).toMatch(/assets\/tray\/loadingTemplate\.png$/);
    const now = await rig.until((snapshot) => snapshot.agent === 'running');
    expect(now).toMatchObject({ own: true, servers: [], profiles: [] });
    expect(fake.children[0]!.args).toEqual(['start', '--headless', '--unless-running', '--no-starter', '--port', '0']);
    expect(fake.trays[0]!.image).toMatch(/idleTemplate\.png$/);
    expect(fake.trays[0]!.tip).toBe('MLX Manager: No model in memory');

    // A newcomer sees the window without looking for the icon.
    const window = fake.windows[0]!;
    while (window.loaded.at(-1) !== `${now.address}/`) await once(window, 'loaded');
    const cookie = fake.session.stored.at(-1)!;
    expect(cookie).toMatchObject({ url: now.address, httpOnly: true, sameSite: 'strict', path: '/' });
    expect(cookie.expirationDate).toBeUndefined();
    const asPage = await fetch(`${now.address}/api/agent`, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
    expect(asPage.status).toBe(200);
    expect(asPage.headers.get('access-control-allow-origin')).toBeNull();
    const page = await fetch(`${now.address}/`);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);

    // The dropdown.
    await fake.dropdowns[0]!.showWindow();
    const dropdown = fake.dropdowns[0]!.window!;
    while (dropdown.loaded.at(-1) !== `${now.address}/dropdown`) await once(dropdown, 'loaded');

    // Both are made as the checklist wants it.
    expect(fake.windows.map(({ options }) => options.webPreferences)).toEqual([pagePreferences(true), pagePreferences(true)]);

    // It dies: another comes, and windows go to its address, on the page where their reader was.
    window.webContents.url = `${now.address}/chat/7`;
    const pid = fake.children[0]!.child.pid!;
    process.kill(pid, 'SIGKILL');
    const again = await rig.until((snapshot) => snapshot.agent === 'running' && snapshot.address !== now.address);
    expect(fake.children).toHaveLength(2);
    while (window.loaded.at(-1) !== `${again.address}/chat/7`) await once(window, 'loaded');

    // Where the window was is kept.
    window.close();
    expect(JSON.parse(readFileSync(join(rig.env.MLX_MANAGER_HOME!, 'window.json'), 'utf8'))).toEqual(window.bounds);

    const last = fake.children[1]!.child.pid!;
    fake.app.quit();
    await fake.app.quitted.promise;
    await gone(last);
    expect(fake.questions).toEqual([]);
    expect(readAgentFile(agentPaths(rig.env))).toBeNull();
  } finally {
    await rig.end();
  }
}, 60_000);

test('an agent of another is used and left alone; what its owner ends stays ended until they start one', async () => {
  const folder = newFolder();
  const env = agentEnv(folder);
  let outside = await startAgentProcess(env, '--no-starter');
  const rig = await startShell({ folder });
  try {
    const { fake } = rig;
    const now = await rig.until((snapshot) => snapshot.agent === 'running');
    expect(now).toMatchObject({ own: false, address: outside.address });
    expect(fake.children).toEqual([]);
    expect(labels(popUp(rig))).toContain('Quit (the Agent Goes On)');

    await outside.terminate();
    await rig.until((snapshot) => snapshot.agent === 'stopped');
    expect(labels(popUp(rig))).toEqual(expect.arrayContaining(['Start the Agent', 'Show the Log in the Finder']));
    expect(fake.children).toEqual([]);
    press(popUp(rig), 'Show the Log in the Finder');
    expect(fake.revealed).toEqual([join(env.MLX_MANAGER_HOME!, 'logs', 'agent.log')]);

    // Started by its owner: found without asking.
    outside = await startAgentProcess(env, '--no-starter');
    await rig.until((snapshot) => snapshot.agent === 'running' && snapshot.address === outside.address);
    expect(fake.children).toEqual([]);

    await rig.shell.quit('as-set');
    await fake.app.quitted.promise;
    expect((await outside.client.health()).status).toBe('ok');
  } finally {
    await outside.terminate();
    await rig.end();
  }
}, 60_000);

test('menu, settings and notifications follow the agent by its events', async () => {
  const rig = await startShell();
  try {
    const { fake } = rig;
    await rig.until((snapshot) => snapshot.agent === 'running');
    const { port, token } = readAgentFile(agentPaths(rig.env))!;
    const client = clientOf(`http://127.0.0.1:${port}`, token);

    await client.createProfile({ body: { name: 'Nobody', modelPath: 'nobody/nothing' } });
    await rig.until((snapshot) => snapshot.profiles.length === 1);
    const start = popUp(rig).find((item) => item.label === 'Start')!;
    expect(labels(start.submenu as MenuItemConstructorOptions[])).toEqual(['Nobody']);
    const notified = once(fake.app, 'notified');
    press(start.submenu as MenuItemConstructorOptions[], 'Nobody');
    const [told] = (await notified) as [{ title: string; body: string }];
    expect(told.title).toMatch(/That Did Not Work|Nobody Failed/);
    expect(told.body).not.toBe('');

    press(popUp(rig), 'Copy Address for Clients');
    expect(fake.copied).toEqual([`http://127.0.0.1:${port}/v1`]);

    // The shortcut is bound and let go as the setting says; keys of another program are told.
    fake.taken.add('Alt+Space');
    await client.updateSettings({ body: { quickChatShortcut: 'Alt+Shift+Space' } });
    await rig.until(() => fake.shortcuts.has('Alt+Shift+Space'));
    fake.shortcuts.get('Alt+Shift+Space')!();
    await rig.until(() => fake.windows[0]!.loaded.at(-1) === `http://127.0.0.1:${port}/chat`);
    await client.updateSettings({ body: { quickChatShortcut: 'Alt+Space' } });
    await rig.until(() => fake.notifications.some((one) => one.options.title === 'Shortcut Not Available'));
    expect(fake.shortcuts.size).toBe(0);
    await client.updateSettings({ body: { quickChatShortcut: null, notifications: 'none', trayTitle: true } });
    await rig.until((snapshot) => snapshot.settings?.trayTitle === true && snapshot.agent === 'running');
    expect(fake.trays[0]!.title).toBe('');
    await expect(client.updateSettings({ body: { quickChatShortcut: 'Space' } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });

    // A checkout is no login item; a packaged app is.
    expect(popUp(rig).find((item) => item.label === 'Launch at Login')).toMatchObject({ enabled: false, checked: false });
    fake.app.isPackaged = true;
    press(popUp(rig), 'Launch at Login');
    expect(popUp(rig).find((item) => item.label === 'Launch at Login')).toMatchObject({ enabled: true, checked: true });

    // A second start, and opening the app again, bring the window.
    fake.windows[0]!.shown = false;
    fake.app.emit('second-instance', {}, []);
    await rig.until(() => fake.windows[0]!.shown);
  } finally {
    await rig.end();
  }
}, 60_000);

test('an agent that cannot start is trouble, told once with its own words', async () => {
  const program = ['-e', "process.stderr.write('✗ Port 1 is taken by another program.\\n'); process.exit(1)"];
  const rig = await startShell({ program: [...program, '--'] });
  try {
    const now = await rig.until((snapshot) => snapshot.agent === 'failed');
    expect(now.problem).toMatch(/did not start: Port 1 is taken by another program\./);
    await rig.until(() => rig.fake.children.length > 2);
    expect(rig.fake.notifications.map((one) => one.options.title)).toEqual(['MLX Manager Did Not Start']);
    expect(rig.fake.trays[0]!.image).toMatch(/troubleTemplate\.png$/);
    expect(decodeURIComponent(rig.fake.windows[0]!.loaded.at(-1)!)).toContain('MLX Manager Did Not Start');
  } finally {
    await rig.end();
  }
});

test('quitting before the agent was even started leaves nothing behind', async () => {
  const rig = await startShell();
  await rig.end();
  await Promise.all(rig.fake.children.map(({ child }) => gone(child.pid!)));
  expect(rig.shell.watch.agent).toBeNull();
  expect(readAgentFile(agentPaths(rig.env))).toBeNull();
});

test('links of the dropdown open in the window, Esc puts it away, and what is not saved is asked about', async () => {
  const rig = await startShell();
  try {
    const { fake } = rig;
    const { address } = await rig.until((snapshot) => snapshot.agent === 'running');
    const window = fake.windows[0]!;
    await rig.until(() => window.loaded.at(-1) === `${address}/`);
    const menu = fake.dropdowns[0]!;
    await menu.showWindow();
    const dropdown = menu.window!;
    await rig.until(() => dropdown.loaded.at(-1) === `${address}/dropdown`);
    const { webContents } = dropdown;
    window.shown = false;
    expect(webContents.opener!({ url: `${address}/chat/7` })).toEqual({ action: 'deny' });
    await rig.until(() => window.loaded.at(-1) === `${address}/chat/7` && window.shown);
    expect(dropdown.shown).toBe(false);
    expect(fake.windows).toHaveLength(2);

    // Esc: with a window of ours, that one has the keys again; without one, the app before.
    await menu.showWindow();
    webContents.emit('did-navigate-in-page', {}, `${address}/dropdown#elsewhere`, true);
    expect(dropdown.shown).toBe(true);
    webContents.emit('did-navigate-in-page', {}, `${address}/dropdown#away`, true);
    expect(dropdown.shown).toBe(false);
    expect(fake.app.hidden).toBe(false);

    // Stay: the page is as it was, nothing is ended.
    window.unsaved = true;
    press(popUp(rig), 'Logs');
    await rig.until(() => fake.askedNow.length === 1);
    expect(window.webContents.url).toBe(`${address}/chat/7`);
    await rig.shell.quit('as-set');
    expect(fake.askedNow).toHaveLength(2);
    expect(rig.shell.watch.snapshot.agent).toBe('running');
    // Leave.
    fake.answersNow.push(0);
    press(popUp(rig), 'Logs');
    await rig.until(() => window.loaded.at(-1) === `${address}/logs`);

    window.close();
    await menu.showWindow();
    webContents.emit('did-navigate-in-page', {}, `${address}/dropdown#away`, true);
    expect(fake.app.hidden).toBe(true);
  } finally {
    await rig.end();
  }
}, 60_000);

test('what is for a browser is opened there, signed in; without room for a model it is asked about', async () => {
  await installedEngine('mlx-lm');
  const rig = await startShell();
  try {
    const { fake } = rig;
    const { address } = await rig.until((snapshot) => snapshot.agent === 'running');
    const window = fake.windows[0]!;
    await rig.until(() => window.loaded.at(-1) === `${address}/`);
    window.webContents.opener!({ url: `${address}/api/docs` });
    await rig.until(() => fake.opened.length === 1);
    expect(fake.questions).toEqual([]);
    const open = await fetch(fake.opened[0]!, { redirect: 'manual' });
    expect(await open.text()).toContain('url=/api/docs"');
    const cookie = open.headers.getSetCookie()[0]!.split(';')[0]!;
    expect((await fetch(`${address}/api/docs`, { headers: { cookie } })).status).toBe(200);

    const { port, token } = readAgentFile(agentPaths(rig.env))!;
    const client = clientOf(`http://127.0.0.1:${port}`, token);
    await client.updateSettings({ body: { notifications: 'none', modelFolders: [dirname(tinyModel)] } });
    const first = await client.createProfile({ body: { name: 'First', modelPath: tinyModel } });
    const second = await client.createProfile({ body: { name: 'Second', modelPath: tinyModel } });
    await startAndWait(client, first.id);
    const { leasedGb } = await client.getPool();
    await client.updateSettings({ body: { maxMemoryGb: leasedGb * 1.2 } });
    await rig.until((snapshot) => snapshot.profiles.length === 2 && snapshot.settings?.notifications === 'none');
    const start = (): void => press(popUp(rig).find((item) => item.label === 'Start')!.submenu as MenuItemConstructorOptions[], 'Second');
    start();
    await rig.until(() => fake.questions.length === 1);
    expect(fake.questions[0]).toMatchObject({ message: 'Unload other models?', detail: expect.stringContaining('GB'), cancelId: 1 });
    fake.answers.push({ response: 0, checkboxChecked: false });
    start();
    await rig.until(({ servers }) => servers.length === 1 && servers[0]!.profileId === second.id && servers[0]!.state === 'healthy');
    await client.stopServer({ params: { profileId: second.id } });
    expect(fake.notifications).toEqual([]);
    // No room can help: that is told, though no other news are wanted.
    await client.updateSettings({ body: { maxMemoryGb: 0.01 } });
    await rig.until(({ servers }) => servers.length === 0);
    start();
    await rig.until(() => fake.notifications.length === 1);
    expect(fake.notifications[0]!.options).toMatchObject({ title: 'That Did Not Work', body: expect.stringContaining('GB') });
    expect(fake.questions).toHaveLength(2);

    const go = fake.appMenus[0]!.find((one) => one.label === 'Go')!.submenu as MenuItemConstructorOptions[];
    press(go, 'Back');
    press(go, 'Forward');
    expect(window.webContents.went).toEqual([-1, 1]);
    // Behind the first page there is nothing to go back to.
    expect(window.webContents.cleared).toBe(1);
  } finally {
    await rig.end();
  }
}, 60_000);

test('pages that stay open for months stay signed in', async () => {
  const rig = await startAgent();
  const fake = fakeElectron('/app');
  let now = Date.now();
  const agent = { client: rig.client, address: rig.agent.address, own: true, pid: 1 };
  const windows = new Windows({
    electron: fake.electron,
    home: rig.folder,
    logger: silentLogger(),
    agent: () => agent,
    snapshot: () => EMPTY,
    now: () => now,
  });
  try {
    await windows.renew();
    expect(fake.session.stored).toEqual([]);
    await windows.open('/');
    const { loaded } = fake.windows[0]!;
    now += 23 * 3_600_000;
    await windows.renew();
    expect(fake.session.stored).toHaveLength(1);
    now += 3_600_000;
    await windows.renew();
    const [first, second] = fake.session.stored;
    expect(second).toMatchObject({ name: first!.name, url: rig.agent.address });
    // The page is not loaded again: what is typed there stays.
    expect(loaded).toEqual([`${rig.agent.address}/`]);
    await windows.renew();
    expect(fake.session.stored).toHaveLength(2);
  } finally {
    await endRig(rig);
  }
});

test('a window has the ground of its theme before its page is there', async () => {
  for (const [dark, ground] of [
    [true, '#1c1c1e'],
    [false, '#f5f5f7'],
  ] as const) {
    const rig = await startShell({ prepare: (fake) => (fake.app.dark = dark) });
    try {
      await rig.fake.dropdowns[0]!.showWindow();
      expect(rig.fake.windows.map(({ options }) => options.backgroundColor)).toEqual(rig.fake.windows.map(() => ground));
      expect(rig.fake.windows.length).toBeGreaterThan(0);
    } finally {
      await rig.end();
    }
  }
  const css = readFileSync(join(import.meta.dirname, '../../menubar-agent/ui/src/styles.css'), 'utf8');
  expect(css).toContain('--bg: light-dark(#f5f5f7, #1c1c1e)');
}, 60_000);

test('a second instance does nothing but wake the first', async () => {
  const rig = await startShell({ prepare: (fake) => void (fake.app.lock = false) });
  await rig.fake.app.quitted.promise;
  expect(rig.fake.trays).toEqual([]);
  expect(rig.fake.children).toEqual([]);
});
