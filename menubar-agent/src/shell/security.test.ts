/** Electron's security checklist (electronjs.org/docs/latest/tutorial/security), point by point. The fuses are in tests/shell/packaging.test.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeElectron, type Fake } from '../../../tests/support/shell/fake-electron.js';
import { guard, pagePreferences, PARTITION } from './guard.js';
import { mayRequest, outside, windowPage } from './links.js';
import { applicationMenu } from './app-menu.js';
import { waitingPage } from './waiting-page.js';

const AGENT = 'http://127.0.0.1:10239';
const sources = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => [name, readFileSync(join(import.meta.dirname, name), 'utf8')] as const);

/** Pages that were opened in the window, and whether somebody stayed on one. */
const shown: string[] = [];
const browsed: string[] = [];
let stays = 0;
function guarded({ leaving = false } = {}): Fake {
  const fake = fakeElectron('/app');
  shown.length = browsed.length = stays = 0;
  guard({
    electron: fake.electron,
    address: () => AGENT,
    openPage: (path) => shown.push(path),
    openInBrowser: (path) => browsed.push(path),
    leaving: () => leaving,
    onStay: () => stays++,
    onProblem: (error) => expect(error).toBeUndefined(),
  });
  return fake;
}

test('1, 6, 8: only secure content: pages, requests and downloads come from the agent on this machine', () => {
  const { session } = guarded();
  const asks = (url: string): boolean => {
    let cancelled: boolean | undefined;
    session.request!({ url }, ({ cancel }) => (cancelled = cancel));
    return cancelled === false;
  };
  expect(asks(`${AGENT}/api/events`)).toBe(true);
  expect(asks('data:image/png;base64,AA==')).toBe(true);
  expect(asks(`blob:${AGENT}/1`)).toBe(true);
  for (const url of [
    'https://example.com/x.png',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'blob:https://example.com/1',
    'ws://127.0.0.1:10239/',
    'nonsense',
  ])
    expect([url, asks(url)]).toEqual([url, false]);
  expect(mayRequest(`${AGENT}/`, null)).toBe(false);
  let prevented = false;
  session.emit('will-download', { preventDefault: () => (prevented = true) }, { getURL: () => 'https://example.com/a.dmg' });
  expect(prevented).toBe(true);
});

test('2, 3, 4, 6, 8, 9, 10, 11: what pages may do is written out', () => {
  expect(pagePreferences(false)).toEqual({
    partition: PARTITION,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    devTools: false,
  });
});

test('5: every permission is denied, but copying on our own page', () => {
  const { session } = guarded();
  const granted = (permission: string, url: string): boolean[] => {
    let answer = false;
    session.permission!(null, permission, (given) => (answer = given), { requestingUrl: url });
    return [answer, session.check!(null, permission, url)];
  };
  expect(granted('clipboard-sanitized-write', `${AGENT}/chat`)).toEqual([true, true]);
  expect(granted('clipboard-sanitized-write', 'https://example.com/')).toEqual([false, false]);
  for (const permission of [
    'media',
    'geolocation',
    'notifications',
    'openExternal',
    'clipboard-read',
    'fullscreen',
    'midi',
    'usb',
    'hid',
    'display-capture',
  ])
    expect([permission, ...granted(permission, `${AGENT}/`)]).toEqual([permission, false, false]);
  expect(session.device!()).toBe(false);
  let streams: unknown;
  session.display!({}, (given) => (streams = given));
  expect(streams).toBeNull();
});

test('7: the page that is not the agent’s has a policy too, and no words of others become markup', () => {
  const page = decodeURIComponent(waitingPage('T', '<img src=x onerror=alert(1)>').slice('data:text/html;charset=utf-8,'.length));
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toContain('<img');
});

test.each(['will-navigate', 'will-redirect', 'will-frame-navigate'] as const)('13: %s stays on the agent’s pages', (event) => {
  const { electron, windows, opened } = guarded();
  electron.createWindow({});
  const contents = windows[0]!.webContents;
  expect(contents.navigate(event, `${AGENT}/models`)).toBe(false);
  for (const url of [
    'https://evil.example/',
    'http://127.0.0.1.evil.example:10239/',
    'http://127.0.0.1:10240/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
  ])
    expect([url, contents.navigate(event, url)]).toEqual([url, true]);
  expect(opened).toEqual([]);
});

test('12, 14: no webview, no new window', () => {
  const { electron, windows } = guarded();
  electron.createWindow({});
  let prevented = false;
  windows[0]!.webContents.emit('will-attach-webview', { preventDefault: () => (prevented = true) });
  expect(prevented).toBe(true);
  for (const url of [`${AGENT}/`, `${AGENT}/models`, 'https://example.com/', 'about:blank'])
    expect(windows[0]!.webContents.opener!({ url })).toEqual({ action: 'deny' });
});

test('14: a link that wants a window of its own: our pages are shown in the window there is, by their path; nothing else is', () => {
  const { electron, windows, opened } = guarded();
  electron.createWindow({});
  const click = (url: string): void => void windows[0]!.webContents.opener!({ url });
  for (const path of ['/', '/chat/01J9', '/models/org%2Fname', '/settings?x=1#y']) click(AGENT + path);
  expect(shown).toEqual(['/', '/chat/01J9', '/models/org%2Fname', '/settings']);
  for (const path of [
    '/dropdown',
    '/api/agent',
    '/open?code=1',
    '/assets/x.js',
    '/modelsx',
    '/models/../api/agent',
    '//example.com/models',
  ])
    click(AGENT + path);
  for (const url of ['http://127.0.0.1:10240/models', 'https://example.com/models', 'file:///models', 'about:blank', 'javascript:alert(1)'])
    click(url);
  expect(shown).toHaveLength(4);
  expect(opened).toEqual([]);
  // These the owner's browser shows, signed in there: by their path alone.
  for (const path of ['/api/docs', '/metrics?x=1', '/api/docs/start.js', '/api/docs/../agent', '/metricsx']) click(AGENT + path);
  click('http://127.0.0.1:10240/metrics');
  expect(browsed).toEqual(['/api/docs', '/metrics']);
  expect(shown).toHaveLength(4);
  expect(windowPage(`${AGENT}/models`, null)).toBeNull();
});

test('what is not saved is asked about, since Electron would stay without a word; nobody is asked when the session ends', () => {
  const fake = guarded();
  fake.electron.createWindow({});
  const { webContents } = fake.windows[0]!;
  expect(webContents.objects()).toBe(false);
  expect(stays).toBe(1);
  expect(fake.askedNow[0]).toMatchObject({ message: 'Leave without saving?', buttons: ['Leave', 'Stay'], defaultId: 1, cancelId: 1 });
  fake.answersNow.push(0);
  expect(webContents.objects()).toBe(true);
  expect(stays).toBe(1);
  const ending = guarded({ leaving: true });
  ending.electron.createWindow({});
  expect(ending.windows[0]!.webContents.objects()).toBe(true);
  expect(ending.askedNow).toEqual([]);
});

test('15: known places open in the browser, others after a look at them, the rest never', async () => {
  const { app, electron, windows, opened, questions, answers } = guarded();
  electron.createWindow({});
  const click = (url: string): void => void windows[0]!.webContents.opener!({ url });
  const next = (): Promise<unknown> => new Promise((done) => app.once('opened', done));
  let waiting = next();
  click('https://huggingface.co/org/name');
  expect(await waiting).toBe('https://huggingface.co/org/name');
  expect(questions).toEqual([]);
  answers.push({ response: 0, checkboxChecked: false });
  waiting = next();
  click('https://example.com/x');
  expect(await waiting).toBe('https://example.com/x');
  expect(questions[0]).toMatchObject({
    message: 'Open example.com in your browser?',
    detail: 'https://example.com/x',
    defaultId: 1,
    cancelId: 1,
  });
  const asked = new Promise((done) => app.once('asked', done));
  click('https://example.org/');
  await asked;
  expect(opened).toHaveLength(2);
  expect(outside('https://huggingface.co.evil.example/')).toBe('ask');
  expect(outside('https://hub.huggingface.co/')).toBe('open');
  expect(outside('http://127.0.0.1:8080/')).toBe('ask');
  for (const url of [
    'http://example.com/',
    'file:///Applications/Calculator.app',
    'ms-msdt:/id',
    'javascript:alert(1)',
    'smb://host/x',
    'https://huggingface.co@evil.example/',
    `https://example.com/${'x'.repeat(3000)}`,
  ])
    expect([url, outside(url)]).toEqual([url, 'refuse']);
});

test('16: the Electron that is built with is a pinned one, the newest when it was chosen', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  expect(devDependencies.electron).toMatch(/^\d+\.\d+\.\d+$/);
  expect(Number.parseInt(devDependencies.electron!)).toBeGreaterThanOrEqual(45);
});

test('18: no page comes from a file', () => {
  for (const [name, text] of sources)
    expect([name, /loadFile|file:\/\/|registerFileProtocol|protocol\.handle/.test(text)]).toEqual([name, false]);
});

test('17, 20: no IPC, no preload script, no remote module: there is nothing to check a sender of', () => {
  for (const [name, text] of sources)
    expect([
      name,
      /ipcMain|ipcRenderer|contextBridge|preload\b\s*:|@electron\/remote|executeJavaScript|registerSchemesAsPrivileged|webviewTag: true|<webview/.test(
        text,
      ),
    ]).toEqual([name, false]);
});

test('developer tools are for the checkout; Command+R belongs to the page', () => {
  const roles = (developer: boolean): string => JSON.stringify(applicationMenu(() => undefined, developer));
  expect(roles(false)).not.toMatch(/toggleDevTools|eload/);
  expect(roles(true)).toContain('toggleDevTools');
  expect(pagePreferences(true).devTools).toBe(true);
});
