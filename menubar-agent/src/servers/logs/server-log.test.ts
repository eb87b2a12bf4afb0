import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import type { LogLine } from '@mlx-manager/shared';
import { eventually } from '../../../../tests/support/fake-engine/house.js';
import { systemClock } from '../../core/index.js';
import { ServerLog, type ServerLogDeps } from './server-log.js';

const open: ServerLog[] = [];
const folders: string[] = [];
let complaints: string[] = [];
const logger = pino(
  { level: 'warn' },
  new Writable({
    write(chunk: Buffer, _, done) {
      complaints.push(chunk.toString());
      done();
    },
  }),
);

function make(deps: Partial<ServerLogDeps> = {}, path?: string): { log: ServerLog; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mlx-manager-log-'));
  folders.push(folder);
  const file = path ?? join(folder, 'logs', 'server-1.log');
  const log = new ServerLog(file, { clock: systemClock, logger, maxBytes: () => 1_000_000_000, keep: () => 3, quiet: 20, ...deps });
  open.push(log);
  return { log, path: file };
}
afterEach(async () => {
  for (const log of open.splice(0)) {
    log.close();
    await log.history({ lines: 0 }); // what was under way has ended
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  expect(complaints).toEqual([]);
  complaints = [];
});

const numbered = (from: number, to: number, width = 0): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}${'.'.repeat(width)}\n`).join('');
const texts = (lines: LogLine[]): string[] => lines.map(({ text }) => text.replace(/\.+$/, ''));
const expected = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);
const old = (path: string): void => utimesSync(path, new Date(0), new Date(0));

describe('history', () => {
  test('the last lines, numbered from 1, without an unfinished one', async () => {
    const { log, path } = make();
    expect(await log.history({ lines: 10 })).toEqual([]);
    writeFileSync(path, `${numbered(1, 5)}unfinish`);
    const lines = await log.history({ lines: 3 });
    expect(lines.map(({ seq, text }) => [seq, text])).toEqual([
      [3, 'line 3'],
      [4, 'line 4'],
      [5, 'line 5'],
    ]);
    appendFileSync(path, 'ed\n');
    expect(await log.history({ lines: 1 })).toMatchObject([{ seq: 6, text: 'unfinished' }]);
    expect(await log.history({ lines: 0 })).toEqual([]);
  });

  test('by level and text, as far back as needed', async () => {
    const { log, path } = make();
    writeFileSync(path, `ERROR:    first Needle\n${numbered(1, 60_000)}WARNING:  last needle\nDEBUG:    needle\n`);
    expect(await log.history({ lines: 5, level: 'warning' })).toMatchObject([
      { seq: 1, level: 'error' },
      { seq: 60_002, level: 'warning' },
    ]);
    expect(await log.history({ lines: 5, search: 'NEEDLE' })).toHaveLength(3);
    expect(await log.history({ lines: 1, search: 'needle', level: 'info' })).toMatchObject([{ seq: 60_002 }]);
  });

  test('level and time of a line come from lines before it, wherever the pieces are cut', async () => {
    const { log, path } = make();
    const frames = Array.from({ length: 100 }, (_, i) => `  File "x.py", line ${i}\n`).join('');
    const block = `2026-11-21T13:00:00.000Z INFO a\nTraceback (most recent call last):\n${frames}ValueError: x\n`;
    const lines = 103;
    const blocks = Math.ceil(1_000_000 / block.length);
    writeFileSync(path, `without a time\n${block.repeat(blocks)}`);
    const all = await log.history({ lines: 1 + blocks * lines });
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
    expect(all.filter(({ level }) => level === 'error')).toHaveLength(blocks * (lines - 1));
    expect(new Set(all.map(({ time }) => time))).toEqual(new Set(['2026-11-21T13:00:00.000Z']));
    expect(await log.history({ lines: 9, search: 'without' })).toMatchObject([{ seq: 1, time: '2026-11-21T13:00:00.000Z' }]);
  });

  test('lines longer than a piece, and a search for what masking and escape codes hide', async () => {
    const { log, path } = make();
    writeFileSync(
      path,
      `first\n${'x'.repeat(700_000)}\nmiddle hf_abcdefghij\nne\u001b[31medle\n${'y'.repeat(300_000)}\n${numbered(1, 40_000)}last\n`,
    );
    const texts = (await log.history({ lines: 50_000 })).map(({ text }) => text);
    expect(texts).toHaveLength(40_006);
    expect(texts.slice(0, 5).map((text) => text.slice(0, 20))).toEqual([
      'first',
      'x'.repeat(20),
      'middle hf_[secret]',
      'needle',
      'y'.repeat(20),
    ]);
    expect(texts.at(-1)).toBe('last');
    expect(await log.history({ lines: 1, search: 'needle' })).toMatchObject([{ seq: 4 }]);
    expect(await log.history({ lines: 1, search: 'hf_[secret]' })).toMatchObject([{ seq: 3 }]);
    expect(await log.history({ lines: 1, search: 'secret' })).toMatchObject([{ seq: 3 }]);
    expect(await log.history({ lines: 1, search: 'abcdefghij' })).toEqual([]);
  });

  // Read in ever larger windows, this took half a minute, a gigabyte, and ten seconds in which nothing else was done.
  test.each([{ search: 'zzz' }, { search: 'zzz', level: 'error' as const }, { level: 'error' as const }])(
    'a search for %j in 120 MB ends soon, and other things go on meanwhile',
    async (query) => {
      const { log, path } = make();
      const line = '2026-11-21 13:00:00,123 - INFO - 127.0.0.1 "POST /v1/chat/completions HTTP/1.1" 200 and so on and so on\n';
      const block = Buffer.from(line.repeat(10_000));
      writeFileSync(path, 'ERROR:    zzz, too far back\n');
      for (let size = 0; size < 120_000_000; size += block.length) appendFileSync(path, block);
      let turns = 0;
      const timer = setInterval(() => turns++, 5);
      try {
        expect(await log.history({ lines: 100, ...query })).toEqual([]);
      } finally {
        clearInterval(timer);
      }
      expect(turns).toBeGreaterThan(10);
      appendFileSync(path, 'ERROR:    zzz\n');
      expect(await log.history({ lines: 1, ...query })).toHaveLength(1);
    },
    60_000,
  );

  test('times: the line’s own, else that of the line before, else that of the first that has one', async () => {
    const { log, path } = make();
    writeFileSync(path, 'no time\n2026-11-21T13:00:00.000Z INFO a\nno time\n2026-11-21T13:00:01.000Z INFO b\n');
    expect((await log.history({ lines: 9 })).map(({ time }) => time.slice(17, 19))).toEqual(['00', '00', '00', '01']);
  });

  test('the tail is that of the last run, without our own lines', async () => {
    const { log, path } = make();
    log.begin('one');
    appendFileSync(path, 'of the first run');
    log.begin('two');
    appendFileSync(path, 'of the second run\n');
    log.note('ERROR', 'failed');
    expect(await log.tail(20)).toEqual(['of the second run']);
    expect(texts(await log.history({ lines: 3 }))[0]).toMatch(/starting two$/);
    expect((await log.history({ lines: 1 }))[0]!.level).toBe('error');
  });
});

describe('following', () => {
  test('history, then new lines, once each and in order; none after the end', async () => {
    const { log, path } = make();
    writeFileSync(path, numbered(1, 10));
    const got: LogLine[] = [];
    const stop = log.follow(null, { lines: 3 }, (line) => got.push(line));
    await eventually(
      () => got.length,
      (length) => length === 3,
    );
    appendFileSync(path, 'line 11\nline');
    await eventually(
      () => got.length,
      (length) => length === 4,
    );
    appendFileSync(path, ' 12\n');
    await eventually(
      () => got.length,
      (length) => length === 5,
    );
    stop();
    appendFileSync(path, 'line 13\n');
    await log.history({ lines: 1 });
    expect(texts(got)).toEqual(expected(8, 12));
    expect(got.map(({ seq }) => seq)).toEqual([8, 9, 10, 11, 12]);
    expect(got[4]!.time).toMatch(/^\d{4}-/);
  });

  test('from a number on, while lines keep coming', async () => {
    const { log, path } = make();
    writeFileSync(path, numbered(1, 50));
    const first: LogLine[] = [];
    log.follow(null, { lines: 1 }, (line) => first.push(line));
    await eventually(
      () => first.length,
      (length) => length === 1,
    );
    appendFileSync(path, numbered(51, 100));
    const got: LogLine[] = [];
    log.follow(20, { lines: 1 }, (line) => got.push(line));
    appendFileSync(path, numbered(101, 200));
    await eventually(
      () => got.at(-1)?.seq,
      (seq) => seq === 200,
    );
    expect(texts(got)).toEqual(expected(21, 200));
    await eventually(
      () => first.at(-1)?.seq,
      (seq) => seq === 200,
    );
    expect(texts(first)).toEqual(expected(50, 200));
  });

  test('joining at any moment while a process writes: nothing twice, nothing left out', async () => {
    const { log } = make();
    // It writes until its input ends: however slow this machine is, everybody joins while it does.
    const code = `let n = 0, on = true; process.stdin.on('end', () => (on = false)).resume(); const more = () => { for (let i = 0; i < 5; i++) process.stdout.write('line ' + ++n + '\\n'); if (on) setTimeout(more, 1); else process.stdout.write('last\\n'); }; more();`;
    const fd = log.begin('writer');
    const child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', fd, fd] });
    const ended = once(child, 'exit');
    const followers: LogLine[][] = [];
    while (followers.length < 12) {
      const got: LogLine[] = [];
      followers.push(got);
      log.follow(null, { lines: 20 }, (line) => got.push(line));
      // More than history: it is being written.
      await eventually(
        () => got.length,
        (length) => length > 25,
      );
    }
    child.stdin?.end();
    await ended;
    for (const got of followers) {
      await eventually(
        () => got.at(-1)?.text,
        (text) => text === 'last',
      );
      expect(got.map(({ seq }) => seq)).toEqual(got.map((_, i) => got[0]!.seq + i));
    }
  }, 30_000);

  test('one that leaves does not take the others with it', async () => {
    const { log, path } = make();
    writeFileSync(path, 'ERROR:    yes, before\n');
    const got: LogLine[] = [];
    const stop = log.follow(null, { lines: 0 }, () => undefined);
    log.follow(null, { lines: 1, search: 'yes', level: 'warning' }, (line) => got.push(line));
    stop();
    await eventually(
      () => got.length,
      (length) => length === 1,
    );
    appendFileSync(path, 'WARNING:  yes\nINFO:     yes\nWARNING:  no\nERROR:    yes\n');
    await eventually(
      () => got.length,
      (length) => length === 3,
    );
    expect(texts(got)).toEqual(['ERROR:    yes, before', 'WARNING:  yes', 'ERROR:    yes']);
  });

  test('a log that does not exist yet', async () => {
    const { log, path } = make();
    const got: LogLine[] = [];
    log.follow(null, { lines: 5 }, (line) => got.push(line));
    await eventually(
      () => existsSync(path),
      (there) => there,
    );
    await log.history({ lines: 0 }); // takes its turn after the follower
    appendFileSync(path, 'line 1\n');
    await eventually(
      () => got.length,
      (length) => length === 1,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('truncated by somebody else: lines go on, no number comes twice', async () => {
    const { log, path } = make();
    writeFileSync(path, numbered(1, 5));
    const got: LogLine[] = [];
    log.follow(null, { lines: 5 }, (line) => got.push(line));
    await eventually(
      () => got.length,
      (length) => length === 5,
    );
    truncateSync(path);
    await log.history({ lines: 1 });
    appendFileSync(path, 'line 6\n');
    await eventually(
      () => got.length,
      (length) => length === 6,
    );
    expect(got.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await log.history({ lines: 5 })).toMatchObject([{ seq: 6, text: 'line 6' }]);
  });
});

test.each([
  ['deleted', (path: string) => rmSync(path)],
  ['moved away', (path: string) => renameSync(path, `${path}.old`)],
])('%s while it is followed: the file that takes its place is followed, numbers go on', async (_, remove) => {
  const { log, path } = make();
  writeFileSync(path, numbered(1, 5));
  const got: LogLine[] = [];
  const until = (count: number) =>
    eventually(
      () => got.length,
      (length) => length === count,
    );
  log.follow(null, { lines: 5 }, (line) => got.push(line));
  await until(5);
  for (let n = 6; n <= 8; n++) {
    remove(path);
    // Each shorter than the one before: that one became longer in a moment cannot be seen.
    writeFileSync(path, numbered(n, n, (8 - n) * 10));
    await until(n);
  }
  appendFileSync(path, 'line 9\n');
  await until(9);
  // Some time without a file at all.
  remove(path);
  await log.history({ lines: 1 });
  writeFileSync(path, 'line 10\n');
  await until(10);
  expect(got.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_v, i) => i + 1));
  expect(texts(got)).toEqual(expected(1, 10));
});

test('one who has more lines than there are is told of the log that began anew from its beginning', async () => {
  const { log, path } = make();
  writeFileSync(path, numbered(1, 3));
  const got: LogLine[] = [];
  log.follow(5000, { lines: 0 }, (line) => got.push(line));
  await eventually(
    () => got.length,
    (length) => length === 3,
  );
  expect(texts(got)).toEqual(expected(1, 3));
});

describe('rotation', () => {
  test('by size, so many kept, numbers and history go on over files and agents', async () => {
    const { log, path } = make({ maxBytes: () => 500, keep: () => 2 });
    for (let round = 0; round < 4; round++) {
      appendFileSync(path, numbered(round * 100 + 1, round * 100 + 100));
      old(path);
      await log.checkSize();
      expect(statSync(path).size).toBe(0);
    }
    expect([1, 2, 3].map((n) => existsSync(`${path}.${n}`))).toEqual([true, true, false]);
    expect(statSync(`${path}.1`).mode & 0o777).toBe(0o600);
    appendFileSync(path, numbered(401, 410));
    for (const each of [log, make({}, path).log]) {
      const lines = await each.history({ lines: 1_000 });
      expect(texts(lines)).toEqual(expected(201, 410));
      expect(lines.map(({ seq }) => seq)).toEqual(expected(201, 410).map((text) => Number(text.slice(5))));
      expect(texts(await each.history({ lines: 15 }))).toEqual(expected(396, 410));
    }
    await log.delete();
    expect([path, `${path}.1`, `${path}.seq`].map((file) => existsSync(file))).toEqual([false, false, false]);
  });

  test('nothing is kept when so set', async () => {
    const { log, path } = make({ maxBytes: () => 100, keep: () => 0 });
    writeFileSync(path, numbered(1, 50));
    old(path);
    await log.checkSize();
    expect([existsSync(`${path}.1`), existsSync(`${path}.new`)]).toEqual([false, false]);
    appendFileSync(path, 'line 51\n');
    expect(await log.history({ lines: 9 })).toMatchObject([{ seq: 51 }]);
  });

  test('waits for a quiet moment and for the end of a line', async () => {
    const { log, path } = make({ maxBytes: () => 100, quiet: 100 });
    writeFileSync(path, `${numbered(1, 15)}unfinished`);
    await log.checkSize();
    expect(statSync(path).size).toBeGreaterThan(100);
    old(path);
    await log.checkSize();
    expect(statSync(path).size).toBeGreaterThan(100);
    appendFileSync(path, ' no more\n');
    await eventually(
      () => existsSync(`${path}.1`),
      (moved) => moved,
    ); // by itself, once it was quiet
    expect(statSync(path).size).toBe(0);
    expect(readFileSync(`${path}.1`, 'utf8')).toContain('unfinished no more\n');
  });

  test('a file of another program is left alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlx-manager-log-'));
    folders.push(folder);
    const path = join(folder, 'com.example.log');
    const log = new ServerLog(path, { clock: systemClock, logger, maxBytes: () => 10, keep: () => 1, quiet: 0 }, false);
    open.push(log);
    writeFileSync(path, numbered(1, 100));
    old(path);
    await log.checkSize();
    expect(await log.history({ lines: 500 })).toHaveLength(100);
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  test('what is written while it is being copied is moved too', async () => {
    const { log, path } = make({ maxBytes: () => 500, keep: () => 20, quiet: 60_000 });
    let n = 100;
    writeFileSync(path, numbered(1, n));
    for (let round = 0; round < 10; round++) {
      const rotation = { over: false };
      // Twice its size: not even a quiet moment is waited for.
      const done = log.checkSize().finally(() => (rotation.over = true));
      const most = n + 500; // all of it fits into one answer
      while (!rotation.over) {
        if (n < most) appendFileSync(path, numbered(n + 1, ++n));
        await new Promise(setImmediate);
      }
      await done;
      appendFileSync(path, numbered(n + 1, n + 200));
      n += 200;
    }
    const lines = await log.history({ lines: 10_000 });
    expect(texts(lines)).toEqual(expected(1, n));
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1));
    expect(existsSync(`${path}.9`)).toBe(true);
  });

  test('a process that writes on while the log is rotated many times: its followers lose nothing', async () => {
    const { log, path } = make({ maxBytes: () => 4_000, keep: () => 20, quiet: 5 });
    const total = 4_000;
    // As engines write: a burst, then a pause.
    const code = `let n = 0; const burst = () => { let text = ''; for (let i = 0; i < 40 && n < ${total}; i++) text += 'line ' + ++n + '.'.repeat(n % 50) + '\\n';
      process.stdout.write(text); if (n < ${total}) setTimeout(burst, 20); }; burst();`;
    const got: LogLine[] = [];
    const fd = log.begin('writer');
    log.follow(null, { lines: 1 }, (line) => got.push(line));
    await eventually(
      () => got.length,
      (length) => length === 1,
    );
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', fd, fd] });
    await once(child, 'exit');
    await eventually(
      () => got.at(-1)?.text ?? '',
      (text) => text.startsWith(`line ${total}`),
      20_000,
    );
    const lines = got.filter(({ text }) => text.startsWith('line '));
    expect(texts(lines)).toEqual(expected(1, total));
    const first = lines[0]!.seq;
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => first + i));
    expect(existsSync(`${path}.10`)).toBe(true);
    // What the files hold agrees with what was followed, numbers included.
    const history = await log.history({ lines: 2_000 });
    expect(history.map(({ seq, text }) => [seq, text])).toEqual(got.slice(-2_000).map(({ seq, text }) => [seq, text]));
  }, 60_000);
});
