/** The lines, of which only what is seen is drawn. It sticks to its end while it follows; its text can be selected. */
import {
  memo,
  useCallback,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type Ref,
} from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { cn } from '../../kit/index.js';
import { isMac } from '../../lib/keys.js';
import { cut, type Ranges } from './find.js';
import { indexOfLine, type Line, type LineLevel } from './lines.js';

/** Height of a row of text, px. */
const ROW = 18;
/** Width of a character, px, and of what stands before the text: what is drawn is measured, the rest is guessed by them. */
const CHARACTER = 7.225;
const BEFORE = 174;
const BEFORE_SOURCE = 112;

const LEVEL_WORDS: Record<LineLevel, { word: string; tone: string; row: string }> = {
  error: { word: 'ERROR', tone: 'text-bad', row: 'bg-bad-soft' },
  warning: { word: 'WARN', tone: 'text-warn', row: 'bg-warn-soft' },
  info: { word: 'INFO', tone: 'text-muted', row: '' },
  debug: { word: 'DEBUG', tone: 'text-muted', row: '' },
};

/** Lines that leave before measured heights are forgotten. */
const FORGET_EVERY = 5000;

export interface LogListHandle {
  /** Shows a line in the middle. */
  show: (index: number) => void;
  /** Index of the first line that is seen. */
  firstSeen: () => number;
  focus: () => void;
}

export interface LogListProps {
  lines: readonly Line[];
  /** Names of sources, shown on each line when there are several. */
  nameOf: ((source: string) => string) | null;
  rangesOf: (line: Line) => Ranges;
  /** The match one is at. */
  current: number | null;
  wrap: boolean;
  follow: boolean;
  /** Scrolled away from the end, or back to it. */
  onFollow: (follow: boolean) => void;
  /** Chosen lines changed: ids, in the order of the list. */
  chosen: ReadonlySet<number>;
  onChoose: (ids: ReadonlySet<number>) => void;
  onCopy: () => void;
  ref?: Ref<LogListHandle>;
}

export function LogList(props: LogListProps) {
  const { lines, nameOf, rangesOf, current, wrap, follow, onFollow, chosen, onChoose, onCopy, ref } = props;
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const [active, setActive] = useState<number | null>(null);
  const anchor = useRef<number | null>(null);
  const before = nameOf === null ? BEFORE : BEFORE + BEFORE_SOURCE;

  const estimateSize = useCallback(
    (index: number) => {
      const { text, rows } = lines[index] as Line;
      if (!wrap) return rows * ROW;
      const columns = Math.max(10, Math.floor(((box.current?.clientWidth ?? 800) - before) / CHARACTER));
      return Math.max(rows, Math.ceil(text.length / columns)) * ROW;
    },
    [lines, wrap, before],
  );
  const getItemKey = useCallback((index: number) => (lines[index] as Line).id, [lines]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize,
    getItemKey,
    overscan: 6,
  });
  const drawn = rows.getVirtualItems();
  const height = rows.getTotalSize();
  // The part that is seen changes with the window.
  const seen = rows.scrollRect?.height;

  // Measured heights are kept by line: now and then those of lines that are gone are forgotten.
  const firstId = lines[0]?.id ?? 0;
  const age = Math.floor(firstId / FORGET_EVERY);
  useLayoutEffect(() => {
    rows.measure();
    if (wrap) for (const row of box.current?.querySelectorAll('[data-index]') ?? []) rows.measureElement(row);
  }, [rows, wrap, age, before]);
  // What comes before the lines, their history, moves nothing that is seen.
  const drawnBefore = useRef({ firstId, height });
  useLayoutEffect(() => {
    const { firstId: oldId, height: oldHeight } = drawnBefore.current;
    if (!follow && box.current !== null && firstId < oldId) box.current.scrollTop += height - oldHeight;
    drawnBefore.current = { firstId, height };
  }, [follow, firstId, height]);
  useLayoutEffect(() => {
    if (!follow || box.current === null) return;
    box.current.scrollTop = height;
    lastTop.current = box.current.scrollTop;
  }, [follow, height, lines, seen]);

  useImperativeHandle(ref, () => ({
    show: (index) => {
      rows.scrollToIndex(index, { align: 'center' });
      requestAnimationFrame(() =>
        box.current?.querySelector('[data-current] mark')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
      );
    },
    firstSeen: () => drawn.find(({ end }) => end > (box.current?.scrollTop ?? 0))?.index ?? 0,
    focus: () => box.current?.focus(),
  }));

  const choose = useCallback(
    (index: number, extend: boolean): void => {
      const line = lines[index];
      if (line === undefined) return;
      setActive(line.id);
      const from = extend && anchor.current !== null ? indexOfLine(lines, anchor.current) : -1;
      if (from === -1) anchor.current = line.id;
      const [start, end] = from === -1 ? [index, index] : [Math.min(from, index), Math.max(from, index)];
      onChoose(new Set(lines.slice(start, end + 1).map(({ id }) => id)));
    },
    [lines, onChoose],
  );
  const onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null;
    // What was selected by dragging stays selected.
    if (row === null || window.getSelection()?.isCollapsed === false) return;
    choose(Number(row.dataset.index), event.shiftKey);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const mod = isMac ? event.metaKey : event.ctrlKey;
    const key = event.key.toLowerCase();
    if (mod && key === 'c' && window.getSelection()?.isCollapsed !== false && chosen.size > 0) onCopy();
    else if (mod && key === 'a') onChoose(new Set(lines.map(({ id }) => id)));
    else if (event.key === 'Escape' && chosen.size > 0) onChoose(new Set());
    else if (mod || event.altKey) return;
    else {
      const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / ROW) - 1);
      const at = active === null ? -1 : indexOfLine(lines, active);
      const here = at === -1 ? (follow ? lines.length : (drawn.find(({ end }) => end > (box.current?.scrollTop ?? 0))?.index ?? 0)) : at;
      const moves: Record<string, number> = {
        ArrowDown: here + (at === -1 && !follow ? 0 : 1),
        ArrowUp: here - 1,
        PageDown: here + page,
        PageUp: here - page,
        Home: 0,
        End: lines.length - 1,
      };
      const to = moves[event.key];
      if (to === undefined || lines.length === 0) return;
      const next = Math.min(lines.length - 1, Math.max(0, to));
      choose(next, event.shiftKey);
      if (event.key === 'End') onFollow(true);
      else if (next < lines.length - 1) onFollow(false);
      rows.scrollToIndex(next, { align: 'auto' });
    }
    event.preventDefault();
  };
  const activeIndex = active === null ? -1 : indexOfLine(lines, active);
  return (
    <div
      ref={box}
      tabIndex={0}
      role="listbox"
      aria-label="Log lines"
      aria-multiselectable
      {...(drawn.some(({ index }) => index === activeIndex) && { 'aria-activedescendant': `line-${active}` })}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget: at }) => {
        const atEnd = at.scrollHeight - at.scrollTop - at.clientHeight < ROW;
        if (atEnd) onFollow(true);
        else if (at.scrollTop < lastTop.current - 1) onFollow(false);
        lastTop.current = at.scrollTop;
      }}
      className="min-h-0 flex-1 overflow-auto overscroll-contain bg-surface font-mono text-sm outline-offset-[-2px] [contain:strict]"
    >
      <div
        role="presentation"
        className="relative w-full"
        style={{ height }}
        onMouseDown={(event) => {
          // What is being chosen must not move away. With Shift lines are chosen, not their text.
          onFollow(false);
          if (event.shiftKey) event.preventDefault();
        }}
        onClick={onClick}
      >
        {drawn.map(({ index, start, key }) => {
          const line = lines[index] as Line;
          return (
            <div
              key={key}
              ref={wrap ? rows.measureElement : undefined}
              data-index={index}
              id={`line-${line.id}`}
              role="option"
              aria-selected={chosen.has(line.id)}
              aria-setsize={lines.length}
              aria-posinset={index + 1}
              {...(line.id === current && { 'data-current': true })}
              className={cn('absolute top-0 left-0', wrap ? 'w-full' : 'w-max min-w-full')}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Row
                line={line}
                name={nameOf?.(line.source) ?? null}
                rangesOf={rangesOf}
                wrap={wrap}
                chosen={chosen.has(line.id)}
                active={index === activeIndex}
                current={line.id === current}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The end of the lines, where nothing can scroll to it: in the picture of the page. */
export const LastLines = ({ lines, nameOf }: Pick<LogListProps, 'lines' | 'nameOf'>) => (
  <div className="flex min-h-0 flex-1 flex-col-reverse overflow-y-scroll bg-surface font-mono text-sm [contain:strict]">
    <div className="mb-auto">
      {lines.slice(-MOST_SEEN).map((line) => (
        <Row
          key={line.id}
          line={line}
          name={nameOf?.(line.source) ?? null}
          rangesOf={noRanges}
          wrap
          chosen={false}
          active={false}
          current={false}
        />
      ))}
    </div>
  </div>
);
/** Lines that a window has room for. */
const MOST_SEEN = 60;
const noRanges = (): Ranges => [];

interface RowProps {
  line: Line;
  name: string | null;
  rangesOf: (line: Line) => Ranges;
  wrap: boolean;
  chosen: boolean;
  active: boolean;
  current: boolean;
}

const Row = memo(function Row({ line, name, rangesOf, wrap, chosen, active, current }: RowProps) {
  const { word, tone, row } = LEVEL_WORDS[line.level];
  const ranges = rangesOf(line);
  return (
    <div
      className={cn(
        // Marks above and below letters stay in their line.
        'flex cursor-text gap-3 overflow-clip px-3 leading-[18px] select-text',
        chosen ? 'bg-accent-soft' : row,
        (active || current) && 'shadow-[inset_3px_0_var(--accent)]',
      )}
    >
      <time dateTime={line.time} title={line.time} className="w-[88px] shrink-0 text-muted">
        {clockMs(line.time)}
      </time>
      <span className={cn('w-[38px] shrink-0', tone)}>{word}</span>
      {name !== null && (
        <span className="w-[100px] shrink-0 truncate text-muted" title={name}>
          {name}
        </span>
      )}
      <span className={cn(wrap ? 'min-w-0 flex-1 wrap-anywhere whitespace-pre-wrap' : 'whitespace-pre')}>
        {ranges.length === 0
          ? line.text
          : cut(line.text, ranges).map(([text, isMatch], i) =>
              isMatch ? (
                <mark key={i} className={cn('rounded-[2px]', current ? 'bg-accent-fill text-on-accent' : 'bg-mark text-text')}>
                  {text}
                </mark>
              ) : (
                text
              ),
            )}
      </span>
    </div>
  );
});

const TIMES = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
});
const DAYS = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false });
/** `14:03:07.123` of today, `20 Nov 14:03` of another day, in this browser's time zone: of one width. */
function clockMs(instant: string): string {
  const at = new Date(instant);
  return at.toDateString() === new Date().toDateString() ? TIMES.format(at) : DAYS.format(at).replace(',', '');
}
