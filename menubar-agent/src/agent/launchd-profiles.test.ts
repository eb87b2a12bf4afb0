/**
 * Profiles as launchd jobs: the real launchd adapter against a stand-in launchctl that starts real (stand-in) engines, real profiles
 * in SQLite, the real servers service. Not yet verified on a Mac.
 */
import { jest } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'plist';
import { z } from 'zod';
import { launchdStatus, type Profile, type ProfileCreateInput, type Server } from '@mlx-manager/shared';
import { fakeAdapter } from '../../../tests/support/fake-engine/adapter.js';
import { eventually, fakePlan, House, lineQuery } from '../../../tests/support/fake-engine/house.js';
import { standInLaunchctl, type StandInLaunchctl } from '../../../tests/support/launchctl/index.js';
import { agentPaths, systemClock, type AgentPaths } from '../core/index.js';
import { ProfilesService } from '../profiles/index.js';
import { openDatabase, ProfilesRepository, type Connection } from '../store/index.js';
import { AGENT_LABEL, createLaunchd, ephemeralPort, isPortFree, launchdLabel, type Launchd } from '../system/index.js';
import { LaunchdProfiles } from './launchd-profiles.js';

// Each launchctl is a process of its own, and a test needs dozens.
jest.setTimeout(30_000);

let house: House;
let standIn: StandInLaunchctl;
let db: Connection;
let paths: AgentPaths;
let launchd: Launchd;
let profiles: ProfilesService;
let jobs: LaunchdProfiles;
let missing: boolean;

beforeEach(async () => {
  house = new House({ settings: { healthCheckInterval: 0.1 } });
  standIn = standInLaunchctl(house.folder, { spawns: true });
  paths = agentPaths({ HOME: house.folder });
  db = openDatabase(':memory:');
  missing = false;
  const firstPort = await ephemeralPort();
  launchd = createLaunchd({
    platform: 'darwin',
    agentsFolder: join(house.folder, 'LaunchAgents'),
    uid: 501,
    launchctl: standIn.file,
    pauseMs: 1,
    patienceMs: 8_000,
  });
  const servers = house.service;
  // As services.ts puts them together.
  profiles = new ProfilesService({
    paths,
    bus: house.bus,
    clock: systemClock,
    repository: new ProfilesRepository(db),
    allowedFolders: () => [],
    firstPort: () => firstPort,
    portHolder: (port) => house.processes.portHolder(port),
    runningPort: (id) => servers.get(id)?.port ?? null,
    isRunning: (id) => !['failed', 'stopped', undefined].includes(servers.get(id)?.state),
    beforeDelete: async (profile) => {
      if (profile.launchdInstalled) await jobs.uninstall(profile.id);
    },
    erase: (profile, fromStore) => servers.forget(profile.id, fromStore),
    afterUpdate: (before, after) => jobs.profileChanged(before, after),
  });
  jobs = new LaunchdProfiles({
    ...{ launchd, paths },
    profiles: () => profiles,
    servers: () => servers,
    env: { PATH: process.env.PATH, HF_HOME: '/volumes/models', HF_TOKEN: 'hf_secret', SOMETHING: 'else' },
    agentCommand: ['/opt/node', '/opt/mlx-manager.js', 'start', '--headless'],
    async plan(profileId) {
      if (missing) throw new Error('the model is gone');
      const { name, modelPath, logLevel } = profiles.get(profileId);
      const plan = fakePlan(profileId, house.folder);
      return { ...plan, spec: { ...plan.spec, logLevel, port: 1 }, adapter: fakeAdapter(), profileName: name, modelPath };
    },
  });
});
afterEach(async () => {
  const { started } = standIn.read();
  await house.close();
  db.close();
  for (const pid of started) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
});

const create = (changes: Partial<ProfileCreateInput> = {}): Promise<Profile> =>
  profiles.create({ name: 'coder', modelPath: 'org/model', autoStart: true, ...changes });
const plistOf = (name: string): string => join(house.folder, 'LaunchAgents', `${launchdLabel(name)}.plist`);
const readPlist = (file: string): Record<string, unknown> => parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
const healthy = (profileId: number): Promise<Server> => house.until(profileId, ({ state, pid }) => state === 'healthy' && pid !== null);
const ended = (pid: number): Promise<unknown> =>
  eventually(
    () => house.processes.startTime(pid),
    (startTime) => startTime === null,
  );

test('install writes the job with the engine’s command on the profile’s own port, starts it, and the server is launchd’s', async () => {
  const profile = await create();
  expect(await jobs.install(profile.id)).toEqual({ plistPath: plistOf('coder'), label: launchdLabel('coder') });
  const { file, args, env } = fakeAdapter().command(
    { ...fakePlan(profile.id, house.folder).spec, port: profile.port },
    { root: '', python: '' },
  );
  expect(readPlist(plistOf('coder'))).toMatchObject({
    Label: launchdLabel('coder'),
    ProgramArguments: [file, ...args],
    RunAtLoad: true,
    StandardErrorPath: join(paths.logs, `${launchdLabel('coder')}.err`),
    EnvironmentVariables: { ...env, HOME: house.folder, PATH: process.env.PATH },
  });
  expect(JSON.stringify(readPlist(plistOf('coder')))).not.toContain('hf_secret');
  expect(profiles.get(profile.id).launchdInstalled).toBe(true);

  const server = await healthy(profile.id);
  expect(server).toMatchObject({ managedBy: 'launchd', port: profile.port, profileName: 'coder', pid: standIn.read().started[0] });
  expect(await jobs.status(profile.id)).toMatchObject({ installed: true, running: true, pid: server.pid });
  // What the API answers.
  expect(z.encode(launchdStatus, await jobs.status(profile.id))).toMatchObject({ installed: true, plist_path: plistOf('coder') });
  expect((await house.service.logs(profile.id, lineQuery())).map(({ text }) => text)).toContainEqual(
    expect.stringContaining(`port ${profile.port}`),
  );
});

test('stop, start, stop, start: the job is booted out and loaded again, and stays installed all the time', async () => {
  const { id, port } = await create();
  await jobs.install(id);
  let last = (await healthy(id)).pid!;
  for (let round = 0; round < 2; round++) {
    expect(await house.service.stop(id)).toBe(true);
    expect(house.service.get(id)).toBeNull();
    await ended(last);
    await eventually(() => isPortFree(port), Boolean);
    expect(await jobs.status(id)).toMatchObject({ installed: true, running: false });
    expect(profiles.get(id).launchdInstalled).toBe(true);
    // An agent that comes back now shows no server that nobody runs.
    expect(await jobs.track(id)).toBeNull();
    expect(house.service.list()).toEqual([]);

    expect(await jobs.start(id)).toMatchObject({ managedBy: 'launchd', state: 'starting' });
    const { pid } = await healthy(id);
    expect(pid).not.toBe(last);
    last = pid!;
  }
  expect(standIn.read().started).toHaveLength(3);
});

test('a running one is not started again; a restart ends it first', async () => {
  const { id } = await create();
  await jobs.install(id);
  const { pid } = await healthy(id);
  await expect(jobs.start(id)).rejects.toMatchObject({ code: 'SERVER_ALREADY_RUNNING' });
  expect(await jobs.restart(id)).toMatchObject({ managedBy: 'launchd' });
  await ended(pid!);
  const { pid: next } = await house.until(id, (server) => server.state === 'healthy' && server.pid !== null && server.pid !== pid);
  expect(await jobs.status(id)).toMatchObject({ pid: next });
});

test('one that does not start at login waits until it is started', async () => {
  const { id } = await create({ autoStart: false });
  await jobs.install(id);
  expect(readPlist(plistOf('coder'))).toMatchObject({ RunAtLoad: false, KeepAlive: { Crashed: true } });
  expect(house.service.list()).toEqual([]);
  await jobs.start(id);
  await healthy(id);
});

test('an agent that comes back watches what launchd runs', async () => {
  const { id } = await create();
  await jobs.install(id);
  const { pid } = await healthy(id);
  await house.service.untrackExternal(id);
  expect(await jobs.track(id)).toMatchObject({ managedBy: 'launchd' });
  expect(await healthy(id)).toMatchObject({ pid });
});

test('uninstall ends the server, takes plist and mark away, and has nothing against nothing', async () => {
  const { id } = await create();
  await jobs.uninstall(id);
  await jobs.install(id);
  const { pid } = await healthy(id);
  await jobs.uninstall(id);
  expect(existsSync(plistOf('coder'))).toBe(false);
  expect(profiles.get(id).launchdInstalled).toBe(false);
  expect(house.service.list()).toEqual([]);
  await ended(pid!);
  await jobs.uninstall(id);
  expect(await jobs.status(id)).toMatchObject({ installed: false, running: false });
});

test('a profile that the agent runs is refused, before anything is changed', async () => {
  const { id } = await create();
  await house.run(id);
  await expect(jobs.install(id)).rejects.toMatchObject({ code: 'SERVER_ALREADY_RUNNING', action: expect.stringContaining('Stop it') });
  expect(existsSync(plistOf('coder'))).toBe(false);
  expect(profiles.get(id).launchdInstalled).toBe(false);
  expect(standIn.read().calls).toEqual([]);
  await house.service.stop(id);
  await jobs.install(id);
  await healthy(id);
});

test('what launchd refuses leaves no plist and no mark', async () => {
  const { id } = await create();
  standIn.write({ refusals: { bootstrap: [[125, 'Bootstrap failed: 125: Domain does not support specified action']] } });
  await expect(jobs.install(id)).rejects.toMatchObject({ code: 'LAUNCHD_FAILED' });
  expect(existsSync(plistOf('coder'))).toBe(false);
  expect(profiles.get(id).launchdInstalled).toBe(false);
  expect(house.service.list()).toEqual([]);
});

test('a plist that somebody deleted is written again by the next start', async () => {
  const { id } = await create();
  await jobs.install(id);
  await healthy(id);
  await house.service.stop(id);
  await launchd.uninstall(launchdLabel('coder'));
  await jobs.start(id);
  expect(existsSync(plistOf('coder'))).toBe(true);
  await healthy(id);
});

describe('a change of an installed profile', () => {
  test('of its name moves the job', async () => {
    const { id, port } = await create();
    await jobs.install(id);
    const { pid } = await healthy(id);
    await profiles.update(id, { name: 'writer' });
    expect(existsSync(plistOf('coder'))).toBe(false);
    expect(await launchd.list()).toEqual([launchdLabel('writer')]);
    expect(await launchd.status(launchdLabel('writer'))).toMatchObject({ installed: true, running: true });
    await ended(pid!);
    expect(await house.until(id, (server) => server.state === 'healthy' && server.pid !== null && server.pid !== pid)).toMatchObject({
      profileName: 'writer',
      port,
    });
    await jobs.uninstall(id);
    expect(await launchd.list()).toEqual([]);
  });

  test('of an option makes the job anew', async () => {
    const { id } = await create();
    await jobs.install(id);
    await healthy(id);
    const next = await ephemeralPort();
    await profiles.update(id, { port: next });
    expect((readPlist(plistOf('coder')).ProgramArguments as string[]).join(' ')).toContain(`--port ${next}`);
    expect(await house.until(id, (server) => server.state === 'healthy' && server.pid !== null && server.port === next)).toBeDefined();
  });

  test('of what only the agent looks at leaves the engine alone', async () => {
    const { id } = await create();
    await jobs.install(id);
    const { pid } = await healthy(id);
    const calls = standIn.verbs();
    await profiles.update(id, { systemPrompt: 'Be brief.', description: 'x', pinned: true, aliases: ['c'], idleMinutes: 5 });
    expect(standIn.verbs()).toEqual(calls);
    expect(house.service.get(id)).toMatchObject({ state: 'healthy', pid });
  });

  test('a stopped one stays stopped', async () => {
    const { id } = await create();
    await jobs.install(id);
    await healthy(id);
    await house.service.stop(id);
    await profiles.update(id, { logLevel: 'DEBUG', name: 'writer' });
    expect(await launchd.list()).toEqual([launchdLabel('writer')]);
    expect(await jobs.status(id)).toMatchObject({ installed: true, running: false });
    expect(house.service.list()).toEqual([]);
    await jobs.start(id);
    await healthy(id);
  });

  test('that cannot be planned leaves the old job as it was', async () => {
    const { id } = await create();
    await jobs.install(id);
    await healthy(id);
    missing = true;
    await expect(profiles.update(id, { name: 'writer' })).rejects.toThrow('the model is gone');
    expect(existsSync(plistOf('coder'))).toBe(true);
  });

  test('of a profile that is not installed does nothing', async () => {
    const { id } = await create();
    await profiles.update(id, { name: 'writer' });
    expect(standIn.read().calls).toEqual([]);
  });

  test('a stopped one can be deleted, its job with it', async () => {
    const { id } = await create();
    await jobs.install(id);
    await healthy(id);
    await expect(profiles.remove(id)).rejects.toMatchObject({ code: 'PROFILE_RUNNING' });
    await house.service.stop(id);
    await profiles.remove(id);
    expect(await launchd.list()).toEqual([]);
  });
});

test('the agent’s own job: its command, its state folder, where the models are, and no secret', async () => {
  mkdirSync(paths.logs, { recursive: true });
  writeFileSync(join(house.folder, 'agent.mjs'), 'setInterval(() => {}, 1000)');
  const own = new LaunchdProfiles({
    ...{ launchd, paths },
    profiles: () => profiles,
    servers: () => house.service,
    plan: () => Promise.reject(new Error('no profile')),
    env: { HF_HOME: '/volumes/models', HF_TOKEN: 'hf_secret', MLX_MANAGER_PORT: '' },
    agentCommand: [process.execPath, join(house.folder, 'agent.mjs')],
  });
  const { plistPath, label } = await own.installAgent();
  expect(label).toBe(AGENT_LABEL);
  expect(statSync(plistPath).mode & 0o777).toBe(0o600);
  expect(readPlist(plistPath)).toMatchObject({
    ProgramArguments: [process.execPath, join(house.folder, 'agent.mjs')],
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false, Crashed: true },
  });
  expect(readPlist(plistPath).EnvironmentVariables).toEqual({
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: house.folder,
    MLX_MANAGER_HOME: paths.home,
    HF_HOME: '/volumes/models',
  });
  const { pid } = await own.agentStatus();
  expect(await own.agentStatus()).toMatchObject({ installed: true, running: true });
  await own.uninstallAgent();
  await own.uninstallAgent();
  await ended(pid!);
  expect(await own.agentStatus()).toMatchObject({ installed: false, running: false });
});
