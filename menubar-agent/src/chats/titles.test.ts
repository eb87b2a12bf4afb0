import type { MessagePart } from '@mlx-manager/shared';
import { autoTitle, titleOf, titleOfText } from './titles.js';
import { cpuMs } from '../../../tests/support/cpu.js';

test.each([
  ['What is SQLite? And why?', 'What is SQLite?'],
  ['  \n\n## Fix **this** `code`\n```js\nx\n```', 'Fix this code'],
  ['```python\nprint("hi")\n```\nWhy does it fail?', 'Why does it fail?'],
  ['```\nonly code\n```', 'only code'],
  ['- [a link](https://x.y) and ![picture](z.png)', 'a link and picture'],
  ['snake_case_name stays', 'snake_case_name stays'],
  ['Hi. How are you?', 'Hi. How are you?'],
  ['Version 1.2 of e.g. this', 'Version 1.2 of e.g. this'],
  ['你好。这是一个很长的问题吗？是的', '你好。这是一个很长的问题吗？'],
  ['😀👩‍👩‍👧', '😀👩‍👩‍👧'],
  ['a'.repeat(100), `${'a'.repeat(59)}…`],
  ['word '.repeat(30), `${'word '.repeat(11).trim()}…`],
  ['x\u0007y\tz', 'x y z'],
  ['---\n\n', ''],
  ['', ''],
])('%j is called %j', (text, title) => {
  expect(titleOfText(text)).toBe(title);
});

test('what is only a file is called by its name, and nothing is a new chat', () => {
  const file: MessagePart = { type: 'file', attachmentId: 'a', name: 'report.pdf', mediaType: 'application/pdf' };
  expect(titleOf([file])).toBe('report.pdf');
  expect(titleOf([file, { type: 'text', text: 'Summarize' }])).toBe('Summarize');
  expect(titleOf([{ type: 'text', text: ' ' }])).toBe('New Chat');
});

test('an owner’s title and a chat that goes on keep theirs', () => {
  const parts: MessagePart[] = [{ type: 'text', text: 'x' }];
  expect(autoTitle({ titled: false, messageCount: 0 }, parts)).toEqual({ title: 'x' });
  expect(autoTitle({ titled: true, messageCount: 0 }, parts)).toEqual({});
  expect(autoTitle({ titled: false, messageCount: 2 }, parts)).toEqual({});
});

test('a megabyte is titled at once', () => {
  for (const text of ['`'.repeat(1e6), '*'.repeat(1e6), 'a'.repeat(1e6), '[('.repeat(5e5), '_a '.repeat(3e5)])
    expect(cpuMs(() => expect(titleOfText(text).length).toBeLessThan(100))).toBeLessThan(2_000);
});
