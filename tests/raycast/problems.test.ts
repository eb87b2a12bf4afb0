/**
 * What is in the way of every command of the manifest: no agent, none running, one too old, one that refuses the key, one that cannot be reached,
 * no model. Each shows its screen (or says it, without a window), and its action does what it says.
 */
import { jest } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION_HEADER } from '@mlx-manager/shared';
import { agentEnv, endRig, startAgent } from '../support/agent.js';
import { ensureBuilt, runCli } from '../support/cli.js';
import { freePort } from '../support/engines.js';
import { builtExtension, createHost, type Host, type Menu, type Screen } from './host/index.js';
import { manifest } from './support/extension.js';

jest.setTimeout(300_000);

const named = (mode: string): string[] => manifest.commands.filter((command) => command.mode === mode).map(({ name }) => name);
const views = named('view');
const windowless = named('no-view');

let folder: string;
let hosts: Host[];
let servers: Server[];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'raycast-problems-')));
  hosts = [];
  servers = [];
});
afterEach(async () => {
  for (const host of hosts) await host.close();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Raycast on a machine with this state folder; nothing of MLX Manager is on its PATH. */
async function hostOf(preferences: Record<string, unknown> = {}, env: Record<string, string> = {}): Promise<Host> {
  const own = { MLX_MANAGER_HOME: join(folder, 'state'), PATH: '', HOME: folder, ...env };
  const host = createHost({ folder: await builtExtension(), preferences, env: own });
  hosts.push(host);
  return host;
}
/** A server of the test's own in the agent's place. */
async function standIn(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const tooOld = () =>
  standIn((_, response) => response.writeHead(200, { [VERSION_HEADER]: '0.0.1', 'content-type': 'application/json' }).end('{}'));

/** Arguments without which a command asks nothing of the agent. */
const launchOf = (name: string) => {
  const given = manifest.commands.find((command) => command.name === name)?.arguments ?? [];
  return { arguments: Object.fromEntries(given.filter(({ required }) => required).map((one) => [one.name, 'Hello'])) };
};
const titleOf = (screen: Screen): string => screen.view().empty?.title ?? '';
const shows = (screen: Screen, title: string): boolean => titleOf(screen) === title || screen.text().includes(title);
const open = async (host: Host, name: string, title: string): Promise<Screen> => {
  host.machine.selectedText = 'Some text.';
  const screen = await host.launch(name, launchOf(name));
  await screen.until(() => shows(screen, title), { what: `${name}: "${title}"` });
  return screen;
};

interface Case {
  title: string;
  /** What the toast of a windowless command offers. */
  action: string;
  host(): Promise<Host>;
  /** Presses and checks. @param screen where it is pressed in one. */
  helps(press: (action: string) => Promise<void>, host: Host, screen?: Screen): Promise<void>;
}
const opensPreferences = async (press: (action: string) => Promise<void>, host: Host): Promise<void> => {
  const before = host.machine.entries('preferences').length;
  await press('Open Extension Preferences');
  expect(host.machine.entries('preferences')).toHaveLength(before + 1);
};

const cases: Record<string, Case> = {
  'not installed': {
    title: 'MLX Manager Is Not Installed',
    action: 'Show Install Guide',
    host: () => hostOf(),
    async helps(press, host, screen) {
      await press('Show Install Guide');
      // Without a window, the guide comes in that of Search Models.
      const shown = screen ?? (await host.launch('search-models', { launchContext: host.launched.at(-1)?.context ?? {} }));
      if (!screen) expect(host.launched.at(-1)).toMatchObject({ name: 'search-models', type: 'userInitiated' });
      expect(shown.markdown()).toMatch(/^# Install MLX Manager[\s\S]*npm start/);
      await shown.press('Copy Command');
      expect(host.copied.at(-1)).toBe('npm start');
      await shown.press('Copy Homebrew Command');
      expect(host.copied.at(-1)).toBe('brew install node uv');
      if (screen) await screen.back();
      else await shown.close();
    },
  },
  'too old': {
    title: 'MLX Manager Needs an Update',
    action: 'Copy Update Command',
    async host() {
      const clone = join(folder, 'a clone');
      mkdirSync(join(clone, '.git'), { recursive: true });
      mkdirSync(join(folder, 'state'));
      const command = ['/usr/bin/node', join(clone, 'menubar-agent/dist/cli.js')];
      writeFileSync(join(folder, 'state', 'launcher.json'), JSON.stringify({ command }));
      return hostOf({ address: await tooOld() });
    },
    async helps(press, host) {
      await press('Copy Update Command');
      expect(host.copied.at(-1)).toBe(
        `cd '${folder}/a clone' && git pull && { npx mlx-manager stop --keep-servers; npm start -- --detach; }`,
      );
    },
  },
  unreachable: {
    title: 'MLX Manager Cannot Be Reached',
    action: 'Copy Error',
    // No machine of that name can be: RFC 6761 keeps `invalid` free.
    host: () => hostOf({ address: 'http://studio.invalid:10239', key: 'secret' }),
    helps: async (press, host) => {
      await press('Copy Error');
      expect(host.copied.at(-1)).toMatch(/studio\.invalid/);
    },
  },
  'an address that is none': {
    title: 'The Agent Address Is Not Valid',
    action: 'Open Extension Preferences',
    host: () => hostOf({ address: 'ftp://studio' }),
    helps: opensPreferences,
  },
};

describe.each(Object.entries(cases))('%s', (_, { title, action, host: make, helps }) => {
  test('every view shows the screen, and its action helps', async () => {
    const host = await make();
    for (const name of views) {
      const screen = await open(host, name, title);
      await helps((press) => screen.press(press), host, screen);
      if (screen.actions().some((one) => one.title === 'Try Again')) {
        await screen.press('Try Again');
        await screen.until(() => shows(screen, title), { what: `${name}: "${title}" again` });
      }
      await screen.close();
    }
  });
  test('every command without a window says it', async () => {
    const host = await make();
    for (const name of windowless) {
      const before = host.toasts.length;
      host.machine.selectedText = 'Some text.';
      await host.run(name, launchOf(name));
      expect([name, host.toasts.length]).toEqual([name, before + 1]);
      expect(host.toast?.style).toBe('FAILURE');
      expect([host.toast?.primaryAction?.title, host.toast?.secondaryAction?.title]).toContain(action);
      await helps((press) => host.pressToast(press), host);
    }
  });
  test('the menu bar has it as items', async () => {
    const host = await make();
    const menu: Menu = await host.menu('menu-bar');
    expect(menu.items()[0]).toMatchObject({ title, enabled: false });
    await helps((press) => menu.press(press), host);
  });
});

describe('refused key', () => {
  test('views, menu and windowless commands', async () => {
    const rig = await startAgent();
    try {
      const host = await hostOf({ address: rig.client.baseUrl, key: 'wrong' });
      for (const name of views) {
        const screen = await open(host, name, 'MLX Manager Refuses the Key');
        await opensPreferences((press) => screen.press(press), host);
        await screen.close();
      }
      for (const name of windowless) {
        await host.run(name, launchOf(name));
        await opensPreferences((press) => host.pressToast(press), host);
      }
      const menu = await host.menu('menu-bar');
      expect(menu.items()[0]).toMatchObject({ title: 'MLX Manager Refuses the Key' });
      await opensPreferences((press) => menu.press(press), host);
    } finally {
      await endRig(rig);
    }
  });
});

describe('not running', () => {
  let env: Record<string, string>;
  let host: Host;
  beforeEach(async () => {
    await ensureBuilt();
    env = { ...agentEnv(folder), MLX_MANAGER_PORT: String(await freePort()) };
    mkdirSync(join(folder, 'state'));
    // As an agent that once ran here leaves it.
    const command = [process.execPath, join(import.meta.dirname, '../../menubar-agent/dist/cli.js')];
    writeFileSync(join(folder, 'state', 'launcher.json'), JSON.stringify({ command }));
    host = await hostOf({}, env);
  });
  afterEach(() => runCli(env, 'stop'));

  test.each(views)('%s: Start MLX Manager starts it, and the screen recovers', async (name) => {
    const screen = await open(host, name, 'MLX Manager Is Not Running');
    await screen.press('Start MLX Manager');
    expect(host.toast).toMatchObject({ style: 'SUCCESS', title: 'MLX Manager Is Running' });
    await screen.until(() => !shows(screen, 'MLX Manager Is Not Running') && !screen.view().isLoading);
    expect((await runCli(env, 'status')).code).toBe(0);
    // This agent has no model: where one is needed, the screen leads there.
    if (screen.actions().some((one) => one.title === 'Search Models')) {
      await screen.press('Search Models');
      expect(host.launched.at(-1)?.name).toBe('search-models');
    }
    await screen.close();
  });

  test('the menu bar starts it', async () => {
    const menu = await host.menu('menu-bar');
    expect(menu.items()[0]?.title).toBe('MLX Manager Is Not Running');
    expect(menu.tooltip).toBe('MLX Manager: The agent does not answer');
    await menu.press('Start MLX Manager');
    expect(host.huds).toEqual(['Starting MLX Manager…', 'MLX Manager Is Running']);
    const next = await host.menu('menu-bar');
    expect(next.tooltip).toBe('MLX Manager: No model in memory');
    await next.close();
  });

  test('Start Profile starts it by itself; what stops things says that it does not run; a tool starts it', async () => {
    for (const name of ['stop-profile', 'stop-all-servers']) {
      await host.run(name, launchOf(name));
      expect(host.toast).toMatchObject({ style: 'FAILURE', primaryAction: { title: 'Start MLX Manager' } });
    }
    await host.run('start-profile', launchOf('start-profile'));
    expect(host.huds).toEqual(['Starting MLX Manager…']);
    expect(host.toast).toMatchObject({ style: 'FAILURE', primaryAction: { title: 'Search Models' } }); // nothing to start yet
    await runCli(env, 'stop');
    expect(await host.tool('list-profiles')()).toEqual([]);
  });

  test('one that does not start is told with its reason', async () => {
    writeFileSync(join(folder, 'state', 'launcher.json'), JSON.stringify({ command: [process.execPath, '-e', 'process.exit(3)', 'x'] }));
    await host.run('start-profile', launchOf('start-profile'));
    expect(host.huds.at(-1)).toMatch(/^Could Not Start MLX Manager: .*code 3/);
    const menu = await host.menu('menu-bar');
    await menu.press('Start MLX Manager');
    expect(host.huds.at(-1)).toMatch(/^Could Not Start MLX Manager: .*code 3/);
  });
});

test('the menu’s Try Again asks anew, and Copy Error copies', async () => {
  const host = await hostOf({ address: 'http://studio.invalid:10239' });
  await (await host.menu('menu-bar')).press('Try Again');
  await (await host.menu('menu-bar')).press('Copy Error');
  expect(host.copied.at(-1)).toMatch(/^MLX Manager Cannot Be Reached: /);
});
