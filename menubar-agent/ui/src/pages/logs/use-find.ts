/** What the search finds in the lines at hand, and in those that come. */
import { useEffect, useMemo, useState } from 'react';
import { patternProblem, PlainHits, plainRanges, type Query, type Ranges } from './find.js';
import { KEPT, type Line } from './lines.js';
import { PatternSearch } from './pattern-search.js';

/** Milliseconds of silence after which a pattern is looked for. */
const TYPING_MS = 120;
const NO_HITS: ReadonlySet<number> = new Set();
const NO_RANGES: Ranges = [];

export interface Found {
  /** Ids of lines with a match. It may be the same set with more in it: `version` tells. */
  readonly hits: ReadonlySet<number>;
  readonly version: number;
  readonly rangesOf: (line: Line) => Ranges;
  /** Why nothing is found: no pattern, or one that takes too long. */
  readonly problem: string | null;
  readonly searching: boolean;
}

/**
 * @param lines shown ones.
 * @param live the newest, which are others while the view is held.
 * @param generation of the lines: those of another are searched anew.
 */
export function useFind({ text, isPattern }: Query, lines: readonly Line[], live: readonly Line[], generation: number): Found {
  const plain = useMemo(() => (text === '' || isPattern ? null : new PlainHits(text)), [text, isPattern, generation]);
  const plainHits = useMemo(() => {
    if (plain === null) return NO_HITS;
    plain.update(lines);
    const hits = plain.update(live);
    if (plain.size > 3 * KEPT) plain.keep(idsOf(lines, live));
    return hits;
  }, [plain, lines, live]);

  const wrong = useMemo(() => (isPattern && text !== '' ? patternProblem(text) : null), [text, isPattern]);
  const [search, setSearch] = useState<PatternSearch | null>(null);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (!isPattern || text === '' || wrong !== null) return undefined;
    let started: PatternSearch | undefined;
    const timer = setTimeout(() => {
      started = new PatternSearch(text, () => setVersion((count) => count + 1));
      setSearch(started);
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      started?.end();
      setSearch(null);
    };
  }, [text, isPattern, wrong, generation]);
  useEffect(() => {
    if (search === null) return;
    search.update(lines);
    search.update(live);
    if (search.hits.size > 3 * KEPT) search.keep(idsOf(lines, live));
  }, [search, lines, live]);
  const found = search?.hits;
  const patternHits = useMemo(() => (found ? new Set(found.keys()) : NO_HITS), [found, version]);

  const rangesOf = useMemo(() => {
    if (plain !== null) return (line: Line) => plainRanges(line.text, text);
    return (line: Line) => found?.get(line.id) ?? NO_RANGES;
  }, [plain, text, found, version]);
  return {
    hits: plain === null ? patternHits : plainHits,
    version,
    rangesOf,
    problem: wrong === null ? (search?.problem ?? null) : `This is no regular expression: ${wrong}.`,
    searching: isPattern && text !== '' && wrong === null && (search === null || (search.problem === null && search.searching)),
  };
}

const idsOf = (...lists: readonly (readonly Line[])[]): Set<number> => new Set(lists.flatMap((list) => list.map(({ id }) => id)));
