/** The list of requests. New ones come on top; while one reads further down, they wait behind a button. */
import { useEffect, useMemo, useRef, useState } from 'react';
import ArrowUp from 'lucide-react/icons/arrow-up';
import type { RequestBegun, RequestRecord } from '@mlx-manager/shared';
import { Badge, Button, cn, StateDot, VirtualList, type VirtualListHandle } from '../../kit/index.js';
import { clock, count, plural } from '../../lib/format.js';
import { useNow } from '../../lib/now.js';
import { shortModel } from '../../lib/servers.js';
import { TimingBar } from './timing.js';
import { ms, OUTCOME_WORDS, type Row } from './trace.js';

/** Columns: time, model, client, bar, length, tokens, speed, outcome. What is narrow leaves some out. */
const COLUMNS =
  'grid grid-cols-[64px_minmax(120px,2fr)_minmax(80px,1fr)_minmax(100px,2fr)_64px_88px_64px_92px] items-center gap-3 px-3 @max-3xl:grid-cols-[60px_minmax(80px,2fr)_minmax(60px,2fr)_60px_92px]';
const WIDE = '@max-3xl:hidden';

export interface RequestListProps {
  rows: readonly Row[];
  onChoose: (id: string) => void;
  onEnd: () => void;
}

export function RequestList({ rows, onChoose, onEnd }: RequestListProps) {
  const list = useRef<VirtualListHandle>(null);
  const [away, setAway] = useState(false);
  /** The newest ended request that is shown while one reads further down. */
  const [heldAt, setHeldAt] = useState<string | null>(null);
  useEffect(() => {
    const box = list.current?.element();
    if (!box) return undefined;
    const look = (): void => setAway(box.scrollTop > 20);
    box.addEventListener('scroll', look, { passive: true });
    return () => box.removeEventListener('scroll', look);
  }, []);
  const newest = rows.find(({ live }) => !live)?.request.id ?? null;
  useEffect(() => {
    if (!away) setHeldAt(null);
    else setHeldAt((held) => held ?? newest);
  }, [away, newest]);
  const from =
    heldAt === null
      ? 0
      : Math.max(
          0,
          rows.findIndex(({ request }) => request.id === heldAt),
        );
  const shown = useMemo(() => (from === 0 ? rows : rows.slice(from)), [rows, from]);
  // Bars are compared with each other: the longest of what is on hand fills the column.
  const scale = useMemo(() => scaleOf(rows), [rows]);
  return (
    <div className="@container relative flex min-h-0 flex-1 flex-col">
      <div
        aria-hidden
        className={cn(
          COLUMNS,
          'h-7 shrink-0 overflow-hidden border-b border-line text-xs font-medium text-muted [scrollbar-gutter:stable]',
        )}
      >
        <span>Time</span>
        <span>Model</span>
        <span className={WIDE}>Client</span>
        <span>Timing</span>
        <span className="text-right">Length</span>
        <span className={cn('text-right', WIDE)}>Tokens</span>
        <span className={cn('text-right', WIDE)}>Tokens/s</span>
        <span>Outcome</span>
      </div>
      <VirtualList<Row>
        ref={list}
        items={shown}
        keyOf={({ request }) => request.id}
        estimate={30}
        label="Requests"
        onActive={({ live, request }) => !live && onChoose(request.id)}
        onEnd={onEnd}
        className="[scrollbar-gutter:stable]"
        row={(row, _index, active) =>
          row.live ? <UnderWay request={row.request} active={active} /> : <Ended request={row.request} scale={scale} active={active} />
        }
      />
      {from > 0 && (
        <Button
          size="sm"
          icon={<ArrowUp aria-hidden />}
          className="absolute top-9 left-1/2 -translate-x-1/2 shadow-pop"
          onClick={() => list.current?.scrollToIndex(0, 'start')}
        >
          {plural(from, 'new request')}
        </Button>
      )}
    </div>
  );
}

const rowClass = (active: boolean): string =>
  cn(COLUMNS, 'h-[30px] border-b border-line', active ? 'bg-surface shadow-[inset_3px_0_var(--accent)]' : 'hover:bg-surface');

function Ended({ request, scale, active }: { request: RequestRecord; scale: number; active: boolean }) {
  const { label, tone } = OUTCOME_WORDS[request.outcome];
  const by = request.keyName ?? request.client ?? request.protocol;
  const name = request.profileName ?? request.provider ?? shortModel(request.model);
  return (
    <div className={rowClass(active)}>
      <time dateTime={request.startedAt} className="text-muted">
        {clock(request.startedAt)}
      </time>
      <span className="truncate" title={`${request.model}${request.provider === null ? '' : ` by ${request.provider}`}`}>
        {name}
      </span>
      <span className={cn('truncate text-muted', WIDE)} title={by}>
        {by}
      </span>
      <TimingBar request={request} scale={scale} />
      <span className="text-right">{ms(request.totalMs)}</span>
      <span className={cn('text-right text-muted', WIDE)} title="Read / written">
        {request.promptTokens === null ? '–' : count(request.promptTokens)} /{' '}
        {request.completionTokens === null ? '–' : count(request.completionTokens)}
      </span>
      <span className={cn('text-right', WIDE)}>{request.tokensPerSecond === null ? '–' : request.tokensPerSecond.toFixed(1)}</span>
      <span className="min-w-0 justify-self-start">
        <Badge tone={tone}>{request.outcome === 'ok' ? label : `${label} ${request.status}`}</Badge>
      </span>
    </div>
  );
}

function UnderWay({ request, active }: { request: RequestBegun; active: boolean }) {
  const now = useNow(500);
  const by = request.keyName ?? request.client ?? request.protocol;
  return (
    <div className={rowClass(active)}>
      <time dateTime={request.startedAt} className="text-muted">
        {clock(request.startedAt)}
      </time>
      <span className="truncate" title={request.model}>
        {shortModel(request.model)}
      </span>
      <span className={cn('truncate text-muted', WIDE)} title={by}>
        {by}
      </span>
      <span>
        <span className="breathing block h-2 rounded-sm bg-accent-soft" />
      </span>
      <span className="text-right">{ms(Math.max(0, now - Date.parse(request.startedAt)))}</span>
      <span className={WIDE} />
      <span className={WIDE} />
      <StateDot tone="accent" busy label="Under way" />
    </div>
  );
}

/** The length that fills a bar's column: that of the longest but for a few, so that one long request does not make all others dots. */
function scaleOf(rows: readonly Row[]): number {
  const lengths = rows.flatMap((row) => (row.live ? [] : [row.request.totalMs])).sort((a, b) => a - b);
  return lengths[Math.floor((lengths.length - 1) * 0.95)] ?? 1;
}
