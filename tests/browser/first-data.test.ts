/** What comes with a page instead of being asked for: all of it is what the page would ask, and it is shown before anything is asked. */
import { jest } from '@jest/globals';
import { FIRST_DATA_ID, FIRST_REQUESTS } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { openPage, pageFolder } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);

let rig: Rig;
let hub: StandInHub;
beforeAll(async () => {
  hub = await startHub({ models: [] });
  rig = await startAgent({ ...pageFolder(), hubUrl: hub.url });
  await rig.client.createProfile({ body: { name: 'A profile', modelPath: 'org/one' } });
});
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

const pages = Object.keys(FIRST_REQUESTS).filter((page) => page !== 'home');

test.each(pages)('%s asks for what comes with it when it does not come', async (name) => {
  const { page, requests, quiet, expectNoErrors } = await openPage(rig, `/${name}`);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await quiet(500);
  const element = new RegExp(`<script type="application/json" id="${FIRST_DATA_ID}">([^<]*)</script>`);
  await page.route(
    ({ pathname }) => pathname === `/${name}`,
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace(element, '') });
    },
  );
  requests.length = 0;
  await page.reload();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await quiet(500);
  await soon(() => requests).toEqual(expect.arrayContaining(FIRST_REQUESTS[name]!.map((path) => `GET ${path}`)));
  expectNoErrors();
});

test.each(['dropdown', 'profiles'])('%s shows what came with it while the agent answers nothing', async (name) => {
  const { page } = await openPage(rig, `/${name}`);
  await page.route('**/api/**', () => undefined);
  // On a busy machine the agent may not have the patience to add everything.
  for (let tries = 1; ; tries++) {
    await page.reload();
    try {
      await page.getByText('A profile').first().waitFor({ timeout: 3000 });
      break;
    } catch (error) {
      if (tries === 8) throw error;
    }
  }
});

test.each(['dropdown', 'profiles'])('%s asks by itself when it was cut off while it was sent', async (name) => {
  const { page, expectNoErrors } = await openPage(rig, `/${name}`);
  await page.route(
    ({ pathname }) => pathname === `/${name}`,
    async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      await route.fulfill({ response, body: text.slice(0, text.indexOf(FIRST_DATA_ID) + 30) });
    },
  );
  await page.reload();
  await page.getByText('A profile').first().waitFor();
  expectNoErrors();
});

test('chats beyond the first part are asked for, soon after the page was opened too', async () => {
  for (let i = 0; i < 110; i++) await rig.client.createChat({ body: { title: `Talk ${i}` } });
  const { page, expectNoErrors } = await openPage(rig, '/chat');
  await page.getByRole('link', { name: /Talk 109/ }).waitFor();
  await page.waitForFunction(() => {
    const list = document.querySelector('[aria-label="Chats"]');
    list?.scrollTo(0, list.scrollHeight);
    return /Talk 0(?!\d)/.test(list?.textContent ?? '');
  });
  expectNoErrors();
});

test('a page whose files could not be fetched once is whole when they can', async () => {
  const { page } = await openPage(rig, '/profiles', { expected: /ERR_FAILED/ });
  const link = page.getByRole('link', { name: 'Chat', exact: true });
  await page.route('**/assets/chat-*', (route) => route.abort());
  const failed = page.waitForEvent('requestfailed');
  await link.hover();
  await failed;
  await page.unroute('**/assets/chat-*');
  await link.click();
  await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor();
  // The rules of a sheet that did not come cannot be read.
  const rules = await page.evaluate(() => [...document.styleSheets].map((sheet) => sheet.cssRules.length));
  expect(rules.every((count) => count > 0)).toBe(true);
});
