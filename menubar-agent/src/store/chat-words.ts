/**
 * Words as the search index knows them. Case, accents and forms of letters do not count (`Straße` = `strasse`, `Café` = `cafe`). In scripts that put no
 * spaces between words each letter is a word of its own and what is looked for is a phrase, so that 配置 is found inside a sentence; so are emoji.
 * FTS5's own tokenizers do not: unicode61 takes such a sentence for one word, trigram finds nothing shorter than three letters and makes the index
 * several times larger. [SQLite: FTS5, sections 4.3.1 and 4.3.4]
 */

/** Letters that Unicode does not take apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');
/** Accents of Latin, Greek and Cyrillic, vowel points of Hebrew and Arabic, variation selectors. Not the marks that make another letter, as in Japanese. */
// eslint-disable-next-line no-misleading-character-class -- these are the marks themselves
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f]/gu;
const SINGLE = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{Extended_Pictographic}`;
const LETTER = String.raw`[\p{L}\p{N}\p{M}\p{Co}\p{Extended_Pictographic}]`;
/** Letters of words that are written together. */
const JOINED = String.raw`[[\p{L}\p{N}\p{M}\p{Co}]--[${SINGLE}]]`;
const SINGLES = new RegExp(String.raw`[${SINGLE}]\p{M}*`, 'gv');
const TOKEN = new RegExp(`${LETTER}+`, 'gv');
const OTHER = new RegExp(String.raw`[^\p{L}\p{N}\p{M}\p{Co}\p{Extended_Pictographic}]+`, 'gv');
// eslint-disable-next-line no-control-regex -- ASCII begins with them
const ASCII = /^[\u0000-\u007f]*$/;

/** What is looked for: words side by side. The last one of a prefix may be unfinished. */
export interface Phrase {
  readonly tokens: readonly string[];
  readonly prefix: boolean;
}

const foldUnicode = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter);

/** Text for the index: words with spaces between them, as its tokenizer `ascii` splits them. */
export function toIndexText(text: string): string {
  if (ASCII.test(text)) return text;
  return foldUnicode(text).replace(OTHER, ' ').replace(SINGLES, ' $& ');
}

function tokensOf(text: string): string[] {
  return (ASCII.test(text) ? text.toLowerCase() : toIndexText(text)).match(TOKEN) ?? [];
}

/** What somebody typed: words, phrases in quotes; the last word may be unfinished. Signs that are no words are left out. */
export function readSearch(typed: string): Phrase[] {
  const phrases: Phrase[] = [];
  for (const [, quoted, word] of typed.matchAll(/"([^"]+)"|([^\s"]+)/g)) {
    const tokens = tokensOf(quoted ?? word ?? '');
    if (tokens.length > 0) phrases.push({ tokens, prefix: false });
  }
  const last = phrases.at(-1);
  // One letter begins too many words to say anything.
  if (last && !/"\s*$/.test(typed) && (last.tokens.at(-1)?.length ?? 0) > 1) phrases[phrases.length - 1] = { ...last, prefix: true };
  return phrases;
}

/** A phrase in FTS5's language. Tokens hold letters only, so nothing typed can be taken for an operator. */
export const toMatch = ({ tokens, prefix }: Phrase): string => `"${tokens.join(' ')}"${prefix ? ' *' : ''}`;

/** Where phrases stand in a text: character places, start and end, in order and apart. @param limit places at most. */
export function findPhrases(text: string, phrases: readonly Phrase[], limit: number): [number, number][] {
  if (phrases.length === 0) return [];
  const { folded, starts, ends } = foldWithPlaces(text);
  const found: [number, number][] = [];
  for (const match of folded.matchAll(patternOf(phrases))) {
    const from = match.index;
    const to = from + match[0].length;
    found.push(starts ? [starts[from] ?? 0, ends[to - 1] ?? text.length] : [from, to]);
    if (found.length >= limit) break;
  }
  return found;
}

function patternOf(phrases: readonly Phrase[]): RegExp {
  // Longer ones first, so that `configure` is not marked as `config`.
  const sources = [...phrases]
    .sort((a, b) => b.tokens.join('').length - a.tokens.join('').length)
    .map(({ tokens, prefix }) => {
      const between = String.raw`[^\p{L}\p{N}\p{M}\p{Co}\p{Extended_Pictographic}]*`;
      const words = tokens.map((token, i) => {
        const before = startsJoined(token) ? `(?<!${JOINED})` : '';
        const after = (prefix && i === tokens.length - 1) || !endsJoined(token) ? '' : `(?!${JOINED})`;
        return `${before}${token}${after}`;
      });
      return words.join(between);
    });
  return new RegExp(sources.join('|'), 'gv');
}

const STARTS_JOINED = new RegExp(`^${JOINED}`, 'v');
const ENDS_JOINED = new RegExp(String.raw`^${JOINED}+$`, 'v');
const startsJoined = (token: string): boolean => STARTS_JOINED.test(token);
const endsJoined = (token: string): boolean => ENDS_JOINED.test(token);

const folds = new Map<string, string>();

/** A text folded letter by letter, with the places each letter came from; none when they are the same. */
function foldWithPlaces(text: string): { folded: string; starts: number[] | null; ends: number[] } {
  if (ASCII.test(text)) return { folded: text.toLowerCase(), starts: null, ends: [] };
  const starts: number[] = [];
  const ends: number[] = [];
  let folded = '';
  let place = 0;
  for (const letter of text) {
    let fold = folds.get(letter);
    if (fold === undefined) {
      fold = foldUnicode(letter);
      // As many letters as any text has; a text of random ones must not fill the memory.
      if (folds.size < 20_000) folds.set(letter, fold);
    }
    folded += fold;
    for (let i = 0; i < fold.length; i++) {
      starts.push(place);
      ends.push(place + letter.length);
    }
    place += letter.length;
  }
  return { folded, starts, ends };
}
