/** A page that is left open: it asks for nothing unless something changed, and keeps nothing of what it was told. */
import { jest } from '@jest/globals';
import type { CDPSession } from 'playwright-core';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { openPage, pageFolder } from './support/page.js';

jest.setTimeout(180_000);
const WINDOW = ['/models', '/servers', '/requests', '/profiles', '/logs', '/chat', '/connect', '/settings', '/welcome'];

let rig: Rig;
let hub: StandInHub;
beforeAll(async () => {
  hub = await startHub({ models: [{ id: 'org/one', files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': 'x' } }] });
  rig = await startAgent({ ...pageFolder(), hubUrl: hub.url });
  for (let i = 0; i < 3; i++) await rig.client.createProfile({ body: { name: `Profile ${i}`, modelPath: 'org/one' } });
  await rig.client.createChat({ body: { title: 'A chat' } });
});
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

test.each([...WINDOW, '/dropdown'])('%s asks for nothing in an hour in which nothing happens', async (path) => {
  const { page, requests, quiet, expectNoErrors } = await openPage(rig, path);
  await page.clock.install();
  await page.reload();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await quiet(1000);
  requests.length = 0;
  await page.clock.runFor(3_600_000);
  await quiet(500);
  expect(requests).toEqual([]);
  expectNoErrors();
});

/** Bytes in use once all that can go is gone. */
async function heap(cdp: CDPSession): Promise<number> {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
  return (await cdp.send('Runtime.getHeapUsage')).usedSize;
}

test.each(['/profiles', '/servers', '/dropdown'])('the heap of %s does not grow with what it is told', async (path) => {
  const { page, requests, expectNoErrors } = await openPage(rig, path);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.enable');
  const { id } = await rig.client.createProfile({ body: { name: `Busy ${path}`, modelPath: 'org/one' } });
  let told = 0;
  const tell = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++)
      await rig.client.updateProfile({ params: { id }, body: { description: `${++told} ${'x'.repeat(1900)}` } });
    // It has heard the last one when it shows it, or, where it shows no descriptions, once it comes to rest.
    await page.evaluate(() => new Promise((rest) => setTimeout(rest, 300)));
  };
  await tell(300);
  requests.length = 0;
  const before = await heap(cdp);
  await tell(1500);
  const grown = (await heap(cdp)) - before;
  // Three million letters were told.
  expect(grown).toBeLessThan(1_000_000);
  expect(requests).toEqual([]);
  await rig.client.deleteProfile({ params: { id } });
  expectNoErrors();
});
