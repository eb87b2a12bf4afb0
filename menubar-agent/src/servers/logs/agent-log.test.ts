/** The agent's own log: as text, numbered over rotations and restarts, followed without a gap. */
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '@mlx-manager/shared';
import { loggerTo, LogWriter, type Logger } from '../../core/index.js';
import { AgentLog, parseAgentLine } from './agent-log.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function make(maxBytes = 1e6, file?: string): { file: string; logger: Logger; log: AgentLog } {
  const folder = file ?? join(mkdtempSync(join(tmpdir(), 'mlx-agent-log-')), 'agent.log');
  if (file === undefined) folders.push(join(folder, '..'));
  const writer = new LogWriter(folder, { maxBytes: () => maxBytes, keep: () => 20 }, true);
  return { file: folder, logger: loggerTo(writer, 'debug'), log: new AgentLog(writer) };
}
const brief = (lines: readonly LogLine[]): [number, string, string][] => lines.map(({ seq, level, text }) => [seq, level, text]);
/** Lines as they are heard; `until` resolves when there are so many. */
function heard(): { got: LogLine[]; until: (count: number) => Promise<void>; hear: (line: LogLine) => void } {
  const got: LogLine[] = [];
  let look = (): void => undefined;
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (got.length >= count) resolve();
      };
      look();
    });
  const hear = (line: LogLine): void => {
    got.push(line);
    look();
  };
  return { got, until, hear };
}
const failed = (error: unknown): void => {
  throw error;
};

test('levels, facts and errors become text', async () => {
  const { logger, log } = make();
  logger.info({ port: 1234, path: '/a b' }, 'ready');
  logger.debug('details');
  logger.warn({ list: [1, 2] }, 'odd');
  logger.error({ err: Object.assign(new Error('it broke'), { code: 'EIO' }), profileId: 7 }, 'a start failed');
  const lines = await log.history({ lines: 10 });
  expect(brief(lines.slice(0, 3))).toEqual([
    [1, 'info', 'ready port=1234 path="/a b"'],
    [2, 'debug', 'details'],
    [3, 'warning', 'odd list=[1,2]'],
  ]);
  expect(lines[3]?.level).toBe('error');
  expect(lines[3]?.text).toMatch(/^a start failed profileId=7\nError: it broke\n {4}at [^]*\n {4}code=EIO$/);
  expect(Date.now() - Date.parse(lines[0]?.time ?? '')).toBeLessThan(60_000);
});

test('no secret and no escape code is shown, whoever wrote it there', async () => {
  const { logger, log, file } = make();
  logger.info({ token: 'tok-1', url: 'x?access_token=hf_abcdefghij' }, 'asked with Bearer abcdefghijk');
  logger.error({ err: new Error('refused sk-abcdefghijklmnop') }, '\u001b[31mred\u001b[0m');
  appendFileSync(file, 'no JSON hf_abcdefghij\n');
  const text = (await log.history({ lines: 10 })).map((line) => line.text).join('\n');
  expect(text).not.toMatch(/tok-1|abcdefghij/);
  expect(text).not.toContain('\u001b');
  expect(text).toContain('red');
  expect(text).toContain('no JSON hf_[secret]');
});

test('numbers go on over rotations and a restart; searches find what the text says', async () => {
  const { logger, log, file } = make(400);
  for (let i = 1; i <= 30; i++) logger.info({ i }, 'a line');
  const lines = await log.history({ lines: 100 });
  expect(lines.map(({ seq, text }) => [seq, text])).toEqual(Array.from({ length: 30 }, (_, i) => [i + 1, `a line i=${i + 1}`]));
  expect(brief(await log.history({ lines: 5, search: 'LINE I=7' }))).toEqual([[7, 'info', 'a line i=7']]);
  const again = make(400, file);
  again.logger.info('after');
  expect(brief(await again.log.history({ lines: 1 }))).toEqual([[31, 'info', 'after']]);
  expect((await again.log.history({ lines: 0, after: 28 })).map(({ seq }) => seq)).toEqual([29, 30, 31]);
});

test('whoever follows gets history and each new line, none twice and none left out, over rotations', async () => {
  const { logger, log } = make(2000);
  for (let i = 1; i <= 50; i++) logger.info(`line ${i}`);
  const got: LogLine[] = [];
  const { promise, resolve } = Promise.withResolvers<null>();
  const stop = log.follow(
    10,
    { lines: 0 },
    (line) => {
      got.push(line);
      if (line.text === 'line 300') resolve(null);
    },
    failed,
  );
  for (let i = 51; i <= 300; i++) {
    logger.info(`line ${i}`);
    if (i % 10 === 0) await new Promise(setImmediate);
  }
  await promise;
  expect(got.map(({ seq }) => seq)).toEqual(Array.from({ length: 290 }, (_, i) => i + 11));
  expect(got.every(({ seq, text }) => text === `line ${seq}`)).toBe(true);
  stop();
  logger.info('unheard');
  expect(got).toHaveLength(290);
});

test.each([
  ['deleted', (file: string) => rmSync(file)],
  ['deleted with its folder', (file: string) => rmSync(join(file, '..'), { recursive: true })],
  ['moved away', (file: string) => renameSync(file, `${file}.old`)],
  ['emptied', (file: string) => truncateSync(file)],
])('%s by somebody, it is written on where it is looked for; numbers go on', async (_, remove) => {
  const { logger, log, file } = make();
  for (let i = 1; i <= 5; i++) logger.info(`line ${i}`);
  const { got, until, hear } = heard();
  const stop = log.follow(5, { lines: 0 }, hear, failed);
  remove(file);
  expect(await log.history({ lines: 10 })).toEqual([]);
  logger.info('line 6');
  logger.info('line 7');
  expect((await log.history({ lines: 10 })).map(({ seq, text }) => [seq, text])).toEqual([
    [6, 'line 6'],
    [7, 'line 7'],
  ]);
  expect((await log.history({ lines: 0, after: 6 })).map(({ seq }) => seq)).toEqual([7]);
  await until(2);
  expect(got.map(({ seq }) => seq)).toEqual([6, 7]);
  stop();
});

test('a log that was deleted before anybody asked can be followed', async () => {
  const { logger, log, file } = make();
  logger.info('lost');
  rmSync(file);
  const { got, until, hear } = heard();
  const stop = log.follow(null, { lines: 10 }, hear, failed);
  await log.history({ lines: 1 });
  logger.info('found');
  await until(1);
  expect(got.map(({ text }) => text)).toEqual(['found']);
  stop();
});

test('a very long line is told as it is read later', async () => {
  const { logger, log } = make();
  const { got, until, hear } = heard();
  const stop = log.follow(null, { lines: 0 }, hear, failed);
  await log.history({ lines: 1 });
  logger.error({ err: new Error('y'.repeat(1_000_000)) }, 'long');
  await until(1);
  stop();
  expect(got).toEqual(await log.history({ lines: 1 }));
  expect(got[0]?.text.length).toBeLessThan(20_000);
  expect(got[0]?.level).toBe('error');
});

test('only the wanted level is followed', async () => {
  const { logger, log } = make();
  logger.info('calm');
  logger.error('old trouble');
  const got: string[] = [];
  const { promise, resolve } = Promise.withResolvers<null>();
  const stop = log.follow(
    null,
    { lines: 5, level: 'warning' },
    ({ text }) => {
      got.push(text);
      if (text === 'new trouble') resolve(null);
    },
    failed,
  );
  logger.info('calm again');
  logger.warn('new trouble');
  await promise;
  stop();
  expect(got).toEqual(['old trouble', 'new trouble']);
});

test.each(['', '{}', 'null', '[1]', '{"level":"x"}', '{"level":50,"time":"no","msg":1}', '{"level":50,"msg":"cut off'])(
  '%j is read as well',
  (raw) => {
    expect(typeof parseAgentLine(raw).text).toBe('string');
  },
);
test('of a line that was cut off level and time are known', () => {
  expect(parseAgentLine('{"level":50,"time":"2026-11-21T13:00:00.000Z","msg":"cut')).toMatchObject({
    level: 'error',
    time: Date.UTC(2026, 10, 21, 13),
  });
});

test('a line that comes after the agent has ended makes no folder anew that was deleted', () => {
  const { file, logger } = make();
  logger.info('stopped');
  const writer = new LogWriter(file, { maxBytes: () => 10, keep: () => 2 });
  const folder = join(file, '..');
  rmSync(folder, { recursive: true });
  writer.write('before it has ended the log is looked for\n');
  expect(existsSync(file)).toBe(true);
  writer.leave();
  rmSync(folder, { recursive: true });
  writer.write('late\n');
  expect(existsSync(folder)).toBe(false);
});
