/** Operations that meet: a profile that is deleted while it starts, stops and starts in a row, records that cannot be written. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import { tell } from '../../../tests/support/fake-engine/adapter.js';
import { eventually, fakePlan, House, MemoryInstances, lineQuery } from '../../../tests/support/fake-engine/house.js';
import type { InstanceRecord } from './types.js';

const houses: House[] = [];
const house = (...args: ConstructorParameters<typeof House>): House => {
  const made = new House(...args);
  houses.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(houses.splice(0).map((each) => each.close()));
});

/** A house whose `prepare` waits until it is let go. */
function slowHouse(): { h: House; prepared: () => void; asked: () => number } {
  let asked = 0;
  let prepared: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (prepared = resolve));
  const h = house();
  const { prepare } = h.deps;
  Object.assign(h.deps, {
    prepare: async (profileId: number) => {
      asked++;
      await gate;
      return prepare(profileId);
    },
  });
  return { h, prepared, asked: () => asked };
}

describe('a profile that is deleted', () => {
  test('while its start is prepared: nothing is started, nothing is listed, no log stays', async () => {
    const { h, prepared, asked } = slowHouse();
    const start = expect(h.service.start(1)).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND', details: { profile: '1' } });
    await eventually(asked, (count) => count === 1);
    const forgotten = h.service.forget(1);
    prepared();
    await Promise.all([start, forgotten]);
    expect(h.service.list()).toEqual([]);
    expect(h.starts).toBe(0);
    expect(h.instances.saved).toEqual([]);
    expect(readdirSync(h.logsFolder)).toEqual([]);
    await expect(h.service.start(1)).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  });

  test('with starts before and behind it, at once: nothing is left', async () => {
    const h = house();
    const before = h.service.start(1);
    const forgotten = h.service.forget(1);
    const behind = h.service.start(1);
    await Promise.allSettled([before, behind, forgotten]);
    await expect(before).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
    await expect(behind).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
    expect(h.service.list()).toEqual([]);
    expect(await h.leftovers()).toEqual([]);
  });

  test('while it runs: it is ended, off the list, and its log is gone', async () => {
    const h = house();
    await h.run();
    await h.service.forget(1);
    expect(h.service.list()).toEqual([]);
    expect(h.states().at(-1)).toBe('removed');
    expect(await h.leftovers()).toEqual([]);
    expect(h.instances.all()).toEqual([]);
    expect(readdirSync(h.logsFolder)).toEqual([]);
  });

  test('while it waits for a restart: prepare is asked for it no more', async () => {
    const { h, prepared, asked } = slowHouse();
    prepared();
    await h.run();
    await tell(h.baseUrl(), 'crash');
    await h.until(1, ({ state }) => state === 'starting');
    await h.service.forget(1);
    expect(asked()).toBe(1);
    expect(h.service.list()).toEqual([]);
  });

  test('it is erased after all that, and alone; when that fails it can be started', async () => {
    const h = house();
    await h.run();
    await expect(
      h.service.forget(1, () => {
        expect(h.service.list()).toEqual([]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await h.run();
  });
});

test('operations of a profile run one after another', async () => {
  const h = house();
  const results = await Promise.allSettled([
    h.service.start(1),
    h.service.stop(1),
    h.service.start(1),
    h.service.restart(1),
    h.service.start(1),
    h.service.stop(1),
    h.service.stop(1),
    h.service.deleteLogs(1),
  ]);
  expect(results.map((result) => (result.status === 'rejected' ? (result.reason as AgentError).code : typeof result.value))).toEqual([
    'object',
    'boolean',
    'object',
    'object',
    'SERVER_ALREADY_RUNNING',
    'boolean',
    'boolean',
    'undefined',
  ]);
  expect(results.slice(5, 7)).toMatchObject([{ value: true }, { value: true }]);
  expect(h.service.list()).toEqual([]);
  expect(await h.leftovers()).toEqual([]);
  expect(existsSync(join(h.logsFolder, 'server-1.log'))).toBe(false);
});

/** Fails as SQLite does, from the n-th record on. */
class FailingInstances extends MemoryInstances {
  constructor(private readonly good: number) {
    super();
  }
  override save(record: InstanceRecord): void {
    if (this.saved.length >= this.good) {
      this.saved.push(record);
      throw new Error('FOREIGN KEY constraint failed');
    }
    super.save(record);
  }
}

test.each([
  ['before the spawn', 0, 1],
  ['after the spawn', 1, 1],
  ['when it is ready', 2, 1],
])('a record that cannot be written %s: nothing runs, and the owner reads no SQL', async (_name, good) => {
  const instances = new FailingInstances(good);
  const h = house({ deps: { instances } });
  await h.service.start(1);
  const { failure, pid } = await h.until(1, ({ state }) => state === 'failed');
  expect(failure!.message).not.toMatch(/FOREIGN|constraint/);
  expect(failure).toMatchObject({ kind: 'crashed', message: new AgentError('INTERNAL', {}).message });
  expect(pid).toBeNull();
  for (const { instance } of instances.saved) expect(await h.processes.findInstance(instance)).toEqual([]);
  expect(instances.all()).toEqual([]);
  if (good === 0) expect(await h.service.logs(1, lineQuery())).toMatchObject([{ text: expect.stringContaining('failed') }]);
});

describe('who uses a model', () => {
  test('also before the first process, and while it waits for a restart', async () => {
    const h = house({ timings: { backoffMin: 60_000, backoffMax: 60_000 } });
    await h.service.start(1);
    expect(h.service.get(1)!.pid).toBeNull();
    const folder = join(h.folder, 'model');
    expect(h.service.usersOfModel(folder)).toEqual(['Profile 1']);
    await h.service.whenReady(1);
    await tell(h.baseUrl(), 'crash');
    await h.until(1, ({ state }) => state === 'starting');
    expect(h.service.get(1)!.pid).toBeNull();
    expect(h.service.usersOfModel(folder)).toEqual(['Profile 1']);
    expect(h.service.usersOfModel(h.folder)).toEqual(['Profile 1']);
    expect(h.service.usersOfModel('org/fake-model')).toEqual(['Profile 1']);
    expect(h.service.usersOfModel('/elsewhere', 'org/fake-model')).toEqual(['Profile 1']);
    expect(h.service.usersOfModel('/elsewhere', 'org')).toEqual([]);
    expect(h.service.usersOfModel(folder.slice(0, -1))).toEqual([]);
    await h.service.stop(1);
    expect(h.service.usersOfModel(folder, 'org/fake-model')).toEqual([]);
  });
});

test('a log the engine writes itself is its owner’s alone', async () => {
  const h = house();
  const file = join(h.folder, 'own.log');
  h.plan = { spec: { ...fakePlan(1, h.folder).spec, logFile: file } };
  await h.run();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
