import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { shellLine, shellWord } from './shell-line.js';

/** What bash makes of a line: the words it hands to a program. */
const wordsOf = (line: string): string[] =>
  execFileSync('bash', ['--norc', '-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

test('bash reads back the words that were written, whatever is in them, from one line', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
      const line = words.map(shellWord).join(' ');
      expect(line).not.toMatch(/[\n\r]/);
      expect(wordsOf(line)).toEqual(words);
    }),
    { numRuns: 40 },
  );
});

test.each(["it's", 'a b', '$HOME', '~', '=ls', '!x', '', '-c', 'a\nb\t1', "\\'\n", '\u00011', 'größe'])('%j', (word) => {
  expect(wordsOf(shellWord(word))).toEqual([word]);
});

test('variables come first, and reach the program', () => {
  const line = shellLine({
    file: '/bin/sh',
    args: ['-c', 'echo "$GREETING|$EMPTY|$1"', 'x', "a 'b'"],
    env: { GREETING: 'hello you', EMPTY: '' },
  });
  expect(execFileSync('bash', ['--norc', '-c', line], { encoding: 'utf8' })).toBe("hello you||a 'b'\n");
});
