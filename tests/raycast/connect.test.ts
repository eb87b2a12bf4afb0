/** Connect Client, as built, against a real agent: snippets, files written with a backup, keys, and a token asked for. */
import { jest } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { endRig, startAndWait } from '../support/agent.js';
import { freePort } from '../support/engines.js';
import type { Host, Screen } from './host/index.js';
import { startProfilesRig, toastShown, type ProfilesRig } from './support/profiles.js';

jest.setTimeout(300_000);

let rig: ProfilesRig;
let host: Host;
beforeEach(async () => {
  rig = await startProfilesRig();
  host = await rig.host();
});
afterEach(async () => {
  await host.close();
  await endRig(rig);
});

const CODEX = '.codex/config.toml';
const home = (path: string): string => join(rig.folder, path);
const put = (path: string, text: string, mode = 0o640): void => {
  mkdirSync(dirname(home(path)), { recursive: true });
  writeFileSync(home(path), text);
  chmodSync(home(path), mode);
};
const backups = (path: string): string[] =>
  readdirSync(dirname(home(path)))
    .filter((name) => name.includes('.backup-'))
    .map((name) => join(dirname(home(path)), name));
const open = async (profileId?: number): Promise<Screen> => {
  const screen = await host.launch('connect-client', profileId === undefined ? {} : { launchContext: { profileId } });
  await screen.until(() => screen.rows().length > 0);
  return screen;
};
const openFile = async (screen: Screen, guide: string): Promise<void> => {
  await screen.select(guide);
  await screen.press('Write File…');
  await screen.until(() => screen.view().depth > 0 && screen.markdown() !== '' && !screen.view().isLoading);
};

test('no profile, then one: every client has its steps, every snippet is copied', async () => {
  const empty = await host.launch('connect-client');
  await empty.until(() => empty.view().empty?.title === 'No Profiles Yet');
  await empty.press('Search Models');
  await empty.close();
  const { id } = await rig.profile('tiny');
  await rig.profile('ears', { modelType: 'whisper', engine: 'mlx-openai-server' });
  const screen = await open(id);
  const ids = screen.rows().map((row) => row.id);
  expect(ids).toEqual(
    expect.arrayContaining(['claude-code', 'codex', 'opencode', 'aider', 'continue', 'zed', 'open-webui', 'raycast-ai', 'curl']),
  );
  for (const guide of ids) {
    await screen.select(guide);
    expect([guide, screen.markdown().length > 100]).toEqual([guide, true]);
    for (const action of screen.actions().filter(({ title }) => title.startsWith('Copy Snippet'))) await screen.press(action.title);
    await screen.press('Open Documentation');
    expect(host.opened.at(-1)).toMatch(/^https:\/\//);
  }
  expect(host.copied.some((text) => text?.includes(rig.agent.address))).toBe(true);
  await screen.dropdown('ears');
  await screen.until(() => screen.view().empty?.title === 'No Client Uses Such Models');
});

test('a file is written after its difference was shown: backup, mode, remarks and the rest kept; then there is nothing to change', async () => {
  const { id } = await rig.profile('tiny');
  const before = '# mine\nmodel = "gpt-5"\n\n[tools]\nweb_search = true\n';
  put(CODEX, before);
  const screen = await open(id);
  await openFile(screen, 'codex');
  expect(screen.markdown()).toContain('-model = "gpt-5"');
  expect(screen.markdown()).toContain('+model = "tiny"');
  expect(screen.markdown()).toContain('.backup-');
  expect(readFileSync(home(CODEX), 'utf8')).toBe(before);
  await screen.press('Copy New Text');
  await screen.press('Look Again');
  await screen.press('Open File');
  await screen.press('Write File');
  await toastShown(host, 'File Written');
  const written = readFileSync(home(CODEX), 'utf8');
  expect(written).toBe(host.copied.at(-1));
  expect(written).toContain('# mine');
  expect(written).toContain('web_search = true');
  expect(statSync(home(CODEX)).mode & 0o777).toBe(0o640);
  expect(backups(CODEX).map((file) => readFileSync(file, 'utf8'))).toEqual([before]);
  expect(readdirSync(dirname(home(CODEX)))).toHaveLength(2);
  await host.pressToast('Open File');
  expect(host.opened.at(-1)).toBe(home(CODEX));
  await openFile(screen, 'codex');
  expect(screen.markdown()).toContain('Nothing to Change');
  expect(screen.actions().map(({ title }) => title)).not.toContain('Write File');
});

test('a new file is nobody else’s to read; a link stays a link', async () => {
  const { id } = await rig.profile('tiny');
  put('dotfiles/codex.toml', '# linked\n');
  mkdirSync(home('.codex'));
  symlinkSync(home('dotfiles/codex.toml'), home(CODEX));
  const screen = await open(id);
  await openFile(screen, 'claude-code');
  expect(screen.markdown()).toContain('New File');
  await screen.press('Write File');
  await toastShown(host, 'File Written');
  expect(statSync(home('.claude/settings.json')).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(home('.claude/settings.json'), 'utf8'))).toHaveProperty('env');
  await screen.select('claude-code');
  await screen.press('Open File');
  expect(host.opened.at(-1)).toBe(home('.claude/settings.json'));

  await openFile(screen, 'codex');
  await screen.press('Write File');
  await screen.until(() => readFileSync(home('dotfiles/codex.toml'), 'utf8').includes('mlx-manager'));
  expect(readFileSync(home(CODEX), 'utf8')).toContain('# linked');
  expect(existsSync(backups('dotfiles/codex.toml')[0] ?? '')).toBe(true);
});

test('what cannot be read is left alone; what changed in between is not overwritten', async () => {
  const { id } = await rig.profile('tiny');
  const broken = 'model = = "x"\n';
  put(CODEX, broken);
  const screen = await open(id);
  await openFile(screen, 'codex');
  expect(screen.markdown()).toContain('The File Is Left Alone');
  expect(screen.actions().map(({ title }) => title)).not.toContain('Write File');
  expect(readFileSync(home(CODEX), 'utf8')).toBe(broken);
  put(CODEX, '# good again\n');
  await screen.press('Look Again');
  await screen.until(() => screen.markdown().includes('+model'));
  put(CODEX, '# changed by another program\n');
  await screen.press('Write File');
  await toastShown(host, 'Could Not Write ~/.codex/config.toml');
  expect(readFileSync(home(CODEX), 'utf8')).toBe('# changed by another program\n');
  expect(backups(CODEX)).toEqual([]);
  writeFileSync(home(CODEX), Buffer.from([0xff, 0xfe, 0x00]));
  await screen.press('Look Again');
  await screen.until(() => screen.markdown().includes('not UTF-8'));
});

test('where keys are required one is made here, put into the snippets, and works; each protocol answers', async () => {
  const { id } = await rig.profile('tiny');
  await startAndWait(rig.client, id);
  await rig.client.updateSettings({ body: { requireApiKey: true } });
  const screen = await open(id);
  await screen.select('curl');
  expect(screen.markdown()).toContain('A key is needed');
  await screen.press('Test Connection');
  await toastShown(host, 'tiny Does Not Answer');
  expect(host.toast?.message).toContain('API key');
  await screen.press('Create API Key');
  await toastShown(host, 'API Key Created');
  await host.pressToast('Copy Key');
  const secret = host.copied.at(-1) ?? '';
  expect(secret).toMatch(/^mlxm_/);
  await screen.until(() => !screen.markdown().includes('A key is needed'));
  for (const guide of ['curl', 'codex', 'claude-code']) {
    await screen.select(guide);
    await screen.press('Test Connection');
    await toastShown(host, 'tiny Answers');
    expect(host.toast?.message).toMatch(/after [\d.]+ s/);
  }
  await openFile(screen, 'claude-code');
  expect(screen.markdown()).toContain(secret);
  await screen.press('Create API Key');
  await screen.until(() => !screen.markdown().includes(secret));
  await screen.back();

  await screen.select('raycast-ai');
  await screen.press('Test Connection');
  await toastShown(host, 'tiny Does Not Answer');
  expect(host.toast?.message).toContain('Turn On Ollama Listener');
  const port = await freePort();
  await rig.client.updateSettings({ body: { ollamaPort: port } });
  await screen.until(() => screen.markdown().includes(String(port)), { what: 'the port of the listener' });
  expect(screen.markdown()).not.toContain('curl');
  host.answer = false;
  await screen.press('Turn On Ollama Listener');
  expect(host.alerts.at(-1)).toMatchObject({ title: 'Turn On the Ollama Listener?', message: expect.stringContaining(String(port)) });
  expect((await rig.client.getSettings()).ollamaEnabled).toBe(false);
  host.answer = true;
  await screen.press('Turn On Ollama Listener');
  await toastShown(host, 'Ollama Listener Is On');
  await screen.until(() => !screen.markdown().includes('Turn On Ollama Listener'), { what: 'the step gone' });
  expect(screen.actions().map(({ title }) => title)).not.toContain('Turn On Ollama Listener');
  await screen.press('Test Connection');
  await toastShown(host, 'tiny Answers');
});

test('containers are let in from here, after a question; names that are let in already stay', async () => {
  const { id } = await rig.profile('tiny');
  await rig.client.updateSettings({ body: { allowedHosts: ['studio.local'] } });
  const screen = await open(id);
  await screen.select('open-webui');
  expect(screen.markdown()).toContain('Let Containers In');
  expect(screen.markdown()).not.toContain('allowed_hosts');
  host.answer = false;
  await screen.press('Let Containers In');
  expect(host.alerts.at(-1)).toMatchObject({ title: 'Let Containers In?', message: expect.stringContaining('needs an API key') });
  expect((await rig.client.getSettings()).allowedHosts).toEqual(['studio.local']);
  host.answer = true;
  await screen.press('Let Containers In');
  await toastShown(host, 'Containers Are Let In');
  expect((await rig.client.getSettings()).allowedHosts).toEqual(['studio.local', 'host.docker.internal']);
  await screen.until(() => !screen.markdown().includes('Let Containers In'), { what: 'the step gone' });
  expect(screen.markdown()).toContain('docker run');
});
