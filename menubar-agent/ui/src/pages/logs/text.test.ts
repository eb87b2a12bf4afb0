/** Lines as text. */
import { exportName, exportText, lineText } from './text.js';

const line = { id: 1, source: '7', seq: 3, time: '2026-11-21T13:00:00.000Z', level: 'error' as const, text: 'a\n  b', rows: 2 };
const nameOf = (source: string): string => (source === '7' ? 'Coder' : 'agent');

test('a line names its time, level and source', () => {
  expect(lineText(line, nameOf)).toBe('2026-11-21T13:00:00.000Z ERROR   [Coder] a\n  b');
});

test('a whole file, also for programs', () => {
  expect(exportText([line, line], 'log', nameOf).split('\n')).toHaveLength(5);
  expect(
    exportText([line, { ...line, source: 'agent' }], 'jsonl', nameOf)
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one) as unknown),
  ).toEqual([
    { time: line.time, level: 'error', source: 'Coder', profile_id: 7, seq: 3, text: 'a\n  b' },
    { time: line.time, level: 'error', source: 'agent', profile_id: null, seq: 3, text: 'a\n  b' },
  ]);
});

test('a file name holds no odd signs', () => {
  expect(exportName('My / Coder!', new Date('2026-11-21T13:00:00Z'), 'log')).toBe('logs-my-coder-2026-11-21T13-00-00.log');
  expect(exportName('模型', new Date('2026-11-21T13:00:00Z'), 'jsonl')).toBe('logs-lines-2026-11-21T13-00-00.jsonl');
});
