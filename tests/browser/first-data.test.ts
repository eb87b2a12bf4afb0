/** What comes with a page instead of being asked for: all of it is what the page would ask, and it is shown before anything is asked. */
import { jest } from '@jest/globals';
import { FIRST_DATA_ID, FIRST_REQUESTS } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { openPage, pageFolder } from './support/page.js';

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
  expect(requests).toEqual(expect.arrayContaining(FIRST_REQUESTS[name]!.map((path) => `GET ${path}`)));
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
