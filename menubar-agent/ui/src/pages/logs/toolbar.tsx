/** The row under the head: search, levels, wrap. */
import type { ReactNode } from 'react';
import ArrowDown from 'lucide-react/icons/arrow-down';
import ArrowUp from 'lucide-react/icons/arrow-up';
import ListFilter from 'lucide-react/icons/list-filter';
import Regex from 'lucide-react/icons/regex';
import TextWrap from 'lucide-react/icons/text-wrap';
import { cn, IconButton, SearchInput } from '../../kit/index.js';
import { count, plural } from '../../lib/format.js';
import { isKey, keyLabel } from '../../lib/keys.js';
import type { Query } from './find.js';
import { LEVELS, type Counts, type LineLevel } from './lines.js';

const LEVEL_NAMES: Record<LineLevel, string> = { error: 'Errors', warning: 'Warnings', info: 'Info', debug: 'Debug' };
const LEVEL_DOTS: Record<LineLevel, string> = { error: 'bg-bad', warning: 'bg-warn', info: 'bg-accent', debug: 'bg-line-strong' };

export interface Shown extends Query {
  readonly onlyHits: boolean;
  readonly levels: ReadonlySet<LineLevel>;
  readonly wrap: boolean;
}

export interface ToolbarProps {
  shown: Shown;
  onChange: (change: Partial<Shown>) => void;
  counts: Counts;
  /** Lines with a match among those shown. */
  hits: number;
  /** Which of them one is at, from 1; null at none. */
  at: number | null;
  problem: string | null;
  searching: boolean;
  onStep: (step: 1 | -1) => void;
}

export function Toolbar({ shown, onChange, counts, hits, at, problem, searching, onStep }: ToolbarProps) {
  const { text, isPattern, onlyHits, levels, wrap } = shown;
  const toggle = (level: LineLevel): void => {
    const next = new Set(levels);
    if (!next.delete(level)) next.add(level);
    onChange({ levels: next });
  };
  return (
    <div className="relative w-full">
      <div className="flex w-full flex-wrap items-center gap-x-3 gap-y-2">
        <div className="flex min-w-72 flex-1 items-center gap-1">
          <SearchInput
            label="Search logs"
            value={text}
            onValueChange={(next) => onChange({ text: next })}
            aria-invalid={problem !== null}
            aria-describedby="log-search-state"
            aria-keyshortcuts="Enter Shift+Enter"
            onKeyDown={(event) => {
              const back = isKey(event.nativeEvent, 'shift+enter');
              if (!back && !isKey(event.nativeEvent, 'enter')) return;
              event.preventDefault();
              onStep(back ? -1 : 1);
            }}
          />
          <Toggle
            label="Regular expression"
            on={isPattern}
            onToggle={() => onChange({ isPattern: !isPattern })}
            icon={<Regex aria-hidden />}
          />
          <Toggle label="Only matches" on={onlyHits} onToggle={() => onChange({ onlyHits: !onlyHits })} icon={<ListFilter aria-hidden />} />
          <IconButton
            label="Previous match"
            keys={keyLabel('shift+enter')}
            icon={<ArrowUp aria-hidden />}
            disabled={hits === 0}
            onClick={() => onStep(-1)}
          />
          <IconButton
            label="Next match"
            keys={keyLabel('enter')}
            icon={<ArrowDown aria-hidden />}
            disabled={hits === 0}
            onClick={() => onStep(1)}
          />
          <span id="log-search-state" role="status" className="min-w-20 text-sm whitespace-nowrap text-muted">
            {text === '' || problem !== null
              ? ''
              : searching
                ? 'Searching…'
                : at === null
                  ? plural(hits, 'line')
                  : `${at} of ${plural(hits, 'line')}`}
          </span>
        </div>
        <div role="group" aria-label="Levels" className="flex items-center gap-1">
          {LEVELS.map((level) => (
            <button
              key={level}
              type="button"
              aria-pressed={levels.has(level)}
              onClick={() => toggle(level)}
              className={cn(
                'flex h-7 items-center gap-1.5 rounded-md border px-2 text-sm hover:bg-hover',
                levels.has(level) ? 'border-line bg-raised' : 'border-transparent text-muted line-through',
              )}
            >
              <span aria-hidden className={cn('size-2 rounded-full', levels.has(level) ? LEVEL_DOTS[level] : 'bg-line')} />
              {LEVEL_NAMES[level]} {count(counts[level])}
            </button>
          ))}
          <Toggle label="Wrap long lines" on={wrap} onToggle={() => onChange({ wrap: !wrap })} icon={<TextWrap aria-hidden />} />
        </div>
      </div>
      {problem !== null && (
        <p
          role="alert"
          className="absolute top-full left-0 z-10 mt-1 max-w-full rounded-md border border-line bg-raised px-2 py-1 text-sm wrap-anywhere text-bad shadow-pop"
        >
          {problem}
        </p>
      )}
    </div>
  );
}

function Toggle({ label, on, onToggle, icon }: { label: string; on: boolean; onToggle: () => void; icon: ReactNode }) {
  return <IconButton label={label} aria-pressed={on} icon={icon} onClick={onToggle} className={cn(on && '!bg-accent-soft !text-accent')} />;
}
