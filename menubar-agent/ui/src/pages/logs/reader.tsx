/** Lines of the chosen logs: shown, searched, held, copied, exported. */
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import ArrowDown from 'lucide-react/icons/arrow-down';
import Copy from 'lucide-react/icons/copy';
import Download from 'lucide-react/icons/download';
import Eraser from 'lucide-react/icons/eraser';
import Pause from 'lucide-react/icons/pause';
import Play from 'lucide-react/icons/play';
import ScrollText from 'lucide-react/icons/scroll-text';
import { AGENT_LOG, type LogSource } from '@mlx-manager/shared';
import { Button, copyText, EmptyState, ErrorState, IconButton, Menu, PageHeader, Skeleton, toast } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import { atServer } from '../../lib/here.js';
import { useShortcut } from '../../lib/keys.js';
import { saveText } from '../../lib/save-file.js';
import { Foot } from './foot.js';
import { nextHit } from './find.js';
import { hitIndexes, indexOfLine, LEVELS, visibleOf, type Line } from './lines.js';
import { LastLines, LogList, type LogListHandle } from './log-list.js';
import { EXPORT_FORMATS, exportName, exportText, lineText, type ExportFormat } from './text.js';
import { Toolbar, type Shown } from './toolbar.js';
import { useFeed } from './use-feed.js';
import { useFind } from './use-find.js';

const NOTHING: ReadonlySet<number> = new Set();
const FIRST: Shown = { text: '', isPattern: false, onlyHits: false, levels: new Set(LEVELS), wrap: true };
/** Choices that go on from one log to another. */
let kept: Shown = FIRST;

/** Lines that stay as they are while one reads. */
interface Held {
  readonly lines: readonly Line[];
  readonly lastId: number;
  readonly paused: boolean;
}

export interface ReaderProps {
  sources: readonly LogSource[];
  /** They are all logs there are. */
  all: boolean;
  name: string;
  picker: ReactNode;
}

export function Reader({ sources, all, name, picker }: ReaderProps) {
  const feed = useFeed(
    useMemo(() => sources.map(({ source }) => source), [sources]),
    all,
  );
  const [shown, setShown] = useState(kept);
  useEffect(() => {
    kept = shown;
  }, [shown]);
  const [held, setHeld] = useState<Held | null>(null);
  const [current, setCurrent] = useState<number | null>(null);
  const [chosen, choose] = useState(NOTHING);
  const list = useRef<LogListHandle>(null);
  const live = feed.ring.lines;
  const { begun } = feed;
  useEffect(() => {
    // Their history came while they were held: it belongs before them.
    if (begun) setHeld((old) => old && { ...old, lines: feed.ring.lines.filter(({ id }) => id <= old.lastId) });
  }, [begun, feed]);
  const lines = held?.lines ?? live;
  const found = useFind(shown, lines, live, feed.generation);
  const { hits, version } = found;
  const { text, levels, onlyHits } = shown;
  const wanted = onlyHits && text !== '' ? hits : null;
  const visible = useMemo(() => visibleOf(lines, levels, wanted), [lines, levels, wanted, version]);
  const indexes = useMemo(() => hitIndexes(visible, hits), [visible, hits, version]);
  const lastId = held?.lastId ?? null;
  const fresh = useMemo(
    () => (lastId === null ? 0 : visibleOf(live, levels, wanted).reduce((sum, { id }) => sum + (id > lastId ? 1 : 0), 0)),
    [live, lastId, levels, wanted, version],
  );

  const hold = useCallback(
    (paused: boolean) => setHeld((old) => (old ? { ...old, paused } : { lines: feed.ring.lines, lastId: feed.ring.lastId, paused })),
    [feed],
  );
  const onFollow = useCallback((follow: boolean) => (follow ? setHeld((old) => (old?.paused === true ? old : null)) : hold(false)), [hold]);
  const jump = (): void => {
    setHeld(null);
    list.current?.focus();
  };
  const clear = (): void => {
    feed.clear();
    setHeld(null);
    choose(NOTHING);
  };

  const names = useMemo(() => new Map(sources.map((one) => [one.source, one.source === AGENT_LOG ? 'agent' : one.name])), [sources]);
  const nameOf = useCallback((source: string) => names.get(source) ?? source, [names]);
  const currentIndex = current === null ? -1 : indexOfLine(visible, current);
  const at = currentIndex === -1 ? -1 : indexes.indexOf(currentIndex);
  const step = (by: 1 | -1): void => {
    // From the match one is at, else from what is seen: the newest while it follows.
    const from =
      currentIndex !== -1 ? currentIndex : held === null ? visible.length : (list.current?.firstSeen() ?? 0) - (by === 1 ? 1 : 0);
    const next = nextHit(indexes, held === null && currentIndex === -1 && by === 1 ? (indexes.at(-2) ?? -1) : from, by);
    const line = next === null ? undefined : visible[next];
    if (next === null || line === undefined) return;
    setCurrent(line.id);
    hold(held?.paused ?? false);
    list.current?.show(next);
  };
  const change = (next: Partial<Shown>): void => {
    setShown((old) => ({ ...old, ...next }));
    if (next.text !== undefined || next.isPattern !== undefined) setCurrent(null);
  };
  useShortcut('mod+f', () => document.querySelector<HTMLInputElement>('[data-page-search]')?.select());

  const picked = useMemo(() => (chosen.size === 0 ? [] : lines.filter(({ id }) => chosen.has(id))), [lines, chosen]);
  const copy = (): void => {
    void copyText(picked.map((line) => lineText(line, nameOf)).join('\n')).then(
      (done) => done && toast.done(`${plural(picked.length, 'line')} copied`),
    );
  };
  const save = (what: readonly Line[], format: ExportFormat): void =>
    saveText(exportText(what, format, nameOf), exportName(name, new Date(), format), EXPORT_FORMATS[format]);
  const exports = [['Shown Lines', visible] as const, ['All Lines', live] as const].flatMap(([label, what]) =>
    (['log', 'jsonl'] as const).map((format) => ({
      label: `${label} (.${format})`,
      // All of them are not here yet.
      disabled: what.length === 0 || (what === live && !begun),
      run: () => save(what, format),
    })),
  );
  const paused = held?.paused === true;
  return (
    <>
      <PageHeader
        title="Logs"
        below={
          <Toolbar
            shown={shown}
            onChange={change}
            counts={feed.ring.counts}
            hits={indexes.length}
            at={at === -1 ? null : at + 1}
            problem={found.problem}
            searching={found.searching}
            onStep={step}
          />
        }
      >
        {picker}
        {picked.length > 0 && (
          <Button icon={<Copy aria-hidden />} onClick={copy}>
            Copy {plural(picked.length, 'Line')}
          </Button>
        )}
        <IconButton
          label={paused ? 'Resume' : 'Pause'}
          variant="plain"
          icon={paused ? <Play aria-hidden /> : <Pause aria-hidden />}
          onClick={() => (paused ? setHeld(null) : hold(true))}
        />
        <IconButton label="Clear the view" variant="plain" icon={<Eraser aria-hidden />} onClick={clear} />
        <Menu trigger={<Button icon={<Download aria-hidden />}>Export</Button>} entries={exports} />
      </PageHeader>
      <div className="relative flex min-h-0 flex-1 flex-col">
        {!feed.shown && feed.error ? (
          <ErrorState error={feed.error} retry={() => feed.retry()} />
        ) : !feed.shown || (!begun && visible.length === 0) ? (
          <Skeleton className="p-5" rows={12} height={18} />
        ) : visible.length === 0 ? (
          <Nothing
            any={lines.length > 0}
            onShowAll={() => change({ levels: FIRST.levels, onlyHits: false })}
            onReload={() => feed.restart()}
          />
        ) : atServer ? (
          <LastLines lines={visible} nameOf={all ? nameOf : null} />
        ) : (
          <LogList
            ref={list}
            lines={visible}
            nameOf={all ? nameOf : null}
            rangesOf={found.rangesOf}
            current={current}
            wrap={shown.wrap}
            follow={held === null}
            onFollow={onFollow}
            chosen={chosen}
            onChoose={choose}
            onCopy={copy}
          />
        )}
        {held !== null && (
          <Button icon={<ArrowDown aria-hidden />} className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-pop" onClick={jump}>
            Jump to Latest{fresh > 0 && ` · ${fresh} new`}
          </Button>
        )}
      </div>
      <Foot
        feed={feed}
        shown={visible.length}
        sources={sources}
        all={all}
        state={held === null ? 'Following' : paused ? 'Paused' : 'Not following'}
      />
    </>
  );
}

function Nothing({ any, onShowAll, onReload }: { any: boolean; onShowAll: () => void; onReload: () => void }) {
  if (any) {
    return (
      <EmptyState icon={<ScrollText />} title="No line fits" action={<Button onClick={onShowAll}>Show All Lines</Button>}>
        The levels or the search leave every line out.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<ScrollText />} title="No lines here" action={<Button onClick={onReload}>Show Earlier Lines</Button>}>
      New lines appear here as they are written.
    </EmptyState>
  );
}
