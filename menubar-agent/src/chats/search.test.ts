/** What is shown of the place where words were found. */
import { readSearch } from '../store/index.js';
import { matchIn } from './search.js';
import { cpuMs } from '../../../tests/support/cpu.js';

const shown = (text: string, typed: string): string[] => {
  const match = matchIn(text, readSearch(typed), 'm');
  return match.ranges.map(([from, to]) => match.text.slice(from, to));
};

test('what stands anywhere in a long text is found, at every border of its pieces too, and no part of a word is', () => {
  for (let at = 7_985; at < 8_015; at++) {
    const text = `${'ab '.repeat(at).slice(0, at - 1)} naïve Wörter ${'ab '.repeat(9_000)}`;
    expect(shown(text, '"naive worter"')).toEqual(['naïve Wörter']);
    // `orter` alone stands at the end.
    expect(shown(`${text} orter`, '"orter"')).toEqual(['orter']);
  }
  expect(shown(`${'слово '.repeat(5_000)}配置 end`, '配置')).toEqual(['配置']);
  expect(shown('nothing of it', 'else')).toEqual([]);
});

test('a word that stands in the beginning costs no reading of half a million letters', () => {
  const text = 'слово '.repeat(80_000);
  const phrases = readSearch('слово');
  matchIn(text, phrases, 'm');
  const cost = cpuMs(() => {
    for (let i = 0; i < 20; i++) expect(matchIn(text, phrases, 'm').ranges.length).toBeGreaterThan(20);
  });
  expect(cost).toBeLessThan(1_000);
});
