import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeAdapter, tell } from '../../../../tests/support/fake-engine/adapter.js';
import { House, fakePlan, lineQuery } from '../../../../tests/support/fake-engine/house.js';
import { ephemeralPort } from '../../system/index.js';
import type { ExternalServer } from '../types.js';

const houses: House[] = [];
const jobs: ChildProcess[] = [];
afterEach(async () => {
  for (const job of jobs.splice(0)) job.kill('SIGKILL');
  await Promise.all(houses.splice(0).map((each) => each.close()));
});

/** A process as launchd would run it: not ours, no UUID. */
function job(server: ExternalServer): ChildProcess {
  const { file, args } = server.adapter.command(server.spec, { root: '', python: '' });
  const child = spawn(file, [...args], { stdio: 'ignore', detached: true });
  jobs.push(child);
  return child;
}

async function external(): Promise<{ h: House; server: ExternalServer; stops: number[] }> {
  const h = new House({ settings: { healthCheckInterval: 0.1 } });
  houses.push(h);
  const stops: number[] = [];
  const { spec, ...plan } = fakePlan(1, h.folder);
  const server: ExternalServer = {
    ...plan,
    spec: { ...spec, port: await ephemeralPort() },
    adapter: fakeAdapter(),
    pid: null,
    logFile: join(h.folder, 'com.mlx-manager.profile.err'),
    async stop() {
      stops.push(1);
      for (const each of jobs) each.kill('SIGKILL');
    },
  };
  return { h, server, stops };
}

test('comes up, is watched, is found again after launchd restarted it, is stopped by its callback', async () => {
  const { h, server, stops } = await external();
  expect(h.service.trackExternal(server)).toMatchObject({ state: 'starting', managedBy: 'launchd', port: server.spec.port, pid: null });
  const first = job(server);
  expect(await h.until(1, ({ state, pid }) => state === 'healthy' && pid !== null)).toMatchObject({ pid: first.pid, managedBy: 'launchd' });
  await h.service.whenReady(1);
  expect(h.service.target(1)).toMatchObject({ baseUrl: `http://127.0.0.1:${server.spec.port}` });
  expect(await h.service.health(1)).toMatchObject({ status: 'healthy', modelLoaded: true });
  await expect(h.service.start(1)).rejects.toMatchObject({ code: 'SERVER_ALREADY_RUNNING' });

  first.kill('SIGKILL');
  await h.until(1, ({ state, pid }) => state === 'starting' && pid === null);
  const second = job(server);
  expect(await h.until(1, ({ state, pid }) => state === 'healthy' && pid !== null)).toMatchObject({ pid: second.pid });

  await tell(h.baseUrl(), 'knobs', { hang: true });
  await h.service.reportStall(1);
  expect(h.service.get(1)).toMatchObject({ state: 'unhealthy', failure: { kind: 'unresponsive' } });
  await tell(h.baseUrl(), 'knobs', { hang: false });
  await h.until(1, ({ state }) => state === 'healthy');

  writeFileSync(server.logFile, 'ERROR:    from launchd\n');
  expect(await h.service.logs(1, lineQuery())).toMatchObject([{ level: 'error', text: 'ERROR:    from launchd' }]);
  appendFileSync(server.logFile, 'x\n');

  expect(await h.service.stop(1)).toBe(true);
  expect(stops).toEqual([1]);
  expect(h.service.list()).toEqual([]);
});

test('a launchctl that says no: it stays, and the caller has the error', async () => {
  const { h, server } = await external();
  h.service.trackExternal({ ...server, stop: () => Promise.reject(new Error('launchctl said no')) });
  job(server);
  await h.until(1, ({ state }) => state === 'healthy');
  await expect(h.service.stop(1)).rejects.toThrow('launchctl said no');
  expect(h.service.get(1)!.state).toBe('healthy');
});

test('shutdown and untracking leave it running', async () => {
  const { h, server, stops } = await external();
  const child = job(server);
  h.service.trackExternal(server);
  await h.until(1, ({ state }) => state === 'healthy');
  h.service.trackExternal(server); // a newer description
  await h.until(1, ({ state, pid }) => state === 'healthy' && pid === child.pid);
  await h.service.untrackExternal(1);
  expect(h.service.list()).toEqual([]);
  await h.service.untrackExternal(1);
  h.service.trackExternal(server);
  await h.service.shutdown({ keep: false });
  expect(child.exitCode).toBeNull();
  expect(stops).toEqual([]);
});
