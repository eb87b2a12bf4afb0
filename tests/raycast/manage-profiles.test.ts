/** Manage Profiles, as built, against a real agent with the real engine: every state, every action, live. */
import { jest } from '@jest/globals';
import { join } from 'node:path';
import { profileExport } from '@mlx-manager/shared';
import { createLaunchd } from '../../menubar-agent/src/system/index.js';
import { endRig, newFolder, startAndWait } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';
import { standInLaunchctl, type StandInLaunchctl } from '../support/launchctl/index.js';
import type { Host, Screen } from './host/index.js';
import { shownIn, startProfilesRig, toastShown, type ProfilesRig } from './support/profiles.js';

jest.setTimeout(300_000);

let rig: ProfilesRig;
let host: Host;
let launchctl: StandInLaunchctl;
beforeEach(async () => {
  const folder = newFolder();
  launchctl = standInLaunchctl(folder, { spawns: true });
  rig = await startProfilesRig({
    folder,
    launchd: createLaunchd({
      platform: 'darwin',
      agentsFolder: join(folder, 'LaunchAgents'),
      uid: 501,
      launchctl: launchctl.file,
      pauseMs: 1,
      patienceMs: 8_000,
    }),
  });
  host = await rig.host();
});
afterEach(async () => {
  await host.close();
  const { started } = launchctl.read();
  await endRig(rig);
  for (const pid of started) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
});

const toast = (title: string): Promise<void> => toastShown(host, title);
const open = async (): Promise<Screen> => {
  const screen = await host.launch('manage-profiles');
  await screen.until(() => !screen.view().isLoading);
  return screen;
};
/** Comes back when a row's accessories say it. */
const says = (screen: Screen, title: string, accessory: string): Promise<unknown> =>
  screen.until(() => screen.row(title)?.accessories.includes(accessory), { what: `"${accessory}" at ${title}` });

test('no profiles: the screen says how to get one, and both ways are there', async () => {
  const screen = await open();
  expect(screen.view().empty?.title).toBe('No Profiles Yet');
  await screen.press('Search Models');
  expect(host.launched.at(-1)?.name).toBe('search-models');
  await screen.press('Create Profile…');
  await screen.until(() => screen.view().kind === 'form');
  await screen.back();
  // What another surface makes appears by itself.
  await rig.profile('made elsewhere');
  await shownIn(screen, 'made elsewhere', 'Stopped');
});

test('a profile is started, shown while it loads and runs, restarted, and stopped; live, with its real engine', async () => {
  const { id } = await rig.profile('tiny');
  const screen = await open();
  await shownIn(screen, 'tiny', 'Stopped');
  const sections: (string | undefined)[] = [];
  screen.session.on('changed', () => {
    const section = screen.row('tiny')?.section;
    if (section !== sections.at(-1)) sections.push(section);
  });
  await screen.press('Start', { wait: false });
  expect(host.toast).toMatchObject({ style: 'ANIMATED', title: 'Starting tiny…' });
  await toast('tiny Is Running');
  await shownIn(screen, 'tiny', 'Running');
  expect(sections).toEqual(expect.arrayContaining(['Loading', 'Running']));
  expect((await rig.client.getServer({ params: { profileId: id } })).state).toBe('healthy');
  await host.pressToast('Chat');
  expect(host.launched.at(-1)).toMatchObject({ name: 'quick-chat', context: { profileId: id } });

  const { pid } = await rig.client.getServer({ params: { profileId: id } });
  await screen.press('Restart', { wait: false });
  await toast('Restarting tiny…');
  await toast('tiny Is Running');
  expect((await rig.client.getServer({ params: { profileId: id } })).pid).not.toBe(pid);

  await screen.press('Stop');
  await toast('tiny Stopped');
  await shownIn(screen, 'tiny', 'Stopped');
  expect(await rig.client.listServers()).toEqual([]);
});

test('a start that fails says why, with the log; one without its model offers the download', async () => {
  const { id } = await rig.profile('broken', { extraArgs: ['--no-such-option'] });
  await rig.profile('absent', { modelPath: 'org/not-here' });
  const screen = await open();
  await screen.select('broken');
  await screen.press('Start', { wait: false });
  await toast('Could Not Start broken');
  expect(host.toast).toMatchObject({ style: 'FAILURE', message: expect.stringContaining('did not start') });
  await shownIn(screen, 'broken', 'Failed');
  await host.pressToast('Show Logs');
  await screen.until(() => screen.text().includes('--no-such-option'), { what: 'the log' });
  await screen.back();
  await screen.select('broken');
  await screen.press('Show Details');
  expect(screen.markdown()).toContain('broken Failed');
  expect(screen.markdown()).toContain('--no-such-option');
  await screen.press('Hide Details');
  expect((await rig.client.getServer({ params: { profileId: id } })).state).toBe('failed');

  await screen.select('absent');
  await screen.press('Start');
  await toast('Could Not Start absent');
  expect(host.toast?.message).toContain('org/not-here');
  await host.pressToast('Download Model');
  expect(host.launched.at(-1)?.name).toBe('show-downloads');
  expect((await rig.client.listDownloads()).map(({ modelId }) => modelId)).toEqual(['org/not-here']);
});

test('what Enter does follows the preference', async () => {
  const { id } = await rig.profile('tiny');
  const first = await open();
  await first.enter();
  expect(host.launched.at(-1)).toMatchObject({ name: 'quick-chat', type: 'userInitiated', context: { profileId: id } });
  const second = await rig.host({ preferences: { enterAction: 'copy' } });
  try {
    const screen = await second.launch('manage-profiles');
    await screen.rowShown('tiny');
    expect(
      screen
        .actions()
        .slice(0, 3)
        .map(({ title }) => title),
    ).toEqual(['Copy Base URL', 'Chat', 'Start']);
    await screen.enter();
    expect(second.copied).toEqual([`${rig.agent.address}/v1`]);
  } finally {
    await second.close();
  }
});

test('copy, default, pin, duplicate, edit, details, import, connect, refresh and delete', async () => {
  const { id } = await rig.profile('my coder', { aliases: ['coder'], sampling: { topP: 0.9 }, description: 'For **code**.' });
  const screen = await open();
  await screen.rowShown('my coder');
  await screen.press('Copy Base URL');
  await screen.press('Copy Model Name');
  expect(host.copied).toEqual([`${rig.agent.address}/v1`, 'coder']);
  await screen.press('Connect a Client…');
  expect(host.launched.at(-1)).toMatchObject({ name: 'connect-client', context: { profileId: id } });

  await screen.press('Make Default');
  await says(screen, 'my coder', 'Default');
  expect((await rig.client.getSettings()).defaultProfileId).toBe(id);
  await screen.press('Pin in Memory');
  await says(screen, 'my coder', 'Pinned: never unloaded to make room');
  await screen.press('Show Details');
  const facts = screen.view().detail?.metadata ?? [];
  const fact = (title: string): string | undefined => facts.find((one) => one.title === title)?.text;
  expect(facts.find(({ title }) => title === 'State')?.tags?.map(({ text }) => text)).toEqual(['Stopped', 'Default', 'Pinned']);
  expect([fact('Model'), fact('Sampling'), fact('Model Name'), fact('Unloaded after')]).toEqual([tinyModel, 'top p 0.9', 'coder', 'never']);
  expect(screen.markdown()).toBe('For **code**.');
  await screen.press('Hide Details');
  await screen.press('Unpin');
  await screen.press('Clear Default');
  await screen.until(() => screen.row('my coder')?.accessories.join() === 'mlx-lm' || screen.row('my coder')?.accessories.join() === '');
  expect((await rig.client.getSettings()).defaultProfileId).toBeNull();

  await screen.press('Copy as JSON');
  const bundle = profileExport.decode(JSON.parse(host.copied.at(-1) ?? '') as never);
  expect(bundle.profiles.map(({ name, aliases }) => [name, aliases])).toEqual([['my coder', ['coder']]]);
  host.machine.clipboard = [{ text: host.copied.at(-1) ?? '' }];
  await screen.press('Import from Clipboard');
  await toast('1 Profile Imported');
  expect(host.toast?.message).toContain('"my coder" is called "my coder 2" here');
  await host.pressToast('Copy Changes');
  expect(host.copied.at(-1)).toContain('lost the alias "coder"');
  await screen.rowShown('my coder 2');
  host.machine.clipboard = [{ text: 'not JSON' }];
  await screen.press('Import from Clipboard');
  await toast('Could Not Import');
  expect(host.toast?.message).toContain('Copy as JSON');

  await screen.select('my coder');
  await screen.press('Duplicate…');
  await screen.until(() => screen.view().kind === 'form' && screen.fields().length > 5);
  expect(screen.field('name').value).toBe('my coder 3');
  await screen.fill({ name: 'third' });
  await screen.submit();
  await toast('third Created');
  await screen.rowShown('third');
  expect((await rig.client.listProfiles()).find(({ name }) => name === 'third')?.sampling).toEqual({ topP: 0.9 });

  await screen.select('third');
  await screen.press('Edit…');
  await screen.until(() => screen.view().kind === 'form' && screen.fields().length > 5);
  await screen.press('Show Advanced Options');
  await screen.press('Hide Advanced Options');
  await screen.fill({ name: 'fourth', idleMinutes: '5' });
  await screen.submit();
  await toast('fourth Saved');
  await screen.rowShown('fourth');
  await screen.press('Refresh');

  await screen.select('fourth');
  host.answer = false;
  await screen.press('Delete Profile');
  expect(host.alerts.at(-1)).toMatchObject({ title: 'Delete fourth?', destructive: true });
  expect(await rig.client.listProfiles()).toHaveLength(3);
  host.answer = true;
  await screen.press('Delete Profile');
  await screen.until(() => !screen.row('fourth'));
  expect((await rig.client.listProfiles()).map(({ name }) => name)).toEqual(['my coder', 'my coder 2']);
});

test('a running profile is deleted with its server; an edit says it counts from the next start', async () => {
  const { id } = await rig.profile('tiny');
  await startAndWait(rig.client, id);
  const screen = await open();
  await shownIn(screen, 'tiny', 'Running');
  await screen.press('Edit…');
  await screen.until(() => screen.view().kind === 'form' && screen.fields().length > 5);
  await screen.submit();
  await toast('Nothing Changed');
  await screen.press('Edit…');
  await screen.until(() => screen.view().kind === 'form' && screen.fields().length > 5);
  await screen.fill({ systemPrompt: 'Be brief.' });
  await screen.submit();
  await toast('tiny Saved');
  expect(host.toast).toMatchObject({ message: expect.stringContaining('next start'), primaryAction: { title: 'Restart' } });
  host.answer = true;
  await screen.press('Delete Profile');
  expect(host.alerts.at(-1)?.message).toContain('stopped first');
  await screen.until(() => screen.view().empty);
  expect(await rig.client.listServers()).toEqual([]);
});

test('install at login and removal, by launchd', async () => {
  const { id } = await rig.profile('tiny');
  const screen = await open();
  await screen.rowShown('tiny');
  await screen.press('Install at Login');
  await toast('tiny Starts at Login');
  expect(launchctl.verbs()).toContain('bootstrap');
  await says(screen, 'tiny', 'Run by launchd, without the agent');
  await says(screen, 'tiny', 'Starts by itself');
  await shownIn(screen, 'tiny', 'Running');
  expect(await rig.client.getProfile({ params: { id } })).toMatchObject({ launchdInstalled: true, autoStart: true });

  host.answer = true;
  await screen.press('Remove from Login');
  await toast('tiny No Longer Starts at Login');
  await shownIn(screen, 'tiny', 'Stopped');
  expect(await rig.client.getProfile({ params: { id } })).toMatchObject({ launchdInstalled: false, autoStart: false });
  expect(launchctl.verbs()).toContain('bootout');

  // A server of the agent's own is handed over, after a question.
  await startAndWait(rig.client, id);
  await shownIn(screen, 'tiny', 'Running');
  host.answer = false;
  await screen.press('Install at Login');
  expect(host.alerts.at(-1)).toMatchObject({ title: 'Hand tiny to launchd?' });
  expect((await rig.client.getProfile({ params: { id } })).launchdInstalled).toBe(false);
  // What launchd refuses is said, and nothing is left half done.
  launchctl.write({ refusals: { bootstrap: [[17, 'Bootstrap failed: 17: File exists']] } });
  host.answer = true;
  await screen.press('Install at Login');
  await toast('Could Not Install tiny at Login');
  expect(await rig.client.getProfile({ params: { id } })).toMatchObject({ launchdInstalled: false, autoStart: false });
});

test('the agent is gone: the screen says so', async () => {
  await rig.profile('tiny');
  const screen = await open();
  await screen.rowShown('tiny');
  await rig.stop();
  await screen.until(() => screen.view().empty?.title === 'MLX Manager Is Not Running', { timeout: 30_000 });
});

test('the logs of a profile, opened from here, and back', async () => {
  const { id } = await rig.profile('tiny');
  await startAndWait(rig.client, id);
  const screen = await open();
  await screen.rowShown('tiny');
  await screen.press('Show Logs…');
  await screen.until(() => screen.rows().length > 2, { what: 'log lines' });
  await screen.press('Pause');
  await screen.press('Follow');
  await screen.press('Show Newest at the Bottom');
  await screen.press('Show Newest at the Top');
  await screen.press('Show Whole Line');
  await screen.press('Hide Whole Line');
  const line = screen.rows()[0]?.title;
  await screen.press('Copy Line');
  expect(String(host.copied.at(-1))).toContain(line);
  await screen.press('Copy All Shown');
  expect(String(host.copied.at(-1)).split('\n').length).toBeGreaterThan(2);
  await screen.press('Show in Finder');
  expect(host.machine.entries('show-in-finder').at(-1)?.path).toMatch(/server-\d+\.log$/);
  await screen.press('Clear View');
  await screen.until(() => screen.view().empty?.title === 'No Lines Yet');
  await screen.back();
  await screen.rowShown('tiny');
});
