/** This machine for real, made-up /proc trees for limits, and samples of macOS commands (fixtures/README.md). */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseIoreg, parseSysctl, parseVmStat, recommendedWorkingSet } from './machine-macos.js';
import { createMachine, type Run } from './index.js';

const GIB = 2 ** 30;
const sample = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlx-manager-machine-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function files(tree: Record<string, string>): void {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
const MEMINFO = 'MemTotal:       16777216 kB\nMemFree:         1000000 kB\nMemAvailable:    8388608 kB\n';
const linux = () => createMachine({ platform: 'linux', root });

(process.platform === 'linux' ? test : test.skip)('this machine', async () => {
  const machine = createMachine();
  const [memory, info, gpu, recommended] = await Promise.all([machine.memory(), machine.info(), machine.gpu(), machine.recommendedBytes()]);
  expect(memory.totalBytes).toBeGreaterThan(2 ** 27);
  expect(memory.totalBytes).toBeLessThanOrEqual(totalmem());
  expect(memory.availableBytes).toBeGreaterThan(0);
  expect(memory.availableBytes).toBeLessThanOrEqual(memory.totalBytes);
  expect(info).toMatchObject({ platform: 'linux', cores: cpus().length, gpuCores: null, memoryBytes: memory.totalBytes });
  expect(info.chip).not.toBe('');
  expect(info.osVersion).not.toBe('');
  expect(gpu).toEqual({ utilizationPercent: null, memoryInUseBytes: null });
  expect(recommended).toBe(Math.floor(memory.totalBytes * 0.8));
});

describe('memory of a control group', () => {
  test('without one it is the machine’s', async () => {
    files({ 'proc/meminfo': MEMINFO });
    expect(await linux().memory()).toEqual({ totalBytes: 16 * GIB, availableBytes: 8 * GIB });
  });

  test('version 2: the strictest of the group and those above it; cache that can go is not in use', async () => {
    files({
      'proc/meminfo': MEMINFO,
      'proc/self/cgroup': '0::/user.slice/app.scope\n',
      'sys/fs/cgroup/user.slice/memory.max': `${4 * GIB}\n`,
      'sys/fs/cgroup/user.slice/memory.current': `${3 * GIB}\n`,
      'sys/fs/cgroup/user.slice/memory.stat': `anon 5\ninactive_file ${GIB}\nactive_file 7\n`,
      'sys/fs/cgroup/user.slice/app.scope/memory.max': 'max\n',
      'sys/fs/cgroup/user.slice/app.scope/memory.current': '1\n',
    });
    expect(await linux().memory()).toEqual({ totalBytes: 4 * GIB, availableBytes: 2 * GIB });
    expect(await linux().recommendedBytes()).toBe(Math.floor(3.2 * GIB));
    expect(await createMachine({ platform: 'linux', root, percent: () => 50 }).recommendedBytes()).toBe(2 * GIB);
  });

  test('version 2 in a container, where the root of the tree is the group', async () => {
    files({
      'proc/meminfo': MEMINFO,
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.max': `${2 * GIB}`,
      'sys/fs/cgroup/memory.current': `${3 * GIB}`,
    });
    expect(await linux().memory()).toEqual({ totalBytes: 2 * GIB, availableBytes: 0 });
  });

  test('version 1, with the host’s path that a container does not see; no limit is a huge number', async () => {
    files({
      'proc/meminfo': MEMINFO,
      'proc/self/cgroup': '5:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': `${GIB}\n`,
      'sys/fs/cgroup/memory/memory.usage_in_bytes': `${GIB / 2}\n`,
      'sys/fs/cgroup/memory/memory.stat': `inactive_file 1\ntotal_inactive_file ${GIB / 4}\n`,
    });
    expect(await linux().memory()).toEqual({ totalBytes: GIB, availableBytes: GIB * 0.75 });
    files({ 'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' });
    expect(await linux().memory()).toEqual({ totalBytes: 16 * GIB, availableBytes: 8 * GIB });
  });
});

test('info is read once', async () => {
  files({ 'proc/meminfo': MEMINFO, 'proc/cpuinfo': 'model name\t: Some Chip @ 2 GHz\n', 'etc/os-release': 'PRETTY_NAME="Debian 12"\n' });
  const machine = linux();
  const info = await machine.info();
  expect(info).toMatchObject({ chip: 'Some Chip @ 2 GHz', osVersion: 'Debian 12', memoryBytes: 16 * GIB });
  files({ 'proc/cpuinfo': 'model name\t: Another\n' });
  expect(await machine.info()).toBe(info);
});

describe('macOS, by samples', () => {
  const answers: Record<string, string> = {
    '/usr/sbin/sysctl hw.memsize': sample('sysctl.txt'),
    '/usr/sbin/sysctl iogpu.wired_limit_mb': 'iogpu.wired_limit_mb: 0\n',
    '/usr/bin/vm_stat undefined': sample('vm_stat.txt'),
    '/usr/bin/sw_vers -productVersion': '26.5.1\n',
    '/usr/sbin/ioreg -r': sample('ioreg.txt'),
  };
  const runWith =
    (more: Record<string, string> = {}): Run =>
    (file, args) => {
      const stdout = { ...answers, ...more }[`${file} ${args[0]}`] ?? '';
      return Promise.resolve({ exitCode: stdout === '' ? 1 : 0, stdout, stderr: stdout === '' ? 'unknown oid' : '' });
    };
  const mac = (more?: Record<string, string>) => createMachine({ platform: 'darwin', run: runWith(more) });

  test('memory, chip and GPU', async () => {
    const used = (596_147 - 17_340 + 181_483 + 442_179) * 16_384;
    expect(parseVmStat(sample('vm_stat.txt'))).toBe(used);
    expect(await mac().memory()).toEqual({ totalBytes: 24 * GIB, availableBytes: 24 * GIB - used });
    expect(await mac().info()).toMatchObject({
      osVersion: 'macOS 26.5.1',
      platform: 'darwin',
      chip: 'Apple M1',
      cores: 10,
      gpuCores: 16,
      memoryBytes: 24 * GIB,
    });
    expect(await mac().gpu()).toEqual({ utilizationPercent: 2, memoryInUseBytes: 340_983_808 });
  });

  test('the driver’s own memory is not taken for the memory in use; no GPU is unknown', async () => {
    expect(parseIoreg('{"In use system memory (driver)"=0,"Device Utilization %"=30,"In use system memory"=356}')).toEqual({
      utilizationPercent: 30,
      memoryInUseBytes: 356,
    });
    expect(await mac({ '/usr/sbin/ioreg -r': '' }).gpu()).toEqual({ utilizationPercent: null, memoryInUseBytes: null });
    expect((await mac({ '/usr/sbin/ioreg -r': '' }).info()).gpuCores).toBeNull();
  });

  test('the working set: the owner’s limit, else by the size of the memory', async () => {
    expect(await mac().recommendedBytes()).toBe(16 * GIB);
    expect(await mac({ '/usr/sbin/sysctl iogpu.wired_limit_mb': 'iogpu.wired_limit_mb: 20480\n' }).recommendedBytes()).toBe(20 * GIB);
    expect(await mac({ '/usr/sbin/sysctl iogpu.wired_limit_mb': '' }).recommendedBytes()).toBe(16 * GIB);
    expect(recommendedWorkingSet(36 * GIB, 0)).toBe(24 * GIB);
    expect(recommendedWorkingSet(128 * GIB, 0)).toBe(96 * GIB);
    expect(recommendedWorkingSet(16 * GIB, 99_999)).toBe(16 * GIB);
  });

  test('a command that says nothing is an error, and is asked again', async () => {
    let broken = true;
    const machine = createMachine({
      platform: 'darwin',
      run: (file, args) => (broken ? Promise.resolve({ exitCode: null, stdout: '', stderr: 'ENOENT' }) : runWith()(file, args)),
    });
    await expect(machine.info()).rejects.toMatchObject({ code: 'INTERNAL' });
    broken = false;
    expect((await machine.info()).chip).toBe('Apple M1');
  });

  test('sysctl lines', () => expect(parseSysctl('hw.ncpu: 10\nnonsense\n')).toEqual(new Map([['hw.ncpu', '10']])));
});

test('importing the room runs nothing and loads neither execa nor plist', () => {
  // esbuild answers which packages a static import pulls in, without a guess about timing.
  const bundle = execFileSync(
    join(import.meta.dirname, '../../../node_modules/.bin/esbuild'),
    [join(import.meta.dirname, 'index.ts'), '--bundle', '--platform=node', '--format=esm', '--packages=external'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const names = [...bundle.matchAll(/^import .*?"([^"]+)";$/gm)].map((match) => match[1] ?? '');
  expect(new Set(names.filter((name) => !name.startsWith('node:')))).toEqual(new Set(['@mlx-manager/shared']));
  expect(bundle).toContain('import("execa")');
});
