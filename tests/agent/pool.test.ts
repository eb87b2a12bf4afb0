/** The pool of a whole agent, by its API: state, groups, settings. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { endRig, listen, startAgent, type Rig } from '../support/agent.js';
import { tinyModel } from '../support/engines.js';

let rig: Rig;
let ids: number[];
beforeAll(async () => {
  rig = await startAgent();
  const model = join(rig.folder, 'models', 'tiny');
  mkdirSync(join(rig.folder, 'models'), { recursive: true });
  cpSync(tinyModel, model, { recursive: true });
  ids = [];
  for (const name of ['One', 'Two', 'Three']) ids.push((await rig.client.createProfile({ body: { name, modelPath: model } })).id);
});
afterAll(() => endRig(rig));

test('an idle pool says its budget and the machine’s memory', async () => {
  const { client } = rig;
  const memory = await client.systemMemory();
  const status = await client.getPool();
  expect(status).toMatchObject({ leasedGb: 0, evictPercent: 85, refusePercent: 95, models: [], waiting: [], waitingCount: 0 });
  expect(status.budgetGb).toBeCloseTo(memory.totalGb * 0.8, 0);
  expect(status.memoryPercent).toBeGreaterThan(0);
});

test('max_memory_gb stands over the percentage; what can never fit is refused with the numbers', async () => {
  const { client } = rig;
  await client.updateSettings({ body: { maxMemoryGb: 0.001 } });
  expect((await client.getPool()).budgetGb).toBe(0);
  for (const body of [{}, { makeRoom: true }]) {
    await expect(client.startServer({ params: { profileId: ids[0]! }, body })).rejects.toMatchObject({
      code: 'NOT_ENOUGH_MEMORY',
      status: 503,
      details: { name: 'One', budgetGb: 0, remedy: expect.stringContaining('max_memory_gb') },
    });
  }
  await client.updateSettings({ body: { maxMemoryGb: null } });
  expect((await client.getPool()).budgetGb).toBeGreaterThan(0.1);
  await expect(client.updateSettings({ body: { maxMemoryGb: -1 } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('groups are made, listed, changed and deleted; a profile that goes leaves them', async () => {
  const { client } = rig;
  const [one, two, three] = ids as [number, number, number];
  const group = await client.createPoolGroup({ body: { name: 'Large', profileIds: [one, three], mode: 'one_at_a_time' } });
  expect(group).toEqual({ id: group.id, name: 'Large', profileIds: [one, three], mode: 'one_at_a_time', exclusive: false });
  const other = await client.createPoolGroup({ body: { name: 'Alone' } });
  expect(other).toMatchObject({ profileIds: [], mode: 'together' });
  await expect(client.createPoolGroup({ body: { name: 'LARGE' } })).rejects.toMatchObject({ code: 'GROUP_NAME_TAKEN', status: 409 });
  await expect(client.updatePoolGroup({ params: { id: other.id }, body: { name: 'large' } })).rejects.toMatchObject({
    code: 'GROUP_NAME_TAKEN',
  });
  await expect(client.createPoolGroup({ body: { name: 'X', profileIds: [999] } })).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  await expect(client.createPoolGroup({ body: { name: 'X', profileIds: [one, one] } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  const changed = await client.updatePoolGroup({ params: { id: group.id }, body: { profileIds: [three, two], exclusive: true } });
  expect(changed).toMatchObject({ name: 'Large', mode: 'one_at_a_time', exclusive: true });
  expect((await client.listPoolGroups()).map(({ name, profileIds }) => [name, [...profileIds].sort()])).toEqual([
    ['Alone', []],
    ['Large', [two, three]],
  ]);
  await client.deleteProfile({ params: { id: three } });
  expect((await client.listPoolGroups())[1]).toMatchObject({ profileIds: [two] });
  await client.deletePoolGroup({ params: { id: other.id } });
  await expect(client.deletePoolGroup({ params: { id: other.id } })).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND', status: 404 });
  await expect(client.updatePoolGroup({ params: { id: 999 }, body: {} })).rejects.toMatchObject({ code: 'GROUP_NOT_FOUND' });
  expect(await client.listPoolGroups()).toHaveLength(1);
});

test('the state is on the event stream for those who listen to it', async () => {
  const ear = listen(rig.client, ['pool']);
  try {
    const { data } = await ear.until((event) => event.type === 'pool.updated');
    expect(data).toMatchObject({ models: [], waiting: [] });
  } finally {
    await ear.stop();
  }
});
