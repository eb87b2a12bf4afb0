/** Pieces of an answer, and formulas in it. */
import fc from 'fast-check';
import { readable } from '../../lib/readable.js';
import { blocksOf, mayHoldFormulas, readUpTo, withFormulas, type Block } from './blocks.js';

const texts = (text: string): string[] =>
  blocksOf(text).map((one) => (one.kind === 'code' ? `code:${one.language}:${one.text}` : one.text));

test('paragraphs, code and what follows are pieces; code needs no parser', () => {
  expect(texts('One.\n\nTwo\nlines.\n\n```ts\nconst a = 1;\n\nconst b = 2;\n```\nBehind.')).toEqual([
    'One.',
    'Two\nlines.',
    'code:ts:const a = 1;\n\nconst b = 2;',
    'Behind.',
  ]);
});

test('code that is being written reaches to the end and is open', () => {
  expect(blocksOf('Look:\n\n~~~Python\nprint(1)\n```')).toEqual([
    { kind: 'markdown', text: 'Look:' },
    { kind: 'code', text: 'print(1)\n```', language: 'python', closed: false },
  ] satisfies Block[]);
  expect(blocksOf('````\n```\ninside\n```\n````')).toEqual([{ kind: 'code', text: '```\ninside\n```', language: '', closed: true }]);
});

test('a list with empty lines and code in it stays one piece', () => {
  expect(texts('1. first\n\n   more\n\n   ```sh\n   ls\n   ```\n\n2. second\n\nBehind.')).toEqual([
    '1. first\n\n   more\n\n   ```sh\n   ls\n   ```\n\n2. second',
    'Behind.',
  ]);
});

test('a table and a formula of several lines stay whole', () => {
  expect(texts('| a | b |\n|---|---|\n| 1 | 2 |\n\n$$\na\n\n+ b\n$$\n\nEnd')).toEqual([
    '| a | b |\n|---|---|\n| 1 | 2 |',
    '$$\na\n\n+ b\n$$',
    'End',
  ]);
  expect(texts('\\[\na\n\nb\n\\]\n\nEnd')).toEqual(['\\[\na\n\nb\n\\]', 'End']);
});

test('links that are told elsewhere are told in each piece that may use them; footnotes keep the text whole', () => {
  expect(texts('See [it][1].\n\nPlain.\n\n[1]: https://example.org')).toEqual([
    'See [it][1].\n\n[1]: https://example.org',
    'Plain.',
    '[1]: https://example.org',
  ]);
  expect(blocksOf('A[^1].\n\nB.\n\n[^1]: note')).toHaveLength(1);
});

test('no word is lost, and a longer text keeps the pieces before its last two', () => {
  const line = fc.constantFrom(
    'word',
    '',
    '```ts',
    '```',
    '- item',
    '  more',
    '1. one',
    '| a |',
    '$$',
    '# head',
    '> said',
    '\\[',
    '\\]',
    'x $5 y',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const text = lines.join('\n');
      const said = blocksOf(text)
        .map((one) => one.text)
        .join('\n');
      for (const word of ['word', 'item', 'more', 'one', 'head', 'said']) expect(said.split(word)).toHaveLength(text.split(word).length);
    }),
  );
});

test('formulas are told apart from prices, and code is left alone', () => {
  expect(withFormulas('It is \\(a+b\\).')).toBe('It is $a+b$.');
  expect(withFormulas('\\[x^2\\]')).toBe('\n$$\nx^2\n$$\n');
  expect(withFormulas('It costs $5 and $10 more.')).toBe('It costs \\$5 and \\$10 more.');
  expect(withFormulas('$E = mc^2$ costs $3')).toBe('$E = mc^2$ costs \\$3');
  expect(withFormulas('`$HOME` and \\$2')).toBe('`$HOME` and \\$2');
  expect(withFormulas('So:\n  $$a + b$$\nand')).toBe('So:\n  $$\n  a + b\n  $$\nand');
  expect(withFormulas('| $$a$$ | $b$ |')).toBe('| $$a$$ | $b$ |');
  expect(withFormulas('plain')).toBe('plain');
  expect(mayHoldFormulas('plain')).toBe(false);
  expect(mayHoldFormulas('a $b$')).toBe(true);
});

test('a list of many pages comes in pieces that are read once; its items stay whole', () => {
  const items = Array.from({ length: 200 }, (_, i) => `${i + 1}. item\n   more of it`);
  const pieces = texts(items.join('\n'));
  expect(pieces.length).toBeGreaterThan(3);
  expect(pieces.join('\n')).toBe(items.join('\n'));
  for (const piece of pieces) expect(piece).toMatch(/^\d+\. item\n {3}more of it/);
});

test('what would hold the parser up, or break it, is told from what people write', () => {
  for (const text of [
    '> '.repeat(500),
    '- '.repeat(80) + 'x',
    '1. > '.repeat(60),
    `${' '.repeat(200)}- x`,
    'a**b'.repeat(5000),
    `| a | b |\n${'\\('.repeat(9000)}`,
  ])
    expect(readable(text)).toBe(false);
  for (const text of [
    '-'.repeat(300),
    '*'.repeat(300),
    '> a\n> > b',
    `| a | b |\n| --- | --- |\n${'| 1 | 2 |\n'.repeat(3000)}`,
    '- an item of a list\n'.repeat(3000),
    'A paragraph of a book. '.repeat(300),
    'A paragraph.\n\n'.repeat(3000),
  ])
    expect(readable(text)).toBe(true);
});

test('a long piece is read anew only when half as much has come to it', () => {
  expect(readUpTo('x'.repeat(5000), 0)).toBe(5000);
  expect(readUpTo('x'.repeat(8000), 7000)).toBe(7000);
  expect(readUpTo('x'.repeat(12_000), 7000)).toBe(12_000);
  // Another text in its place.
  expect(readUpTo('x'.repeat(7000), 9000)).toBe(7000);
});
