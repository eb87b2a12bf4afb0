/** Samples of macOS commands (fixtures/README.md) through the real parsers. Not yet verified on a Mac. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCpuTime, parseFootprint, parseInstance, parseLsof, parsePs, parseTop } from './process-macos.js';
import { createProcessTable, INSTANCE_VARIABLE, runCommand, type Run } from './index.js';

const sample = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
const uid = process.getuid?.() ?? 501;

interface Call {
  readonly file: string;
  readonly args: readonly string[];
}
/** Answers commands from samples and notes what was run. */
function recorded(answer: (call: Call) => string | null): { run: Run; calls: Call[] } {
  const calls: Call[] = [];
  const run: Run = (file, args) => {
    calls.push({ file, args });
    const stdout = answer({ file, args });
    return Promise.resolve({
      exitCode: stdout === null ? null : stdout === '' ? 1 : 0,
      stdout: stdout ?? '',
      stderr: stdout === null ? 'spawn ENOENT' : '',
    });
  };
  return { run, calls };
}

describe('ps', () => {
  test('gives identity, group and state; the zombie is dead', () => {
    const rows = parsePs(sample('ps.txt'));
    expect(rows.map((row) => row.pid)).toEqual([1, 500, 501, 502, 503]);
    expect(rows[1]).toEqual({
      pid: 500,
      parent: 1,
      group: 500,
      uid: 501,
      dead: false,
      cpuSeconds: 62.5,
      startTime: 'Tue Jun 3 09:05:00 2025',
    });
    expect(rows[3]?.dead).toBe(true);
    expect(parsePs('ps: no such thing\n')).toEqual([]);
  });

  test('a process that is not there, or is a zombie, has no start time', async () => {
    const { run, calls } = recorded(({ args }) => (args.includes('-p') && args.at(-1) === '9' ? '' : sample('ps.txt')));
    const table = createProcessTable('darwin', { run });
    expect(await table.startTime(501)).toBe('Mon Jun 16 14:23:10 2025');
    expect(await table.startTime(502)).toBeNull();
    expect(await table.startTime(9)).toBeNull();
    expect(await table.isAlive({ pid: 501, startTime: 'Mon Jun 16 14:23:10 2025' })).toBe(true);
    expect(await table.isAlive({ pid: 501, startTime: 'Mon Jun 16 14:23:11 2025' })).toBe(false);
    expect(await table.groupMembers(500)).toEqual([500, 501]);
    expect(calls[0]?.file).toBe('/bin/ps');
  });

  test('that does not run is an error, never "nobody lives"', async () => {
    const table = createProcessTable('darwin', { run: recorded(() => null).run });
    await expect(table.startTime(501)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(table.groupMembers(501)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(table.portHolder(80)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test.each([
    ['0:05.03', 5.03],
    ['75:00.25', 4500.25],
    ['01:02:03', 3723],
    ['15-20:03:03', 1_368_183],
  ])('CPU time %s is %d s', (text, seconds) => expect(parseCpuTime(text)).toBeCloseTo(seconds, 5));
});

describe('the instance', () => {
  const plain = 'python3 -m mlx_lm.server --model a\n';
  test('stands behind the command', () => {
    expect(parseInstance(plain, `${plain.trim()} PATH=/usr/bin ${INSTANCE_VARIABLE}=abc-1 HOME=/Users/x\n`)).toBe('abc-1');
  });
  test('is not an argument, and not known when the environment is hidden', () => {
    const command = `grep ${INSTANCE_VARIABLE}=abc-1`;
    expect(parseInstance(`${command}\n`, `${command} PATH=/usr/bin\n`)).toBeNull();
    expect(parseInstance(plain, plain)).toBeNull();
    expect(parseInstance('', '')).toBeNull();
    expect(parseInstance(plain, `${plain.trim()} X_${INSTANCE_VARIABLE}=abc-1`)).toBeNull();
  });

  test('is found among this user’s processes only', async () => {
    const { run } = recorded(({ args }) => {
      const command = 'python3 -m mlx_lm.server';
      if (args.includes('-A'))
        return `  501 ${uid} ${command} ${INSTANCE_VARIABLE}=abc\n  500 ${uid + 1} ${command} ${INSTANCE_VARIABLE}=abc\n  503 ${uid} ${command} ${INSTANCE_VARIABLE}=abcd\n`;
      if (args.includes('lstart=')) return sample('ps.txt');
      const pid = args.at(-1);
      return args.includes('-E') ? `${command} ${INSTANCE_VARIABLE}=${pid === '503' ? 'abcd' : 'abc'}\n` : `${command}\n`;
    });
    expect(await createProcessTable('darwin', { run }).findInstance('abc')).toEqual([{ pid: 501, startTime: 'Mon Jun 16 14:23:10 2025' }]);
  });
});

describe('usage', () => {
  test('is the footprint and the CPU time of the living tree', async () => {
    const { run, calls } = recorded(({ file }) => (file === '/usr/bin/footprint' ? sample('footprint-bytes.txt') : sample('ps.txt')));
    const usage = await createProcessTable('darwin', { run }).usage(500);
    expect(usage).toEqual({ memoryBytes: 44_040_192 + 8_388_608, cpuSeconds: 62.5 + 4500.25 + 0.25 });
    expect(calls.at(-1)).toEqual({ file: '/usr/bin/footprint', args: ['-f', 'bytes', '-p', '500', '-p', '501', '-p', '503'] });
  });

  test('falls back to top, and is unknown when neither tells', async () => {
    expect(parseTop(sample('top.txt'), [38_091, 25_164])).toBe((1946 + 649) * 2 ** 20);
    expect(parseTop('PID    MEM\n38091  12M  \n4  3.5G-\n', [38_091, 4])).toBe((12 + 3.5 * 1024) * 2 ** 20);
    expect(parseTop(sample('top.txt'), [7])).toBeNull();
    expect(parseFootprint(sample('footprint.txt'))).toBeNull();
    const { run } = recorded(({ file }) =>
      file === '/bin/ps' ? sample('ps.txt') : file === '/usr/bin/top' ? 'PID    MEM\n503    12M+ \n' : null,
    );
    const table = createProcessTable('darwin', { run });
    expect((await table.usage(503)).memoryBytes).toBe(12 * 2 ** 20);
    expect((await table.usage(1)).memoryBytes).toBe(12 * 2 ** 20);
    expect(await table.usage(502)).toEqual({ memoryBytes: null, cpuSeconds: null });
  });
});

test('lsof names the first listener on the port', async () => {
  expect(parseLsof(sample('lsof.txt'), 10240)).toEqual({ pid: 609, name: 'python3.12' });
  expect(parseLsof(sample('lsof.txt'), 8080)).toEqual({ pid: 702, name: 'Brave Browser' });
  expect(parseLsof(sample('lsof.txt'), 80)).toBeNull();
  expect(parseLsof('', 80)).toBeNull();
  const { run, calls } = recorded(() => sample('lsof.txt'));
  expect(await createProcessTable('darwin', { run }).portHolder(8080)).toEqual({ pid: 702, name: 'Brave Browser' });
  expect(calls).toEqual([{ file: '/usr/sbin/lsof', args: ['-nP', '+c0', '-iTCP:8080', '-sTCP:LISTEN', '-Fpcn'] }]);
});

describe('a real command', () => {
  test('runs with a fixed locale and time zone', async () => {
    const result = await runCommand(process.execPath, ['-p', '[process.env.LC_ALL, process.env.LANG, process.env.TZ].join()']);
    expect(result).toEqual({ exitCode: 0, stdout: 'C,C,UTC\n', stderr: '' });
  });
  test('that refuses or does not exist is an answer', async () => {
    expect(await runCommand(process.execPath, ['-e', 'console.error("no"); process.exit(3)'])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'no\n',
    });
    const missing = await runCommand('/no/such/program', []);
    expect(missing).toMatchObject({ exitCode: null, stdout: '' });
    expect(missing.stderr).toContain('ENOENT');
  });
});
