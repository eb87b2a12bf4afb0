/** kill -9 of the agent: its engines go on, the next agent takes them over. Real processes throughout. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine, Server } from '@mlx-manager/shared';
import { createProcessTable } from '../../menubar-agent/src/system/index.js';
import type { Child } from '../support/child.js';
import { engineScript, streamAnswer, tell } from '../support/fake-engine/adapter.js';
import { FileInstances, type ChildTask } from '../support/fake-engine/agent-child.js';
import { bundleAgent, startAgent } from '../support/fake-engine/child-agents.js';
import { eventually, fakePlan, House, lineQuery } from '../support/fake-engine/house.js';

const processes = createProcessTable();
let bundle: { file: string; remove(): Promise<void> };
let folder: string;
const agents: Child<Server>[] = [];
const houses: House[] = [];
const instances = new Set<string>();

beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-killed-'));
});
afterEach(async () => {
  await Promise.all(houses.splice(0).map((house) => house.close()));
  await Promise.all(agents.splice(0).map((agent) => agent.kill()));
  for (const { instance } of new FileInstances(join(folder, 'records')).all()) instances.add(instance);
  for (const instance of instances) {
    for (const { pid } of await processes.findInstance(instance)) process.kill(pid, 'SIGKILL');
  }
  rmSync(folder, { recursive: true, force: true });
});

function agent(changes: Partial<ChildTask> = {}): Child<Server> {
  const { spec, environment } = fakePlan(1, folder);
  const task = {
    folder,
    engineId: 'fake',
    environment,
    modelFolder: '',
    script: engineScript,
    knobs: {},
    profiles: [1, 2],
    spec,
    keepOnTerm: false,
    ...changes,
  };
  const started = startAgent(bundle.file, task);
  agents.push(started);
  return started;
}
const healthy = (profileId: number) => (server: Server) => server.profileId === profileId && server.state === 'healthy';
const urlOf = ({ port }: Server): string => `http://127.0.0.1:${port!}`;

test('two engines: they answer while no agent lives, are adopted with their log, and are stopped', async () => {
  const first = agent();
  const [one, two] = await Promise.all([first.until(healthy(1)), first.until(healthy(2))]);
  const answer = streamAnswer(urlOf(one));
  await first.kill();
  expect(await answer).toBe('The capital is Paris.');
  await tell(urlOf(two), 'print', { lines: ['said to nobody'] });
  expect(await streamAnswer(urlOf(two))).toBe('The capital is Paris.');

  const records = new FileInstances(join(folder, 'records'));
  const h = new House({ deps: { logsFolder: join(folder, 'logs'), instances: records } });
  houses.push(h);
  for (const { instance } of records.all()) instances.add(instance);
  await h.service.adopt();
  expect(h.service.get(1)).toMatchObject({ state: 'healthy', adopted: true, pid: one.pid, port: one.port });
  expect(h.service.get(2)).toMatchObject({ state: 'healthy', adopted: true, pid: two.pid, port: two.port });
  expect(await streamAnswer(urlOf(one))).toBe('The capital is Paris.');

  const lines: LogLine[] = [];
  h.service.followLogs(2, 0, lineQuery(), (line) => lines.push(line));
  await tell(urlOf(two), 'print', { lines: ['said to the second agent'] });
  const texts = await eventually(
    () => lines.map(({ text }) => text),
    (all) => all.includes('said to the second agent'),
  );
  expect(texts.filter((text) => text.startsWith('said'))).toEqual(['said to nobody', 'said to the second agent']);
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1));

  process.kill(one.pid!, 'SIGKILL');
  await h.until(1, ({ restarts, state }) => restarts === 1 && state === 'healthy');
  await h.service.shutdown({ keep: false });
  for (const instance of instances) expect(await processes.findInstance(instance)).toEqual([]);
  expect(records.all()).toEqual([]);
}, 30_000);

test('the agent is killed, then its engines: the next one starts them again and says so', async () => {
  const first = agent();
  const before = await Promise.all([first.until(healthy(1)), first.until(healthy(2))]);
  await first.kill();
  const records = new FileInstances(join(folder, 'records'));
  for (const { instance } of records.all()) instances.add(instance);
  for (const { pid } of before) process.kill(pid!, 'SIGKILL');
  for (const { pid } of before) {
    await eventually(
      () => processes.startTime(pid!),
      (time) => time === null,
    );
  }
  const second = agent({ profiles: [] });
  const told = await second.until(({ profileId, failure }) => profileId === 2 && failure !== null);
  expect(told.failure!.message).toContain('ended while the agent was not running');
  const after = await Promise.all([second.until(healthy(1)), second.until(healthy(2))]);
  for (const { instance } of records.all()) instances.add(instance);
  expect(after).toMatchObject([
    { restarts: 1, adopted: false, failure: null },
    { restarts: 1, adopted: false, failure: null },
  ]);
  second.process.kill('SIGTERM');
  expect(await second.exit()).toBe(0);
  // Stopped by the agent itself: nothing comes back.
  expect(records.all()).toEqual([]);
}, 30_000);

test('killed at any moment of a start: the next agent knows everything that was spawned', async () => {
  // From before the record to long after the spawn; the child prints its first event before it spawns.
  for (const pause of [0, 5, 15, 40, 80]) {
    const first = agent({ profiles: [1] });
    await first.until(({ state }) => state === 'starting');
    await new Promise((resolve) => setTimeout(resolve, pause)); // the moment is what is tested
    await first.kill();
    const left = new FileInstances(join(folder, 'records')).all();
    for (const { instance } of left) instances.add(instance);
    const second = agent({ profiles: [1] });
    const server = await second.until(healthy(1));
    const alive = (await Promise.all([...instances].map((instance) => processes.findInstance(instance)))).flat();
    const [record] = new FileInstances(join(folder, 'records')).all();
    instances.add(record!.instance);
    const now = await processes.findInstance(record!.instance);
    expect(now.map(({ pid }) => pid)).toEqual([server.pid]);
    expect(alive.filter(({ pid }) => pid !== server.pid)).toEqual([]);
    second.process.kill('SIGTERM');
    expect(await second.exit()).toBe(0);
    expect(await processes.findInstance(record!.instance)).toEqual([]);
  }
}, 60_000);

test('an agent that ends by itself and is to keep its engines leaves them to the next', async () => {
  const first = agent({ profiles: [1], keepOnTerm: true });
  const { pid } = await first.until(healthy(1));
  first.process.kill('SIGTERM');
  expect(await first.exit()).toBe(0);
  const second = agent({ profiles: [1] });
  expect(await second.until(healthy(1))).toMatchObject({ pid, adopted: true });
  second.process.kill('SIGTERM');
  expect(await second.exit()).toBe(0);
  expect(await processes.startTime(pid!)).toBeNull();
}, 30_000);
