/**
 * The real code against a stand-in `launchctl`: a program that keeps jobs in a file and speaks as the real one does in public
 * sources. Not yet verified on a Mac.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standInLaunchctl, type StandInLaunchctl } from '../../../tests/support/launchctl/index.js';
import { parsePrint } from './launchd.js';
import { createLaunchd, launchdLabel, type Launchd, type LaunchdJob } from './index.js';

const sample = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

let folder: string;
let agents: string;
let launchd: Launchd;
let standIn: StandInLaunchctl;
let job: LaunchdJob;
const label = launchdLabel('coder');
const target = `gui/501/${label}`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-launchd-'));
  agents = join(folder, 'Library', 'LaunchAgents');
  standIn = standInLaunchctl(folder);
  launchd = createLaunchd({ platform: 'darwin', agentsFolder: agents, uid: 501, launchctl: standIn.file, pauseMs: 1, patienceMs: 8_000 });
  job = {
    label,
    programArguments: ['/opt/python3', '-m', 'mlx_lm.server'],
    environment: { PATH: '/usr/bin' },
    runAtLoad: true,
    logFolder: join(folder, 'logs'),
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readState = () => standIn.read();
const writeState = (change: Parameters<StandInLaunchctl['write']>[0]): void => standIn.write(change);
const verbs = (): string[] => readState().calls.map(([verb]) => verb!);
const plistOf = (name: string): string => join(agents, `${name}.plist`);
/** The plist as Python's plistlib reads it. */
const readBack = (name: string): unknown =>
  JSON.parse(
    execFileSync('python3', ['-c', 'import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],"rb"))))', plistOf(name)], {
      encoding: 'utf8',
    }),
  );

describe('install', () => {
  test('writes the plist, mode 0600, and bootstraps it', async () => {
    expect(await launchd.install(job)).toEqual({ plistPath: plistOf(label), label });
    expect(readBack(label)).toEqual({
      Label: label,
      ProgramArguments: ['/opt/python3', '-m', 'mlx_lm.server'],
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false, Crashed: true },
      StandardOutPath: join(folder, 'logs', `${label}.log`),
      StandardErrorPath: join(folder, 'logs', `${label}.err`),
      EnvironmentVariables: { PATH: '/usr/bin' },
      ProcessType: 'Interactive',
      LowPriorityIO: false,
      ThrottleInterval: 30,
    });
    for (const file of [plistOf(label), join(folder, 'logs', `${label}.log`), join(folder, 'logs', `${label}.err`)]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(agents)).toEqual([`${label}.plist`]);
    expect(readState().calls).toEqual([
      ['print', target],
      ['bootstrap', 'gui/501', plistOf(label)],
    ]);
    expect(await launchd.status(label)).toEqual({
      installed: true,
      loaded: true,
      running: true,
      pid: 4242,
      lastExitCode: null,
      label,
      plistPath: plistOf(label),
    });
    expect(await launchd.list()).toEqual([label]);
  });

  test('replaces a job that is there: booted out, waited for, then bootstrapped', async () => {
    await launchd.install(job);
    await launchd.install({ ...job, programArguments: ['/opt/other'], runAtLoad: false, workingDirectory: '/opt' });
    expect(readBack(label)).toMatchObject({
      ProgramArguments: ['/opt/other'],
      RunAtLoad: false,
      KeepAlive: { Crashed: true },
      WorkingDirectory: '/opt',
    });
    expect(readBack(label)).not.toHaveProperty('KeepAlive.SuccessfulExit');
    expect(verbs()).toEqual(['print', 'bootstrap', 'print', 'bootout', 'print', 'print', 'print', 'print', 'bootstrap']);
    expect(await launchd.status(label)).toMatchObject({ installed: true, loaded: true, running: false, pid: null, lastExitCode: null });
  });

  test('rides out what launchd says while it is still busy', async () => {
    const busy: [number, string][] = [
      [5, 'Bootstrap failed: 5: Input/output error'],
      [37, 'Bootstrap failed: 37: Operation already in progress'],
      [36, 'Bootstrap failed: 36: Operation now in progress'],
      [119, 'Bootstrap failed: 119: Service is disabled'],
    ];
    writeState({ refusals: { bootstrap: busy } });
    await launchd.install(job);
    expect(verbs().filter((verb) => verb !== 'print')).toEqual(['bootstrap', 'bootstrap', 'bootstrap', 'bootstrap', 'enable', 'bootstrap']);
  });

  test('a refusal is an error with launchd’s own word, and leaves no plist', async () => {
    writeState({ refusals: { bootstrap: [[125, 'Bootstrap failed: 125: Domain does not support specified action']] } });
    await expect(launchd.install(job)).rejects.toMatchObject({
      code: 'LAUNCHD_FAILED',
      details: { verb: 'bootstrap', reason: 'Bootstrap failed: 125: Domain does not support specified action', target },
    });
    expect(existsSync(plistOf(label))).toBe(false);
  });

  test('patience ends', async () => {
    const impatient = createLaunchd({
      platform: 'darwin',
      agentsFolder: agents,
      uid: 501,
      launchctl: standIn.file,
      pauseMs: 1,
      patienceMs: 0,
    });
    writeState({ refusals: { bootstrap: [[5, 'Bootstrap failed: 5: Input/output error']] } });
    await expect(impatient.install(job)).rejects.toMatchObject({ code: 'LAUNCHD_FAILED', details: { exitCode: 5 } });
    writeState({ jobs: { [label]: { pid: 1, exit: '0', path: '' } } });
    await expect(impatient.uninstall(label)).rejects.toMatchObject({ code: 'LAUNCHD_FAILED', details: { verb: 'bootout', exitCode: 36 } });
  });

  test('a launchctl that does not run is an error', async () => {
    const broken = createLaunchd({ platform: 'darwin', agentsFolder: agents, launchctl: join(folder, 'missing') });
    await expect(broken.install(job)).rejects.toMatchObject({ code: 'LAUNCHD_FAILED' });
    await expect(broken.status(label)).rejects.toMatchObject({ code: 'LAUNCHD_FAILED' });
  });

  test('two at once take turns', async () => {
    await Promise.all([launchd.install(job), launchd.install({ ...job, runAtLoad: false })]);
    expect(verbs().filter((verb) => verb !== 'print')).toEqual(['bootstrap', 'bootout', 'bootstrap']);
    expect(readBack(label)).toMatchObject({ RunAtLoad: false });
  });
});

test('uninstall boots out and deletes, and has nothing against nothing', async () => {
  await launchd.install(job);
  await launchd.uninstall(label);
  expect(existsSync(plistOf(label))).toBe(false);
  expect(readState().jobs).toEqual({});
  expect(await launchd.status(label)).toEqual({
    installed: false,
    loaded: false,
    running: false,
    pid: null,
    lastExitCode: null,
    label,
    plistPath: plistOf(label),
  });
  await launchd.uninstall(label);
  expect(verbs().filter((verb) => verb === 'bootout')).toHaveLength(1);
  expect(await launchd.list()).toEqual([]);
});

test('kickstart starts, restarts, and loads a job that was booted out by hand', async () => {
  await launchd.install({ ...job, runAtLoad: false });
  await launchd.kickstart(label);
  expect((await launchd.status(label)).pid).toBe(5001);
  await launchd.kickstart(label);
  expect(await launchd.status(label)).toMatchObject({ running: true, pid: 5002 });
  writeState({});
  await launchd.kickstart(label);
  expect(await launchd.status(label)).toMatchObject({ running: true, pid: 5001 });
  await launchd.uninstall(label);
  await expect(launchd.kickstart(label)).rejects.toMatchObject({
    code: 'LAUNCHD_FAILED',
    details: { verb: 'kickstart', reason: `Could not find service "${label}" in domain for user gui: 501` },
  });
});

test('bootout ends a job and keeps it installed; kickstart loads it again and starts it once', async () => {
  await launchd.install(job);
  await launchd.bootout(label);
  expect(readState().jobs).toEqual({});
  expect(await launchd.status(label)).toMatchObject({ installed: true, loaded: false, running: false, pid: null });
  expect(await launchd.list()).toEqual([label]);
  await launchd.bootout(label); // nothing to do is no error
  expect(standIn.verbs()).toEqual(['bootstrap', 'bootout']);
  await launchd.kickstart(label);
  // RunAtLoad started it with the bootstrap: it is not killed and started a second time.
  expect(await launchd.status(label)).toMatchObject({ installed: true, running: true, pid: 4242 });
});

test('only our own plists are listed', async () => {
  await launchd.install(job);
  for (const name of ['com.apple.x.plist', `${label}.plist.bak`, 'com.mlx-manager.A b.plist', 'com.mlx-manager..plist'])
    writeFileSync(join(agents, name), '');
  expect(await launchd.list()).toEqual([label]);
});

test('elsewhere than on macOS it says so', async () => {
  const linux = createLaunchd({ platform: 'linux', agentsFolder: agents });
  for (const call of [linux.install(job), linux.uninstall(label), linux.status(label), linux.kickstart(label), linux.bootout(label)]) {
    await expect(call).rejects.toMatchObject({ code: 'UNSUPPORTED_PLATFORM', details: { platform: 'linux' } });
  }
  expect(await linux.list()).toEqual([]);
});

describe('print', () => {
  test('samples', () => {
    expect(parsePrint(sample('launchctl-print.txt'))).toEqual({ pid: null, lastExitCode: 0 });
    expect(parsePrint(sample('launchctl-xpc.txt'))).toEqual({ pid: null, lastExitCode: 0 });
    expect(parsePrint('')).toEqual({ pid: null, lastExitCode: null });
  });
  test('arguments and blocks do not pass for fields; a code may have a name', () => {
    const text =
      'gui/501/x = {\n\targuments = {\n\t\tpid = 1\n  pid = 2\n\tpid = 4\n\t}\n\tcoalition = {\n\t\tpid = 3\n\t}\n\tpid = 77\n\tlast exit code = 78: EX_CONFIG\n}\n';
    expect(parsePrint(text)).toEqual({ pid: 77, lastExitCode: 78 });
  });
});

describe('odd input', () => {
  test('a label that is not ours is refused everywhere', async () => {
    for (const bad of ['com.apple.Finder', 'com.mlx-manager.', 'com.mlx-manager.../../x', 'com.mlx-manager.a/b', 'com.mlx-manager.A']) {
      await expect(launchd.install({ ...job, label: bad })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await expect(launchd.uninstall(bad)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await expect(launchd.kickstart(bad)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await expect(launchd.bootout(bad)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await expect(launchd.status(bad)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    }
    expect(readState().calls).toEqual([]);
  });

  test('arguments and variables come back as they were, whatever they hold', async () => {
    const texts = [
      '<>&"\'',
      ']]></string><key>x</key>',
      'two\nlines\r\nand\ttab',
      ' blanks around ',
      '',
      '模型 😀',
      '--name=a "b" c',
      '$HOME `x`',
      '&amp;',
      '<!-- -->',
      '__proto__',
    ];
    const environment = { 'A<&>"B': texts.join('\n'), EMPTY: '' };
    await launchd.install({ ...job, programArguments: ['/bin/x', ...texts], environment });
    expect(readBack(label)).toMatchObject({ ProgramArguments: ['/bin/x', ...texts], EnvironmentVariables: environment });
  });

  test('what XML cannot hold is refused before anything happens', async () => {
    for (const text of ['a\0b', 'a\u0007b', 'a\ud800', '\uffff']) {
      await expect(launchd.install({ ...job, programArguments: ['/bin/x', text] })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await expect(launchd.install({ ...job, environment: { A: text } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    }
    await expect(launchd.install({ ...job, programArguments: [] })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(existsSync(agents)).toBe(false);
    expect(readState().calls).toEqual([]);
  });
});
