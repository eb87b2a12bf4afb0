/** Real processes on Linux. What needs /proc is skipped elsewhere. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { listeningSockets, parseStat } from './process-linux.js';
import { createProcessTable, INSTANCE_VARIABLE } from './index.js';

const onLinux = process.platform === 'linux' ? test : test.skip;
const table = createProcessTable();
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) {
    // Detached children lead a group; the group goes with its children.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  }
});

/** A Node process in a group of its own that runs `script` and prints a line when it is ready. */
async function startNode(
  script: string,
  environment: Record<string, string> = {},
): Promise<{ child: ChildProcess; pid: number; line: string }> {
  const child = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, ...environment },
  });
  started.push(child);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, pid: child.pid!, line: chunk.toString().trim() };
}
const IDLE = 'setInterval(() => {}, 1e6); console.log("ready")';
/** Starts a child that idles, then prints its pid. */
const PARENT = `const c = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(IDLE)}], { stdio: ['ignore', 'pipe', 'inherit'] });
c.stdout.once('data', () => console.log(c.pid)); setInterval(() => {}, 1e6)`;

describe('a process', () => {
  onLinux('is told apart from another by its start time, and lives until it ends', async () => {
    const { child, pid } = await startNode(IDLE);
    const startTime = await table.startTime(pid);
    expect(startTime).toMatch(/^[0-9a-f-]{36}\/\d+$/);
    expect(await table.startTime(pid)).toBe(startTime);
    expect(await table.isAlive({ pid, startTime: startTime! })).toBe(true);
    expect(await table.isAlive({ pid, startTime: `${startTime!}0` })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await table.startTime(pid)).toBeNull();
    expect(await table.isAlive({ pid, startTime: startTime! })).toBe(false);
    expect(await table.usage(pid)).toEqual({ memoryBytes: null, cpuSeconds: null });
  });

  onLinux('counts as dead when it is a zombie', async () => {
    // The shell's child becomes a zombie of `exec`'s new program, which never waits for it. `read` ends it on our word.
    const child = spawn('/bin/sh', ['-c', 'cat <&3 & echo $!; exec "$0" -e "setInterval(() => {}, 1e6)"', process.execPath], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    started.push(child);
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
    const zombie = Number(chunk.toString());
    expect(await table.startTime(zombie)).not.toBeNull();
    expect((await table.groupMembers(child.pid!)).sort()).toEqual([child.pid!, zombie].sort());
    process.kill(zombie, 'SIGKILL');
    await until(async () => (await table.startTime(zombie)) === null);
    // It has a pid still, so that "kill 0" would call it alive.
    expect(() => process.kill(zombie, 0)).not.toThrow();
    expect(await table.groupMembers(child.pid!)).toEqual([child.pid]);
    expect(await table.usage(zombie)).toEqual({ memoryBytes: null, cpuSeconds: null });
  });

  onLinux('that does not exist has nothing', async () => {
    const pid = 2 ** 22 + 1;
    expect(await table.startTime(pid)).toBeNull();
    expect(await table.instanceOf(pid)).toBeNull();
    expect(await table.groupMembers(pid)).toEqual([]);
  });
});

describe('an instance', () => {
  onLinux('is found by the variable in the environment, with the children that inherited it', async () => {
    const instance = randomUUID();
    const { pid, line } = await startNode(PARENT, {
      [`${INSTANCE_VARIABLE}_OF_ANOTHER`]: 'x',
      [`X_${INSTANCE_VARIABLE}`]: 'y',
      [INSTANCE_VARIABLE]: instance,
    });
    await startNode(IDLE, { [INSTANCE_VARIABLE]: randomUUID() });
    expect(await table.instanceOf(pid)).toBe(instance);
    const found = await table.findInstance(instance);
    expect(found.map((each) => each.pid).sort()).toEqual([pid, Number(line)].sort());
    expect(found.find((each) => each.pid === pid)?.startTime).toBe(await table.startTime(pid));
    expect(await table.findInstance(randomUUID())).toEqual([]);
  });

  onLinux('is not taken from an argument', async () => {
    const instance = randomUUID();
    const { pid } = await startNode(`${IDLE} // ${INSTANCE_VARIABLE}=${instance}`);
    expect(await table.instanceOf(pid)).toBeNull();
    expect(await table.findInstance(instance)).toEqual([]);
  });
});

onLinux('usage is summed over the tree', async () => {
  const alone = await startNode(IDLE);
  const { pid } = await startNode(PARENT);
  const burn = await startNode(
    'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end); console.log("done"); setInterval(() => {}, 1e6)',
  );
  const [one, two, busy] = await Promise.all([table.usage(alone.pid), table.usage(pid), table.usage(burn.pid)]);
  expect(one.memoryBytes).toBeGreaterThan(5e6);
  // Not twice one: pages that both map are counted once.
  expect(two.memoryBytes!).toBeGreaterThan(one.memoryBytes! * 1.1);
  expect(busy.cpuSeconds).toBeGreaterThanOrEqual(0.29);
  expect(busy.cpuSeconds).toBeLessThan(10);
});

describe('the holder of a port', () => {
  onLinux('is named, on IPv4 and IPv6', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const { pid, line } = await startNode(
        `const s = require('net').createServer().listen(0, '${host}', () => console.log(s.address().port))`,
      );
      expect(await table.portHolder(Number(line))).toEqual({ pid, name: basename(process.execPath) });
    }
  });

  onLinux('is nobody when the port is free, and not a client of it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await table.portHolder(port)).toBeNull();
  });
});

describe('the formats of /proc', () => {
  test('a name may hold blanks and parentheses', () => {
    const text = '42 (a) Z (b) S 7 40 40 0 -1 4194304 1 2 3 4 150 50 25 25 20 0 1 0 98765 1000 10 184467\n';
    expect(parseStat(text, 'boot')).toEqual({ pid: 42, parent: 7, group: 40, dead: false, cpuSeconds: 2.5, startTime: 'boot/98765' });
    expect(parseStat('', 'boot')).toBeNull();
  });

  test('only listening sockets of the port count', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:2800 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0',
      '   1: 0100007F:2800 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1',
      '   2: 0100007F:2801 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0',
    ].join('\n');
    expect(listeningSockets(text, 10240)).toEqual(['socket:[111]']);
  });
});

/** There is no event for a stranger's end. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come true in 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
