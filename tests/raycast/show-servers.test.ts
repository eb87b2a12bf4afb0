/** Show Servers, as built, against a real agent with the real engine: figures, actions, logs. */
import { jest } from '@jest/globals';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { ask, endRig, startAndWait } from '../support/agent.js';
import type { Host, Screen } from './host/index.js';
import { shownIn, startProfilesRig, toastShown, type ProfilesRig } from './support/profiles.js';

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

const toast = (title: string): Promise<void> => toastShown(host, title);
const fact = (screen: Screen, title: string): string | undefined => screen.view().detail?.metadata.find((one) => one.title === title)?.text;

test('nothing runs: it says so; a server that starts appears by itself, with its figures, and every action', async () => {
  const profile = await rig.profile('tiny', { exposePort: true });
  const screen = await host.launch('show-servers');
  await screen.until(() => screen.view().empty?.title === 'No Server Runs');
  await screen.press('Refresh');
  await screen.press('Manage Profiles');
  expect(host.launched.at(-1)?.name).toBe('manage-profiles');

  const server = await startAndWait(rig.client, profile.id);
  await shownIn(screen, 'tiny', 'Running');
  await ask(rig.agent.address, { model: 'tiny', messages: [{ role: 'user', content: 'What is the capital of France?' }], max_tokens: 8 });
  await screen.until(() => fact(screen, 'Requests in Total') === '1', { what: 'the request counted' });
  expect(fact(screen, 'Requests')).toBe('idle');
  expect(fact(screen, 'Process')).toBe(String(server.pid));
  await screen.until(() => / [MG]B$/.test(fact(screen, 'Memory') ?? '') && /%$/.test(fact(screen, 'CPU') ?? ''), {
    what: 'memory and CPU',
  });
  expect(fact(screen, 'Own Port')).toBe(String(profile.port));

  await screen.press('Hide Details');
  await screen.until(() => /[MG]B/.test(screen.row('tiny')?.accessories.join(' ') ?? ''), { what: 'the figures in the row' });
  // The section says that it runs.
  expect(screen.row('tiny')?.accessories).not.toContain('Running');
  await screen.press('Show Details');
  await screen.press('Copy Base URL');
  await screen.press('Copy Model Name');
  await screen.press('Copy Process ID');
  expect(host.copied).toEqual([`${rig.agent.address}/v1`, 'tiny', String(server.pid)]);
  await screen.press('Open API Reference');
  expect(host.opened.at(-1)).toMatch(/\/open\?code=.*&to=\/api\/docs$/);
  expect(await (await fetch(host.opened.at(-1) ?? '')).text()).toContain('url=/api/docs');
  await screen.press("Open Engine's Model List");
  expect((await fetch(host.opened.at(-1) ?? '')).ok).toBe(true);
  await screen.press('Chat');
  expect(host.launched.at(-1)).toMatchObject({ name: 'quick-chat', context: { profileId: profile.id } });
  await screen.press('Refresh');

  await screen.press('Restart', { wait: false });
  await toast('tiny Is Running');
  await screen.press('Stop');
  await toast('tiny Stopped');
  await screen.until(() => screen.view().empty);
});

test('a failed server: reason, log tail, report; started again, taken off; the others stopped together', async () => {
  const bad = await rig.profile('bad', { extraArgs: ['--no-such-option'] });
  const good = await rig.profile('good');
  await expect(startAndWait(rig.client, bad.id)).rejects.toThrow();
  await startAndWait(rig.client, good.id);
  const screen = await host.launch('show-servers');
  await shownIn(screen, 'bad', 'Failed');
  await screen.select('bad');
  expect(screen.markdown()).toContain('bad Failed');
  await screen.press('Copy Failure Report');
  await toast('Failure Report Copied');
  expect(host.copied.at(-1)).toMatch(/## Server Failure[\s\S]*Kind: bad_option[\s\S]*--no-such-option/);
  await screen.press('Start Again', { wait: false });
  await toast('Could Not Start bad');
  await host.pressToast('Show Logs');
  await screen.until(() => screen.text().includes('--no-such-option'));
  await screen.back();
  await screen.select('bad');
  await screen.press('Take off the List');
  await screen.until(() => !screen.row('bad'));

  host.answer = false;
  await screen.press('Stop All Servers');
  expect(host.alerts.at(-1)).toMatchObject({ title: 'Stop All Servers?', message: 'These end: good.' });
  expect(screen.row('good')).toBeDefined();
  host.answer = true;
  await screen.press('Stop All Servers');
  await toast('All Servers Stopped');
  await screen.until(() => screen.view().empty);
  expect(await rig.client.listServers()).toEqual([]);
});

test('logs: by a deeplink; live, searched, by level, paused, cleared, copied, shown in the Finder', async () => {
  const { id } = await rig.profile('tiny');
  await startAndWait(rig.client, id);
  const screen = await host.launch('show-servers', { launchContext: { profileId: id } });
  await screen.until(() => screen.rows().length > 0, { what: 'log lines' });
  const log = join(rig.folder, 'state', 'logs', `server-${id}.log`);
  const write = (text: string): void => appendFileSync(log, `${text}\n`);
  const top = (): string | undefined => screen.rows()[0]?.title;

  write('ERROR: the first line of the test');
  await screen.until(() => top()?.includes('first line of the test'), { what: 'the new line at the top' });
  await screen.press('Show Newest at the Bottom');
  expect(screen.rows().at(-1)?.title).toContain('first line of the test');
  await screen.press('Show Newest at the Top');

  await screen.press('Pause');
  write('INFO: while it was paused');
  await screen.until(() => screen.view().sections[0]?.subtitle?.includes('1 new line waiting'));
  expect(screen.text()).not.toContain('while it was paused');
  await screen.press('Follow');
  expect(top()).toContain('while it was paused');

  await screen.dropdown('Error');
  await screen.until(() => screen.rows().length > 0 && screen.rows().every((row) => row.title.includes('ERROR')), { what: 'errors only' });
  await screen.dropdown('All');
  await screen.search('FIRST LINE');
  await screen.until(() => screen.rows().length === 1);
  await screen.search('nothing says this');
  await screen.until(() => screen.view().empty?.title === 'No Line Fits');
  await screen.search('');
  await screen.until(() => screen.rows().length > 2);

  await screen.press('Show Whole Line');
  expect(screen.markdown()).toContain('while it was paused');
  await screen.press('Hide Whole Line');
  await screen.press('Copy Line');
  expect(host.copied.at(-1)).toContain('while it was paused');
  await screen.press('Copy All Shown');
  expect(host.copied.at(-1)).toContain('first line of the test');
  await screen.press('Show in Finder');
  const shown = host.machine.entries('show-in-finder').at(-1)?.path ?? '';
  expect([shown, existsSync(shown)]).toEqual([log, true]);

  // A storm of lines: what is kept is bounded, and the screen is drawn at most every 50 ms.
  const before = screen.frames.length;
  const began = performance.now();
  for (let batch = 0; batch < 50; batch++) write(Array.from({ length: 60 }, (_, line) => `INFO: storm ${batch * 60 + line}`).join('\n'));
  await screen.until(() => top()?.includes('storm 2999'), { timeout: 30_000 });
  const drawn = screen.frames.length - before;
  expect(drawn).toBeLessThanOrEqual((performance.now() - began) / 50 + 3);
  await screen.until(() => screen.view().sections[0]?.subtitle?.startsWith('200 of 2000 lines'));
  await screen.press('Show Earlier Lines');
  expect(screen.rows()).toHaveLength(400);
  expect(await screen.scrollToEnd()).toBe(true);
  expect(screen.rows()).toHaveLength(600);

  await screen.press('Clear View');
  await screen.until(() => screen.view().empty?.title === 'No Lines Yet');
  write('WARNING: after clearing');
  await screen.until(() => screen.rows().length === 1 && top()?.includes('after clearing'));
});

test('logs go on when the agent comes back', async () => {
  const { id } = await rig.profile('tiny');
  await startAndWait(rig.client, id);
  const screen = await host.launch('show-servers');
  await shownIn(screen, 'tiny', 'Running');
  await screen.press('Show Logs…');
  await screen.until(() => screen.rows().length > 0);
  await rig.stop();
  await screen.until(() => screen.view().empty?.title === 'MLX Manager Is Not Running', { timeout: 30_000 });
});
