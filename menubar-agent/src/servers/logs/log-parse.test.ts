import { cleanLine, followingTime, LineParser, LineSplitter } from './log-parse.js';

const parse = (...lines: string[]): { level: string; time: string | null; text: string }[] => {
  const parser = new LineParser();
  return lines
    .map((line) => parser.parse(line))
    .map(({ time, ...rest }) => ({ ...rest, time: time === null ? null : new Date(time).toISOString() }));
};
const local = (text: string): string => new Date(text).toISOString();

test.each([
  ['2026-11-21 13:00:00,123 - INFO - Starting httpd', 'info', local('2026-11-21T13:00:00.123')],
  ['2026-11-21 13:00:00,123 - mlx_lm.server - WARNING - slow', 'warning', local('2026-11-21T13:00:00.123')],
  ['2026-11-21 13:00:00.123 | ERROR    | app.main:start:41 - no model', 'error', local('2026-11-21T13:00:00.123')],
  ['2026-11-21 13:00:00.123456 | SUCCESS  | app:x:1 - done', 'info', local('2026-11-21T13:00:00.123')],
  ['2026-11-21 13:00:00 DEBUG [engine] step', 'debug', local('2026-11-21T13:00:00')],
  ['[2026-11-21 13:00:00] CRITICAL: out', 'error', local('2026-11-21T13:00:00')],
  ['2026-11-21T13:00:00.000Z [mlx-manager] INFO starting x', 'info', '2026-11-21T13:00:00.000Z'],
  ['INFO:     127.0.0.1:50000 - "POST /v1/chat/completions HTTP/1.1" 200 OK', 'info', null],
  ['ERROR:    Application startup failed. Exiting.', 'error', null],
  ['WARNING:root:text', 'warning', null],
  ['[WARNING] text', 'warning', null],
  ['127.0.0.1 - - [21/Nov/2026 13:00:00] "GET /health HTTP/1.1" 200 -', 'info', local('2026-11-21T13:00:00')],
  ['OSError: [Errno 98] Address already in use', 'error', null],
  ['json.decoder.JSONDecodeError: Expecting value', 'error', null],
  ['Fatal Python error: Aborted', 'error', null],
  ['Killed', 'error', null],
  ['/x/mlx_lm/server.py:1894: UserWarning: not for production', 'warning', null],
  ['just text about an ERROR', 'info', null],
  ['Error handling is enabled', 'info', null],
  ['2026-99-99 99:99:99 - INFO - not a time', 'info', null],
])('%s', (line, level, time) => {
  expect(parse(line)).toEqual([{ text: line, level, time }]);
});

test('a traceback is an error from its head to the exception, with its causes', () => {
  const lines = [
    'INFO:     before',
    'Traceback (most recent call last):',
    '  File "a.py", line 1, in <module>',
    '    run()',
    'KeyError: 1',
    '',
    'During handling of the above exception, another exception occurred:',
    '',
    'Traceback (most recent call last):',
    '  File "a.py", line 3, in <module>',
    'my_module.Oddly: named',
    'after',
    'INFO:     later',
  ];
  expect(parse(...lines).map(({ level }) => level)).toEqual([
    'info',
    'error',
    'error',
    'error',
    'error',
    'info',
    'error',
    'error',
    'error',
    'error',
    'error',
    'info',
    'info',
  ]);
});

test('an indented line belongs to the one before it', () => {
  expect(parse('WARNING:  several things:', '  - one', 'other').map(({ level }) => level)).toEqual(['warning', 'warning', 'info']);
});

test('a time that tells only the second does not go back within it', () => {
  expect([followingTime(null, 5_500), followingTime(5_000, 5_500), followingTime(6_000, 5_500), followingTime(1_000, 5_500)]).toEqual([
    5_500, 5_500, 6_000, 1_000,
  ]);
});

test('no colours, of a progress bar its last state, no secrets', () => {
  expect(cleanLine('\u001b[32mINFO\u001b[0m:     ok')).toBe('INFO:     ok');
  expect(cleanLine('Loading:  10%|#\rLoading:  50%|##\rLoading: 100%|###\r')).toBe('Loading: 100%|###');
  expect(cleanLine('token hf_AbCdEfGhIjKlMn and Authorization: Bearer abc.def-123456 and sk-abcdefghijklmnop')).toBe(
    'token hf_[secret] and Authorization: Bearer [secret] and sk-[secret]',
  );
  expect(cleanLine('GET /x?api_key=12345&y=1 {"access_token": "zzz"}')).toBe('GET /x?api_key=[secret]&y=1 {"access_token": "[secret]"}');
  expect(parse('\u001b[31mERROR\u001b[0m:    red')[0]!.level).toBe('error');
});

describe('bytes to lines', () => {
  test('however they arrive, characters split across blocks included', () => {
    const bytes = Buffer.from('eins\r\nzwölf 日本\n\nrest\n');
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new LineSplitter();
      const lines: string[] = [];
      for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
      expect(lines).toEqual(['eins', 'zwölf 日本', '', 'rest']);
    }
  });

  test('a very long line is cut, the next one is whole', () => {
    const splitter = new LineSplitter();
    for (let i = 0; i < 100; i++) expect(splitter.push(Buffer.alloc(4096, 'x'))).toEqual([]);
    expect(splitter.push(Buffer.from('end\nnext\n'))).toEqual([expect.stringMatching(/^x{16384} … \d+ bytes more in the file$/), 'next']);
  });
});
