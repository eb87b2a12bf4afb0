/** What the icon, its title, the menu and the notifications say, from made-up snapshots. */
import type { AgentEvent, Alert, DownloadTask, Profile, Server, Settings } from '@mlx-manager/shared';
import { newsOf, wanted } from './news.js';
import { quitAnswer, quitPlan } from './quit.js';
import { applyEvent, describe as told, EMPTY, topicsFor, trayState, trayTitle, type Snapshot } from './state.js';
import { short, toTemplate, trayMenu, type Command, type MenuEntry } from './tray-menu.js';

const server = (profileId: number, state: Server['state'], more: Partial<Server> = {}): Server =>
  ({ profileId, profileName: `Model ${profileId}`, state, failure: null, ...more }) as Server;
const profile = (id: number): Profile => ({ id, name: `Model ${id}` }) as Profile;
const task = (status: DownloadTask['status'], more: Partial<DownloadTask> = {}): DownloadTask =>
  ({ taskId: 't', modelId: 'org/name', status, error: null, ...more }) as DownloadTask;
const alert = (more: Partial<Alert> = {}): Alert =>
  ({ id: 'memory', kind: 'memory', severity: 'critical', message: 'Memory is short.', action: 'Stop a server.', ...more }) as Alert;
const settings = (more: Partial<Settings>): Settings => ({ trayTitle: false, notifications: 'all', askOnQuit: true, ...more }) as Settings;
const running = (more: Partial<Snapshot> = {}): Snapshot => ({
  ...EMPTY,
  agent: 'running',
  own: true,
  address: 'http://127.0.0.1:1',
  ...more,
});
const event = <T extends AgentEvent['type']>(type: T, data: unknown): AgentEvent => ({ id: '1', type, data }) as unknown as AgentEvent;

test('events change what is known, and only that', () => {
  let now = running();
  now = applyEvent(now, event('server.updated', server(1, 'starting')));
  now = applyEvent(now, event('server.updated', server(1, 'healthy')));
  expect(now.servers).toEqual([server(1, 'healthy')]);
  now = applyEvent(now, event('server.removed', { profileId: 1 }));
  expect(now.servers).toEqual([]);
  now = applyEvent(now, event('profile.created', profile(3)));
  now = applyEvent(now, event('profile.deleted', { id: 3, name: 'x' }));
  now = applyEvent(now, event('download.updated', task('downloading')));
  now = applyEvent(now, event('download.removed', { taskId: 't' }));
  now = applyEvent(now, event('alert.raised', alert()));
  now = applyEvent(now, event('alert.cleared', alert()));
  expect(now).toEqual(running());
  expect(applyEvent(now, event('chat.updated', {}))).toBe(now);
});

test.each<[Partial<Snapshot>, string, string]>([
  [{ agent: 'starting' }, 'loading', 'The agent is starting…'],
  [{ agent: 'stopped' }, 'idle', 'The agent was stopped'],
  [{ agent: 'failed', problem: 'Port 1 is taken.' }, 'trouble', 'Port 1 is taken.'],
  [{}, 'idle', 'No model in memory'],
  [{ servers: [server(1, 'stopped')] }, 'idle', 'No model in memory'],
  [{ servers: [server(1, 'healthy'), server(2, 'starting')] }, 'loading', 'Loading Model 2…'],
  [{ servers: [server(1, 'healthy')] }, 'serving', '1 model ready'],
  [{ servers: [server(1, 'healthy'), server(2, 'failed')] }, 'trouble', 'Model 2 needs a look'],
  [{ servers: [server(1, 'unhealthy'), server(2, 'failed')] }, 'trouble', '2 servers need a look'],
  [{ servers: [server(1, 'healthy')], alerts: [alert()] }, 'trouble', 'Memory is short.'],
  [{ servers: [server(1, 'healthy')], alerts: [alert({ severity: 'warning' })] }, 'serving', '1 model ready'],
])('%j is shown as %s', (more, state, words) => {
  expect(trayState(running(more))).toBe(state);
  expect(told(running(more))).toBe(words);
});

test('the title shows tokens a second where it is wanted and there are any; totals are listened to only then', () => {
  const usage = event('usage.updated', { servers: [{ tokensPerSecond: 40.06 }, { tokensPerSecond: 2 }], keys: [] });
  const off = applyEvent(running({ settings: settings({}) }), usage);
  expect(trayTitle(off)).toBe('');
  const on = applyEvent(running({ settings: settings({ trayTitle: true }) }), usage);
  expect(trayTitle(on)).toBe('42.1 tok/s');
  expect(trayTitle({ ...on, tokensPerSecond: 123.4 })).toBe('123 tok/s');
  expect(trayTitle({ ...on, tokensPerSecond: 0 })).toBe('');
  expect(applyEvent(on, usage)).toBe(on);
  expect(applyEvent(on, event('settings.updated', settings({ trayTitle: false }))).tokensPerSecond).toBe(0);
  expect(topicsFor(null)).not.toContain('usage');
  expect(topicsFor(settings({ trayTitle: true }))).toContain('usage');
});

test('only a change is news', () => {
  const done = event('download.updated', task('completed'));
  expect(newsOf(running({ downloads: [task('downloading')] }), done)).toEqual({
    id: 'download-t',
    title: 'Download Finished',
    body: 'name',
    route: '/models/org%2Fname',
    failure: false,
  });
  expect(newsOf(running({ downloads: [task('completed')] }), done)).toBeNull();
  const error = { code: 'X', message: 'The disk is full.', action: 'Make room.' } as unknown as DownloadTask['error'];
  expect(newsOf(running(), event('download.updated', task('failed', { error })))).toMatchObject({
    body: 'name: The disk is full. Make room.',
    failure: true,
  });
  const failure = { message: 'It ran out of memory.', action: 'Take a smaller one.' } as Server['failure'];
  const failed = event('server.updated', server(1, 'failed', { failure }));
  expect(newsOf(running({ servers: [server(1, 'healthy')] }), failed)).toMatchObject({
    title: 'Model 1 Failed',
    body: 'It ran out of memory. Take a smaller one.',
  });
  expect(newsOf(running({ servers: [server(1, 'failed')] }), failed)).toBeNull();
  expect(newsOf(running(), event('alert.raised', alert()))).toMatchObject({ id: 'alert-memory', failure: true });
  expect(newsOf(running({ alerts: [alert()] }), event('alert.raised', alert()))).toBeNull();
  expect(newsOf(running(), event('alert.raised', alert({ kind: 'engine' })))).toBeNull();
  expect(newsOf(running(), event('server.updated', server(1, 'healthy')))).toBeNull();
});

test('the owner says what they are told', () => {
  const news = { id: '1', title: '', body: '', route: '/', failure: false };
  expect([undefined, 'all', 'failures', 'none'].map((setting) => wanted(news, setting as 'all'))).toEqual([true, true, false, false]);
  expect(wanted({ ...news, failure: true }, 'failures')).toBe(true);
});

const labels = (entries: readonly MenuEntry[]): string[] => entries.map((entry) => entry.label ?? '—');

test('the menu stops what runs, starts what does not, and says what quitting does', () => {
  const now = running({ servers: [server(1, 'healthy'), server(2, 'starting')], profiles: [profile(1), profile(2), profile(3)] });
  const menu = trayMenu({ now, launchAtLogin: true, canLaunchAtLogin: true });
  expect(labels(menu)).toEqual([
    'Loading Model 2…',
    '—',
    'Stop Model 1',
    'Stop Model 2 (Loading)',
    'Stop All Servers',
    'Start',
    '—',
    'Open MLX Manager',
    'New Chat',
    'Logs',
    'Copy Address for Clients',
    '—',
    'Settings…',
    'Launch at Login',
    '—',
    'Quit and Stop 2 Servers',
    'Quit and Keep 2 Servers Running',
  ]);
  expect(menu[5]!.submenu).toEqual([{ label: 'Model 3', command: { do: 'start', profileId: 3 } }]);
  expect(menu.find((entry) => entry.label === 'Launch at Login')).toMatchObject({
    checked: true,
    command: { do: 'launch-at-login', on: false },
  });

  const pressed: Command[] = [];
  const template = toTemplate(menu, (command) => pressed.push(command));
  for (const item of template) (item.click as (() => void) | undefined)?.();
  expect(pressed).toEqual(
    expect.arrayContaining([{ do: 'stop', profileId: 1 }, { do: 'stop-all' }, { do: 'copy', text: 'http://127.0.0.1:1/v1' }]),
  );
  expect(template[0]).toEqual({ label: 'Loading Model 2…', enabled: false });
});

test('the menu of a newcomer, of a thousand profiles, of an agent that is away', () => {
  const menuOf = (now: Snapshot): MenuEntry[] => trayMenu({ now, launchAtLogin: false, canLaunchAtLogin: false });
  expect(labels(menuOf(running()))).toContain('Find a Model…');
  expect(menuOf(running()).at(-1)).toMatchObject({ label: 'Quit MLX Manager' });
  const many = menuOf(running({ profiles: Array.from({ length: 1000 }, (_, i) => profile(i)) })).find((entry) => entry.label === 'Start');
  expect(many!.submenu).toHaveLength(32);
  expect(many!.submenu!.at(-1)).toEqual({ label: 'All 1000 Profiles…', command: { do: 'open', route: '/profiles' } });
  const away = menuOf({ ...EMPTY, agent: 'failed', problem: 'x'.repeat(300) });
  expect(away[0]!.label).toHaveLength(90);
  expect(labels(away)).toEqual(expect.arrayContaining(['Start the Agent', 'Show the Log in the Finder']));
  expect(away.find((entry) => entry.label === 'New Chat')!.enabled).toBe(false);
  expect(short('a'.repeat(20) + 'b'.repeat(20), 11)).toBe('aaaaa…bbbbb');
});

test('quitting asks only where models run, the owner wants to be asked, and the session goes on', () => {
  const now = running({ servers: [server(1, 'healthy')], settings: settings({}) });
  expect(quitPlan(now, 'as-set', false)).toMatchObject({
    kind: 'ask',
    question: { defaultId: 0, cancelId: 2, buttons: ['Stop Servers', 'Keep Running', 'Cancel'] },
  });
  expect(quitPlan({ ...now, settings: settings({ keepServersRunning: true }) }, 'as-set', false)).toMatchObject({
    question: { defaultId: 1 },
  });
  expect(quitPlan({ ...now, settings: settings({ askOnQuit: false }) }, 'as-set', false)).toEqual({ kind: 'end', keepServers: undefined });
  expect(quitPlan(now, 'keep', false)).toEqual({ kind: 'end', keepServers: true });
  expect(quitPlan(now, 'stop', false)).toEqual({ kind: 'end', keepServers: false });
  expect(quitPlan(now, 'as-set', true)).toEqual({ kind: 'end', keepServers: false });
  expect(quitPlan({ ...now, own: false }, 'stop', false)).toEqual({ kind: 'leave' });
  expect(quitPlan(running(), 'as-set', false)).toEqual({ kind: 'end', keepServers: undefined });
  expect(quitAnswer(0, true)).toEqual({ quit: true, keepServers: false, remember: true });
  expect(quitAnswer(1, false)).toEqual({ quit: true, keepServers: true, remember: false });
  expect(quitAnswer(2, true)).toEqual({ quit: false, keepServers: false, remember: false });
});
