import { statSync } from 'node:fs';
import { createServer, type AddressInfo, type Server as NetServer } from 'node:net';
import { AgentError, type Server } from '@mlx-manager/shared';
import { streamAnswer, tell } from '../../../tests/support/fake-engine/adapter.js';
import { House, eventually, lineQuery } from '../../../tests/support/fake-engine/house.js';
import { createProcessTable } from '../system/index.js';

const houses: House[] = [];
const house = (...args: ConstructorParameters<typeof House>): House => {
  const made = new House(...args);
  houses.push(made);
  return made;
};
const listeners: NetServer[] = [];
/** Another program on a port of its own. */
async function occupy(): Promise<number> {
  const server = createServer();
  listeners.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
afterEach(async () => {
  await Promise.all(houses.splice(0).map((each) => each.close()));
  for (const server of listeners.splice(0)) server.close();
});

describe('start', () => {
  test('answers at once, then it is healthy and answers; stop leaves nothing', async () => {
    const h = house({ knobs: () => ({ loadMs: 150 }), plan: { warnings: ['queue_size is not known to it'] } });
    const first = await h.service.start(1);
    expect(first).toMatchObject({
      state: 'starting',
      healthStatus: 'starting',
      pid: null,
      managedBy: 'agent',
      adopted: false,
      failure: null,
    });
    expect(h.service.target(1)).toBeNull();
    await h.service.whenReady(1);
    const server = h.service.get(1)!;
    expect(server).toMatchObject({ state: 'healthy', engine: 'fake', modelPath: 'org/fake-model', profileName: 'Profile 1', restarts: 0 });
    expect(server.warnings).toEqual(['queue_size is not known to it']);
    expect(server.pid).toEqual(expect.any(Number));
    expect(server.responseTimeMs).toEqual(expect.any(Number));
    expect(h.service.list()).toHaveLength(1);
    expect(await streamAnswer(h.baseUrl())).toBe('The capital is Paris.');
    expect(h.service.usersOfModel('org/fake-model')).toEqual(['Profile 1']);
    expect(h.service.usersOfModel(h.folder)).toEqual(['Profile 1']);
    expect(h.service.usersOfModel('org/fake')).toEqual([]);
    expect(h.service.usersOfEngine('fake')).toEqual(['Profile 1']);
    expect(await h.service.stop(1)).toBe(true);
    expect(h.service.get(1)).toBeNull();
    expect(h.service.usersOfEngine('fake')).toEqual([]);
    expect(await h.leftovers()).toEqual([]);
    expect(h.instances.all()).toEqual([]);
    expect(h.states()).toEqual(['starting', 'healthy', 'stopping', 'removed']);
    expect(await h.service.stop(1)).toBe(false);
  });

  test('the UUID is written down before the spawn, the process right after it, and that it is ready', async () => {
    const h = house();
    const { pid } = await h.run();
    const [planned, spawned, ready] = h.instances.saved;
    expect(planned).toMatchObject({ profileId: 1, pid: null, startTime: null, ready: false, spec: { port: expect.any(Number) } });
    expect(spawned).toMatchObject({ instance: planned!.instance, pid, startTime: expect.any(String), ready: false });
    expect(ready).toMatchObject({ instance: planned!.instance, pid, ready: true });
    expect(await h.processes.instanceOf(pid!)).toBe(planned!.instance);
  });

  test('the engine gets a small environment, a group of its own and a private log', async () => {
    process.env.SECRET_OF_THE_OWNER = 'x';
    const h = house();
    const { pid } = await h.run();
    delete process.env.SECRET_OF_THE_OWNER;
    const env = (await tell(h.baseUrl(), 'env')) as Record<string, string>;
    expect(env).toMatchObject({
      FAKE_ENGINE: '1',
      PATH: process.env.PATH,
      MLX_MANAGER_INSTANCE: h.instances.saved[0]!.instance,
      PYTHONUNBUFFERED: '1',
    });
    expect(env.SECRET_OF_THE_OWNER).toBeUndefined();
    expect(await h.processes.groupMembers(pid!)).toEqual([pid]);
    expect(statSync(`${h.logsFolder}/server-1.log`).mode & 0o777).toBe(0o600);
  });

  test('a second start is refused, also while the first one is being prepared', async () => {
    const h = house();
    const starts = await Promise.allSettled([h.service.start(1), h.service.start(1), h.service.start(1)]);
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await h.service.whenReady(1);
    await expect(h.service.start(1)).rejects.toMatchObject({
      code: 'SERVER_ALREADY_RUNNING',
      details: { name: 'Profile 1', state: 'healthy' },
    });
    expect(h.starts).toBe(1);
  });

  test('what prepare throws reaches the caller, and nothing is left of the attempt', async () => {
    const prepare = () => Promise.reject(new AgentError('MODEL_NOT_DOWNLOADED', { name: 'P', modelId: 'a/b' }));
    const h = house({ deps: { prepare } });
    await expect(h.service.start(1)).rejects.toMatchObject({ code: 'MODEL_NOT_DOWNLOADED' });
    expect(h.service.list()).toEqual([]);
    await expect(h.service.whenReady(1)).rejects.toMatchObject({ code: 'SERVER_NOT_RUNNING' });
  });

  test('two profiles run beside each other', async () => {
    const h = house();
    await Promise.all([h.run(1), h.run(2)]);
    expect(h.service.get(1)!.port).not.toBe(h.service.get(2)!.port);
    expect(h.service.list().map(({ profileId }) => profileId)).toEqual([1, 2]);
  });

  test('restart takes a new process', async () => {
    const h = house();
    const before = await h.run();
    await h.service.restart(1);
    await h.service.whenReady(1);
    expect(h.service.get(1)!.pid).not.toBe(before.pid);
    expect(h.service.get(1)!.restarts).toBe(0);
    expect(await h.leftovers()).toEqual([h.service.get(1)!.pid]);
  });
});

describe('a start that fails', () => {
  test('a bad model that ends with 0 is a failure, in words, with the last lines and what to do', async () => {
    const lines = [...Array.from({ length: 30 }, (_, i) => `INFO:     loading ${i}`), 'ValueError: Model type gemma9 not supported.'];
    const h = house({ knobs: () => ({ exitAtStart: 0, lines }) });
    await h.service.start(1);
    await expect(h.service.whenReady(1)).rejects.toMatchObject({
      code: 'SERVER_FAILED',
      details: { name: 'Profile 1', reason: 'The model is not supported.', remedy: 'Use another engine.', kind: 'unsupported_model' },
    });
    const { failure, state, pid } = h.service.get(1)!;
    expect({ state, pid }).toEqual({ state: 'failed', pid: null });
    expect(failure).toMatchObject({ kind: 'unsupported_model', exitCode: 0, signal: null });
    expect(failure!.logTail).toHaveLength(20);
    expect(failure!.logTail.at(-1)).toBe('ValueError: Model type gemma9 not supported.');
    expect(h.instances.all()).toEqual([]);
    expect(h.starts).toBe(1);
    expect(await h.service.health(1)).toMatchObject({ status: 'failed', modelLoaded: false, error: 'The model is not supported.' });
    // It stays in the list until it is dismissed.
    expect(h.service.list()).toHaveLength(1);
    expect(await h.service.stop(1)).toBe(true);
    expect(h.service.list()).toEqual([]);
    expect(h.states()).toEqual(['starting', 'failed', 'removed']);
  });

  test('an unknown reason says how it ended; started again it runs, and the old lines are not taken for new ones', async () => {
    const h = house({
      knobs: (start) =>
        start === 1 ? { exitAtStart: 3, lines: ['first run'] } : start === 2 ? { exitAtStart: 4, lines: ['second run'] } : {},
    });
    await h.service.start(1);
    const first = await h.until(1, ({ state }) => state === 'failed');
    expect(first.failure).toMatchObject({ kind: 'crashed', exitCode: 3, logTail: ['first run'] });
    expect(first.failure!.message).toContain('exit code 3');
    await h.service.start(1);
    const second = await h.until(1, ({ failure }) => failure?.exitCode === 4);
    expect(second.failure!.logTail).toEqual(['second run']);
    await h.run();
    expect(h.service.get(1)).toMatchObject({ state: 'healthy', failure: null });
  });

  test('a program that cannot be run', async () => {
    const h = house();
    h.plan = { ...h.plan, environment: { root: '/no/such/folder', python: 'x' } };
    await h.service.start(1);
    const { failure } = await h.until(1, ({ state }) => state === 'failed');
    expect(failure).toMatchObject({ kind: 'package_missing', action: expect.stringContaining('/api/engines/fake/install') });
    expect(h.instances.all()).toEqual([]);
  });

  test('never ready: timeout, and the process is ended', async () => {
    const h = house({ knobs: () => ({ loadMs: 60_000 }), settings: { startTimeout: 0.3 }, timings: { adoptGrace: 100 } });
    await h.service.start(1);
    const { failure } = await h.until(1, ({ state }) => state === 'failed');
    expect(failure).toMatchObject({ kind: 'timeout', action: expect.stringContaining('start_timeout') });
    expect(await h.leftovers()).toEqual([]);
  });

  test('it says 503 for good: failed at once, not after the timeout', async () => {
    const h = house({ knobs: () => ({ healthFails: true }) });
    await h.service.start(1);
    const { failure } = await h.until(1, ({ state }) => state === 'failed', 5_000);
    expect(failure!.message).toContain('generation thread died');
    expect(await h.leftovers()).toEqual([]);
  });

  test('it says 200 and answers nothing: unhealthy, and failed when the time is over', async () => {
    const h = house({ knobs: () => ({ hang: true }), settings: { startTimeout: 5 }, timings: { adoptGrace: 100, probeTimeout: 500 } });
    await h.service.start(1);
    const sick = await h.until(1, ({ state }) => state !== 'starting');
    expect(sick).toMatchObject({ state: 'unhealthy', failure: { kind: 'unresponsive' } });
    await expect(h.service.whenReady(1)).rejects.toMatchObject({ code: 'SERVER_FAILED', details: { kind: 'unresponsive' } });
  });

  test('an engine that answers its probe late becomes healthy', async () => {
    const h = house({ knobs: () => ({ hang: true }), timings: { probeTimeout: 150 } });
    await h.service.start(1);
    const { port } = await h.until(1, ({ state }) => state === 'unhealthy');
    await tell(`http://127.0.0.1:${port!}`, 'knobs', { hang: false });
    await h.service.whenReady(1);
    expect(h.service.get(1)).toMatchObject({ state: 'healthy', failure: null });
  });
});

describe('ports', () => {
  test('an exposed port that another program has is refused with its name', async () => {
    const port = await occupy();
    const h = house({ plan: { fixedPort: port } });
    await expect(h.service.start(1)).rejects.toMatchObject({ code: 'PORT_IN_USE', details: { port, pid: process.pid } });
    expect(h.service.list()).toEqual([]);
  });

  test('an exposed port is used', async () => {
    const port = await occupy();
    await new Promise((resolve) => listeners.pop()!.close(resolve));
    const h = house({ plan: { fixedPort: port } });
    expect((await h.run()).port).toBe(port);
  });

  test('an engine that hangs because its port was lost is started once more with another', async () => {
    const port = await occupy();
    const h = house();
    loseFirstPort(h, port);
    const server = await h.run();
    expect(server.port).not.toBe(port);
    expect(h.starts).toBe(2);
    expect(server.restarts).toBe(0);
    expect(await h.leftovers()).toEqual([server.pid]);
  });

  test('another program that answers on the port is not taken for the engine', async () => {
    const other = house();
    const { port, pid } = await other.run();
    const h = house({ knobs: (start) => (start === 1 ? { listenAfterMs: 60_000 } : {}) });
    loseFirstPort(h, port!);
    const server = await h.run();
    expect(server.port).not.toBe(port);
    expect(h.starts).toBe(2);
    expect(other.service.get(1)).toMatchObject({ state: 'healthy', pid });
  });

  test('a lost exposed port fails: it is not exchanged for another', async () => {
    const h = house({ knobs: () => ({ exitAtStart: 1, lines: ['OSError: [Errno 98] Address already in use'] }) });
    const port = await occupy();
    await new Promise((resolve) => listeners.pop()!.close(resolve));
    h.plan = { fixedPort: port };
    await h.service.start(1);
    expect(await h.until(1, ({ state }) => state === 'failed')).toMatchObject({ failure: { kind: 'port_taken' } });
    expect(h.starts).toBe(1);
  });

  /** The first start gets a port that somebody has, as if it had been lost between choosing and binding. */
  function loseFirstPort(h: House, port: number): void {
    const { prepare } = h.deps;
    Object.assign(h.deps, {
      prepare: async (profileId: number) => {
        const plan = await prepare(profileId);
        const { adapter } = plan;
        return {
          ...plan,
          adapter: {
            ...adapter,
            command: (...[spec, environment]: Parameters<typeof adapter.command>) => {
              const command = adapter.command(spec, environment);
              return h.starts === 1
                ? { ...command, args: command.args.map((arg) => (arg === String(spec.port) ? String(port) : arg)) }
                : command;
            },
            health: (...[target, signal]: Parameters<typeof adapter.health>) =>
              adapter.health(h.starts === 1 ? { ...target, baseUrl: `http://127.0.0.1:${port}` } : target, signal),
          },
        };
      },
      processes: { ...createProcessTable(), portHolder: (asked: number) => createProcessTable().portHolder(h.starts === 1 ? port : asked) },
    });
  }
});

describe('waiting and asking', () => {
  test('whenReady ends when the caller gives up, and when it is stopped', async () => {
    const h = house({ knobs: () => ({ loadMs: 60_000 }) });
    await h.service.start(1);
    const abort = new AbortController();
    const given = h.service.whenReady(1, abort.signal);
    abort.abort(new Error('gave up'));
    await expect(given).rejects.toThrow('gave up');
    const waiting = expect(h.service.whenReady(1)).rejects.toMatchObject({ code: 'SERVER_FAILED', details: { reason: 'it was stopped.' } });
    await Promise.all([h.service.stop(1), h.service.stop(1)]);
    await waiting;
    expect(await h.leftovers()).toEqual([]);
  });

  test('a stop right after the start leaves nothing', async () => {
    const h = house();
    await h.service.start(1);
    expect(await h.service.stop(1)).toBe(true);
    expect(await h.leftovers()).toEqual([]);
    expect(h.instances.all()).toEqual([]);
    const racing = h.service.start(2);
    await Promise.all([h.service.stop(2), racing]);
    expect(h.service.get(2)).toBeNull();
    expect(await h.leftovers()).toEqual([]);
  });

  test('health asks the engine now', async () => {
    const h = house({ timings: { healthTimeout: 1_000 } });
    await h.run();
    expect(await h.service.health(1)).toEqual({ status: 'healthy', responseTimeMs: expect.any(Number), modelLoaded: true, error: null });
    await tell(h.baseUrl(), 'knobs', { healthHangs: true });
    expect(await h.service.health(1)).toMatchObject({ modelLoaded: false, responseTimeMs: null, error: expect.any(String) });
    expect(await h.service.health(9)).toEqual({ status: 'stopped', responseTimeMs: null, modelLoaded: false, error: null });
  });

  test('the machine is kept awake while a model loads', async () => {
    const held: string[] = [];
    let released = 0;
    const h = house({
      knobs: () => ({ loadMs: 100 }),
      deps: {
        sleepGuard: {
          hold: (reason) => {
            held.push(reason);
            return () => released++;
          },
        },
      },
    });
    await h.run();
    expect(held).toEqual(['loading Profile 1']);
    expect(released).toBe(1);
  });
});

describe('metrics', () => {
  const memory = ({ memoryMb }: Server): boolean => memoryMb !== null;

  test('are read only while somebody watches', async () => {
    const h = house();
    await h.run();
    expect(h.service.get(1)).toMatchObject({ memoryMb: null, cpuPercent: null });
    const first = h.service.watchMetrics();
    const second = h.service.watchMetrics();
    const server = await h.until(1, (each) => memory(each) && each.cpuPercent !== null);
    expect(server.memoryMb).toBeGreaterThan(5);
    first();
    first();
    const count = h.events.length;
    await eventually(
      () => h.events.length,
      (length) => length >= count + 2,
    );
    second();
    const after = h.events.length;
    const usage = h.processes.usage.bind(h.processes);
    let reads = 0;
    h.processes.usage = (pid) => {
      reads++;
      return usage(pid);
    };
    await h.service.health(1); // time for a reading under way to end
    await new Promise((resolve) => setTimeout(resolve, 200)); // four intervals in which nothing may happen
    expect(reads).toBe(0);
    expect(h.events.length - after).toBeLessThanOrEqual(1);
    await h.service.sampleMetrics();
    expect(reads).toBe(1);
    await h.service.stop(1);
  });
});

describe('shutdown', () => {
  test('ends all, at once, and takes no more starts', async () => {
    const h = house();
    await Promise.all([h.run(1), h.run(2)]);
    await h.service.shutdown({ keep: false });
    expect(await h.leftovers()).toEqual([]);
    expect(h.instances.all()).toEqual([]);
    await expect(h.service.start(3)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  test('keep leaves engines and records', async () => {
    const h = house();
    const { pid } = await h.run();
    await h.service.shutdown({ keep: true });
    expect(await h.leftovers()).toEqual([pid]);
    expect(h.instances.all()).toHaveLength(1);
    expect(h.states()).toEqual(['starting', 'healthy']);
  });
});

test('logs of a server that is stopped', async () => {
  const h = house({ knobs: () => ({ lines: ['WARNING:  careful', 'hf_abcdefghijklmnop is a token'] }) });
  await h.run();
  await h.service.stop(1);
  const lines = await h.service.logs(1, lineQuery());
  expect(lines[0]).toMatchObject({ seq: 1, level: 'info', text: expect.stringContaining('starting Profile 1 with fake engine') });
  expect(lines[1]).toMatchObject({ seq: 2, level: 'warning', text: 'WARNING:  careful' });
  expect(lines[2]!.text).toBe('hf_[secret] is a token');
  expect(await h.service.logs(7, lineQuery())).toEqual([]);
  await h.service.deleteLogs(1);
  expect(await h.service.logs(1, lineQuery())).toEqual([]);
});
