/** Pieces of an answer, and formulas in it. */
import fc from 'fast-check';
import { blocksOf, mayHoldFormulas, withFormulas, type Block } from './blocks.js';

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
