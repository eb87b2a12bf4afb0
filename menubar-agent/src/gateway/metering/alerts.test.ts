/** Alerts: raised once, with what to do, cleared at another mark, and never flapping. */
import type { Server } from '@mlx-manager/shared';
import { meteringRig, type MeteringRig } from '../../../../tests/support/metering.js';
import { RecentWindow } from './window.js';

let rigs: MeteringRig[] = [];
afterEach(async () => {
  await Promise.all(rigs.map((rig) => rig.end()));
  rigs = [];
});
function start(settings: Parameters<typeof meteringRig>[0] = {}): MeteringRig {
  const rig = meteringRig(settings);
  rigs.push(rig);
  return rig;
}
/** Alerts as the bus carried them: `raised memory warning`. */
const told = (rig: MeteringRig): string[] =>
  rig.events.flatMap(({ type, data }) => {
    if (!type.startsWith('alert.')) return [];
    const { id, severity } = data as { id: string; severity: string };
    return [`${type.slice(6)} ${id} ${severity}`];
  });
const server = (rig: MeteringRig, state: Server['state'], failure: Server['failure'] = null): void =>
  rig.bus.emit('server.updated', { profileId: 1, profileName: 'Coder', state, failure } as Server);

test('memory: raised at the mark, worse at the next, cleared only well below', async () => {
  const rig = start();
  for (const percent of [84, 86, 84, 87, 96, 94, 91, 89, 86, 81, 79, 84]) {
    rig.memory = percent;
    await rig.metering.checkAlerts();
  }
  expect(told(rig)).toEqual(['raised memory warning', 'raised memory critical', 'raised memory warning', 'cleared memory warning']);
  rig.memory = 97;
  await rig.metering.checkAlerts();
  expect(rig.metering.alerts()).toEqual([
    {
      id: 'memory',
      kind: 'memory',
      severity: 'critical',
      profileId: null,
      profileName: null,
      message: '97 % of the memory is in use: new models are refused.',
      action: expect.stringContaining('Unload a model'),
      raisedAt: expect.stringMatching(/^2026-/),
    },
  ]);
});

test('an engine that fails is told with its reason, and cleared when it has been well for a while', async () => {
  const rig = start();
  server(rig, 'unhealthy');
  server(rig, 'healthy');
  server(rig, 'unhealthy');
  server(rig, 'healthy');
  rig.clock.advance(20_000);
  await rig.metering.checkAlerts();
  expect(told(rig)).toEqual(['raised engine:1 warning']);
  rig.clock.advance(11_000);
  await rig.metering.checkAlerts();
  expect(told(rig)).toEqual(['raised engine:1 warning', 'cleared engine:1 warning']);
  server(rig, 'failed', { message: 'Out of memory.', action: 'Take a smaller model.' } as Server['failure']);
  expect(rig.metering.alerts()).toMatchObject([
    { severity: 'critical', message: 'The engine of Coder has failed: Out of memory.', action: 'Take a smaller model.' },
  ]);
  rig.bus.emit('server.removed', { profileId: 1 });
  expect(rig.metering.alerts()).toEqual([]);
});

test('error rate: of the engine’s errors, over five minutes, and not of two', async () => {
  const rig = start({ settings: { alertErrorPercent: 20 } });
  const fail = { outcome: 'error', status: 502, errorCode: 'ENGINE_STREAM_BROKEN' } as const;
  rig.send(fail);
  rig.send(fail);
  await rig.metering.checkAlerts();
  for (let i = 0; i < 20; i++) rig.send({ outcome: 'error', status: 400 });
  for (let i = 0; i < 20; i++) rig.send({ outcome: 'refused', status: 429 });
  for (let i = 0; i < 20; i++) rig.send({ outcome: 'cancelled' });
  await rig.metering.checkAlerts();
  expect(told(rig)).toEqual([]);
  for (let i = 0; i < 18; i++) rig.send(fail);
  await rig.metering.checkAlerts();
  expect(rig.metering.alerts()).toMatchObject([
    {
      id: 'error_rate:1',
      message: '20 of the last 80 requests to Coder failed.',
      action: expect.stringContaining('mlx-manager logs "Coder"'),
    },
  ]);
  for (let i = 0; i < 30; i++) rig.send(); // 20 of 110: under the limit, not under half of it
  await rig.metering.checkAlerts();
  expect(told(rig)).toEqual(['raised error_rate:1 warning']);
  rig.clock.advance(5 * 60_000 + 30_000);
  await rig.metering.checkAlerts();
  expect(told(rig)).toEqual(['raised error_rate:1 warning', 'cleared error_rate:1 warning']);
});

test('slow first token: by its 95th percentile, without the load', async () => {
  const rig = start({ settings: { alertFirstTokenMs: 2000 } });
  const slow = { firstTokenTick: 1000 + 4000, endTick: 9000 };
  for (let i = 0; i < 10; i++) rig.send({ ...slow, loadMs: 3500 });
  await rig.metering.checkAlerts();
  expect(told(rig)).toEqual([]);
  rig.send(slow);
  await rig.metering.checkAlerts();
  expect(rig.metering.alerts()).toMatchObject([{ id: 'slow_first_token:1', action: expect.stringContaining('max_concurrency') }]);
  rig.bus.emit('profile.deleted', { id: 1, name: 'Coder' });
  expect(told(rig)).toEqual(['raised slow_first_token:1 warning', 'cleared slow_first_token:1 warning']);
});

test('it looks by itself while there is something to look at, and rests when there is not', async () => {
  const rig = start();
  const idle = rig.clock.scheduled;
  rig.memory = 90;
  rig.servers = [{ profileId: 1, state: 'healthy' } as Server];
  server(rig, 'healthy');
  expect(rig.clock.scheduled).toBe(idle + 1);
  rig.clock.advance(10_000);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect(told(rig)).toEqual(['raised memory warning']);
  rig.memory = 10;
  rig.servers = [];
  for (let i = 0; i < 3; i++) {
    rig.clock.advance(10_000);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  expect(told(rig)).toEqual(['raised memory warning', 'cleared memory warning']);
  expect(rig.clock.scheduled).toBe(idle);
});

test('a percentile of the window is at most 10 % too high, in a fixed amount of memory', () => {
  const window = new RecentWindow(300_000, 30_000);
  const times = Array.from({ length: 5000 }, (_, i) => 1 + ((i * 7919) % 20_011));
  times.forEach((time, i) => window.add(i, false, time));
  const exact = [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1]!;
  const told95 = window.percentile(5000, 0.95)!;
  expect(told95).toBeGreaterThanOrEqual(exact);
  expect(told95).toBeLessThanOrEqual(exact * 1.1);
  expect(window.percentile(400_000, 0.95)).toBeNull();
});
