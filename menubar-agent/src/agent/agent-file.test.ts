/** agent.json and the lock of the state folder, with real processes that are really killed. */
import { jest } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, startChild, type Bundle, type Child } from '../../../tests/support/child.js';
import { agentPaths, type AgentPaths } from '../core/index.js';
import { createProcessTable } from '../system/index.js';
import { lockStateFolder, prepareStateFolder, readAgentFile, removeAgentFile, writeAgentFile, type AgentFile } from './agent-file.js';

interface LockLine {
  readonly event: 'ready' | 'won' | 'refused' | 'let go';
  readonly code?: string;
  readonly details?: { pid?: number; address?: string };
}
// Twenty processes and more, two cores.
jest.setTimeout(60_000);

let program: Bundle;
let folder: string;
let paths: AgentPaths;
const children: Child<LockLine>[] = [];
const processes = createProcessTable();

beforeAll(async () => {
  program = await bundle('lock-child');
});
afterAll(() => program.remove());
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mlx-manager-agent-file-')));
  paths = agentPaths({ MLX_MANAGER_HOME: join(folder, 'state'), HOME: folder });
  prepareStateFolder(paths);
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  rmSync(folder, { recursive: true, force: true });
});

/** Processes that have started and wait for the word. */
async function contenders(count: number): Promise<Child<LockLine>[]> {
  const started = Array.from({ length: count }, () => startChild<LockLine>(program.file, [paths.home]));
  children.push(...started);
  await Promise.all(started.map((child) => child.until(({ event }) => event === 'ready')));
  return started;
}
/** Gives them the word at once; answers what each says. */
async function race(started: readonly Child<LockLine>[]): Promise<LockLine[]> {
  for (const child of started) child.process.kill('SIGUSR2');
  return Promise.all(started.map((child) => child.until(({ event }) => event !== 'ready')));
}
const file: AgentFile = { port: 10239, pid: 1, token: 'secret', version: '1.0.0', started_at: '2026-01-01T00:00:00.000Z' };
const lock = (): string => join(paths.home, 'agent.lock');

describe('agent.json', () => {
  test('is written whole, for its owner alone, and read back', () => {
    writeAgentFile(paths, file);
    expect(readAgentFile(paths)).toEqual(file);
    expect(statSync(paths.agentFile).mode & 0o777).toBe(0o600);
    writeAgentFile(paths, { ...file, port: 2 });
    expect(readAgentFile(paths)?.port).toBe(2);
    expect(readdirSync(paths.home).filter((name) => name.startsWith('agent.json'))).toEqual(['agent.json']);
    removeAgentFile(paths);
    removeAgentFile(paths);
    expect(readAgentFile(paths)).toBeNull();
  });

  test.each(['', '{', 'null', '[]', '{"port":1}', JSON.stringify({ ...file, port: '10239' }), '\u0000\u0000'])(
    'damaged, with %j in it, says nothing',
    (text) => {
      writeFileSync(paths.agentFile, text);
      expect(readAgentFile(paths)).toBeNull();
      writeAgentFile(paths, file);
      expect(readAgentFile(paths)).toEqual(file);
    },
  );
});

describe('the state folder', () => {
  test('is made for its owner alone, also where it was open', () => {
    chmodSync(paths.home, 0o755);
    prepareStateFolder(paths);
    for (const path of [paths.home, paths.logs, paths.secrets, paths.models, paths.downloads])
      expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test('that cannot be made is an error that says where and why', () => {
    writeFileSync(join(folder, 'a-file'), '');
    const inFile = agentPaths({ MLX_MANAGER_HOME: join(folder, 'a-file', 'state'), HOME: folder });
    expect(() => prepareStateFolder(inFile)).toThrow(
      expect.objectContaining({
        code: 'STATE_NOT_WRITABLE',
        details: expect.objectContaining({ path: inFile.home, reason: expect.stringContaining('ENOTDIR') }),
      }),
    );
  });
});

describe('the lock', () => {
  test('is this process’s until it lets go', async () => {
    const unlock = await lockStateFolder(paths, processes);
    expect(statSync(lock()).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(lock(), 'utf8'))).toMatchObject({ pid: process.pid });
    unlock();
    expect(existsSync(lock())).toBe(false);
    (await lockStateFolder(paths, processes))();
    // The file the kernel's lock lies on stays, empty.
    expect(readdirSync(paths.home).filter((name) => name.startsWith('agent.lock'))).toEqual(['agent.lock.db']);
    expect(statSync(`${lock()}.db`)).toMatchObject({ size: 0, mode: 0o100600 });
  });

  test('of this process is not lost when it tries once more', async () => {
    const unlock = await lockStateFolder(paths, processes);
    await expect(lockStateFolder(paths, processes)).rejects.toMatchObject({ code: 'AGENT_ALREADY_RUNNING', details: { pid: process.pid } });
    rmSync(lock()); // then only the kernel's lock is left to say no
    const [other] = await contenders(1);
    expect(await race([other!])).toMatchObject([{ event: 'refused' }]);
    unlock();
  });

  test('of a live agent is its own even when its file was deleted', async () => {
    const [first] = await contenders(1);
    await race([first!]);
    rmSync(`${lock()}.db`);
    await expect(lockStateFolder(paths, processes)).rejects.toMatchObject({
      code: 'AGENT_ALREADY_RUNNING',
      details: { pid: first!.process.pid },
    });
  });

  test('of a live agent is refused, with its pid and its address', async () => {
    const [first] = await contenders(1);
    await race([first!]);
    const { pid } = first!.process;
    // What an agent that was killed before left behind names another process.
    writeAgentFile(paths, { ...file, pid: 999_999_999 });
    await expect(lockStateFolder(paths, processes)).rejects.toMatchObject({
      code: 'AGENT_ALREADY_RUNNING',
      details: { pid, address: 'an address not known yet' },
    });
    writeAgentFile(paths, { ...file, pid: pid!, port: 12345 });
    await expect(lockStateFolder(paths, processes)).rejects.toMatchObject({ details: { pid, address: 'http://127.0.0.1:12345' } });
    // It let go: the next may have it.
    first!.process.kill('SIGTERM');
    expect(await first!.exit()).toBe(0);
    (await lockStateFolder(paths, processes))();
  });

  test('of a killed agent is taken over, and of another process that has its pid', async () => {
    const [first] = await contenders(1);
    await race([first!]);
    await first!.kill();
    expect(existsSync(lock())).toBe(true);
    (await lockStateFolder(paths, processes))();
    expect(existsSync(lock())).toBe(false);
    writeFileSync(lock(), JSON.stringify({ pid: process.pid, startTime: 'long ago' }));
    (await lockStateFolder(paths, processes))();
  });

  test.each(['', '{', '[]', '{"pid":"x"}'])('that is damaged (%j) is nobody’s', async (text) => {
    writeFileSync(lock(), text);
    const unlock = await lockStateFolder(paths, processes);
    await expect(lockStateFolder(paths, processes)).rejects.toMatchObject({ code: 'AGENT_ALREADY_RUNNING' });
    unlock();
  });

  test('letting go twice does not take the next one’s', async () => {
    const unlock = await lockStateFolder(paths, processes);
    unlock();
    const [next] = await contenders(1);
    await race([next!]);
    unlock();
    await expect(lockStateFolder(paths, processes)).rejects.toMatchObject({ code: 'AGENT_ALREADY_RUNNING' });
  });

  test('that cannot be written says so', async () => {
    mkdirSync(join(lock(), 'x'), { recursive: true });
    await expect(lockStateFolder(paths, processes)).rejects.toMatchObject({ code: 'STATE_NOT_WRITABLE' });
  });

  // Four processes for all rounds: each round begins with the word of one that is dead, and ends with everyone letting go.
  test('of four at once exactly one gets it, a hundred times over, with the locks of dead ones lying about', async () => {
    const dead = JSON.stringify({ pid: 999_999_999, startTime: 'x' });
    const started = await contenders(4);
    for (let round = 1; round <= 100; round++) {
      writeFileSync(lock(), dead);
      writeFileSync(`${lock()}.clearing`, dead); // an earlier scheme's guard
      const said = await Promise.all(started.map((child) => turn(child, round, 'SIGUSR2', ['won', 'refused'])));
      const winners = started.filter((_, i) => said[i]?.event === 'won');
      expect({ round, winners: winners.length }).toEqual({ round, winners: 1 });
      for (const { code, details } of said.filter(({ event }) => event === 'refused')) {
        expect({ code, pid: details?.pid }).toEqual({ code: 'AGENT_ALREADY_RUNNING', pid: winners[0]!.process.pid });
      }
      await turn(winners[0]!, round, 'SIGHUP', ['let go']);
    }
  });

  /** Sends a signal and waits until the child has answered it for the n-th time. */
  async function turn(child: Child<LockLine>, round: number, signal: NodeJS.Signals, events: readonly string[]): Promise<LockLine> {
    const answers = (): LockLine[] => child.lines.filter(({ event }) => events.includes(event));
    const wanted = events.includes('let go') ? answers().length + 1 : round;
    child.process.kill(signal);
    await child.until(() => answers().length >= wanted);
    return answers()[wanted - 1]!;
  }

  // Each round begins with the lock of the one before, who was killed.
  test('of several at once exactly one gets it when its holder was killed', async () => {
    for (let round = 0; round < 4; round++) {
      const started = await contenders(round % 2 === 0 ? 2 : 4);
      const said = await race(started);
      const winners = started.filter((_, i) => said[i]?.event === 'won');
      expect(winners).toHaveLength(1);
      expect(JSON.parse(readFileSync(lock(), 'utf8'))).toMatchObject({ pid: winners[0]!.process.pid });
      await Promise.all(started.map((child) => child.kill()));
    }
  });
});
