/** Connect: settings for each client to copy, a key where one is needed, and a test that really asks. */
import { jest } from '@jest/globals';
import { dirname } from 'node:path';
import { connectGuides } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { openPage, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(180_000);

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent(pageFolder());
});
afterEach(() => endRig(rig));

const withProfile = async (): Promise<void> => {
  await installedEngine('mlx-lm');
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)] } });
  await rig.client.createProfile({ body: { name: 'capitals', modelPath: tinyModel } });
  await rig.client.createProfile({ body: { name: 'Second One', aliases: ['second'], modelPath: tinyModel } });
};
const clipboard = (page: Awaited<ReturnType<typeof openPage>>['page']): Promise<string> =>
  page.evaluate(() => navigator.clipboard.readText());

test('without a profile it leads to the models', async () => {
  const { page, axe, expectNoErrors } = await openPage(rig, '/connect');
  await page.getByText('Nothing to connect to yet').waitFor();
  await axe();
  await page.getByRole('link', { name: 'Find a Model' }).click();
  await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
  expectNoErrors();
});

test('by mouse: every client, for the profile that is picked; snippets are copied as they are; each protocol answers', async () => {
  await withProfile();
  const { page, shot, expectNoErrors } = await openPage(rig, '/connect');
  const clients = page.getByRole('navigation', { name: 'Clients' });
  const guides = connectGuides({ origin: rig.agent.address, keyRequired: false, model: 'capitals', models: ['capitals'] });
  for (const { name } of guides) {
    await clients.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 2, name }).waitFor();
  }
  await clients.getByRole('link', { name: 'curl', exact: true }).click();
  const snippet = page.getByRole('group', { name: 'Ask, as OpenAI’s API', exact: true });
  await soon(() => snippet.innerText()).toContain('"model":"capitals"');
  await page.getByRole('button', { name: 'Copy Ask, as OpenAI’s API' }).click();
  await soon(() => clipboard(page)).toBe((await snippet.innerText()).trim());
  await soon(() => clipboard(page)).toContain(`${rig.agent.address}/v1/chat/completions`);

  for (const [name, path] of [
    ['curl', '/v1/chat/completions'],
    ['Claude Code', '/v1/messages'],
    ['Codex', '/v1/responses'],
  ] as const) {
    await clients
      .getByRole('link', { name: new RegExp(`^${name}`) })
      .first()
      .click();
    await page.getByRole('status').getByText(path).waitFor();
    await page.getByRole('button', { name: 'Test Connection' }).click();
    await page.getByText(/capitals answers/).waitFor({ timeout: 90_000 });
    await soon(() => page.getByText(/ after [\d.]+ s\./).count()).toBe(1);
  }
  await shot('connect-answered');
  // An alias where the name has a space.
  await page.getByRole('combobox', { name: 'Profile' }).click();
  await page.getByRole('option', { name: /Second One/ }).click();
  await page.getByRole('group', { name: 'Model', exact: true }).getByText('second').waitFor();
  expectNoErrors();
});

test('by keyboard alone: a client is found, a key is made where one is needed, and the test uses it', async () => {
  await withProfile();
  await rig.client.updateSettings({ body: { requireApiKey: true } });
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/connect', { expected: /401/ });
  await page.getByRole('heading', { level: 2 }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('openai sdk for python');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 2, name: 'OpenAI SDK for Python' }).waitFor();
  const test = page.getByRole('button', { name: 'Test Connection' });
  await test.focus();
  await page.keyboard.press('Enter');
  await page.getByText('capitals does not answer.').waitFor();
  await axe();
  await shot('connect-key-needed');
  await page.getByRole('button', { name: 'Create API Key' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('The key is in the settings below.').waitFor();
  const snippet = await page.getByRole('group', { name: 'Use', exact: true }).innerText();
  const [key] = await rig.client.listKeys();
  expect(key!.name).toBe('OpenAI SDK for Python');
  expect(snippet).toContain(key!.prefix);
  await test.focus();
  await page.keyboard.press('Enter');
  await page.getByText(/capitals answers/).waitFor({ timeout: 90_000 });
  expectNoErrors();
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  await withProfile();
  const { page, axe, shot, expectNoErrors } = await openPage(rig, '/connect', { theme });
  for (const name of ['Claude Code', 'OpenAI SDK for Python', 'Open WebUI']) {
    await page.getByRole('navigation', { name: 'Clients' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 2, name }).waitFor();
    await axe();
    await shot(`connect-${name.toLowerCase().replaceAll(' ', '-')}-${theme}`);
  }
  expectNoErrors();
});
