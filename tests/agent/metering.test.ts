/** What a whole agent tells of its requests: wired routes, events, settings. */
import fetch from 'node-fetch';
import { jest } from '@jest/globals';
import { endRig, listen, startAgent, type Rig } from '../support/agent.js';

jest.setTimeout(60_000);

let rig: Rig;
beforeAll(async () => {
  rig = await startAgent();
});
afterAll(() => endRig(rig));

test('totals come on the event stream while somebody listens, as the API answers them', async () => {
  const ear = listen(rig.client, ['usage']);
  const event = await ear.until(({ type }) => type === 'usage.updated');
  expect(event.data).toEqual(await rig.client.getUsage());
  await ear.stop();
});

test('/metrics is Prometheus’s text, with the token or where the owner opened it', async () => {
  const scrape = (headers: Record<string, string> = {}) => fetch(`${rig.agent.address}/metrics`, { headers });
  expect((await scrape()).status).toBe(401);
  const answer = await scrape({ authorization: `Bearer ${rig.agent.token}` });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(await answer.text()).toMatch(/^mlx_manager_memory_total_bytes [1-9]\d+$/m);
  await rig.client.updateSettings({ body: { metricsPublic: true } });
  expect((await scrape()).status).toBe(200);
  await rig.client.updateSettings({ body: { metricsPublic: null } });
  expect((await scrape()).status).toBe(401);
});

test('lists, summaries, exports and alerts are there from the beginning', async () => {
  const { client } = rig;
  expect((await client.requestsPage()).cursor).toBeNull();
  expect(await client.summarizeRequests()).toMatchObject({ total: { errors: 0 } });
  expect(await client.listAlerts()).toEqual(expect.any(Array));
  const csv = await client.exportRequests({ query: { format: 'csv' } });
  expect((await csv.text()).split('\r\n')[0]).toContain('started_at,id,outcome');
  await expect(client.getRequest({ params: { id: 'none' } })).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
});

test.each([{ otelEndpoint: 'ftp://x' }, { otelEndpoint: 'http://me:secret@x' }, { requestRetentionDays: 0 }, { alertErrorPercent: 101 }])(
  'the setting %j is refused',
  async (body) => {
    await expect(rig.client.updateSettings({ body })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  },
);
