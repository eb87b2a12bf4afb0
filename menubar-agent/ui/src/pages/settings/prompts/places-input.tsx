/** A text area in which the places of a template are marked: the same text lies behind it, transparent but for the marks. */
import { useRef, type Ref } from 'react';
import { templateParts } from '@mlx-manager/shared';
import { cn, TextArea } from '../../../kit/index.js';

export interface PlacesInputProps {
  value: string;
  onValueChange: (value: string) => void;
  readOnly?: boolean;
  rows?: number;
  ref?: Ref<HTMLTextAreaElement>;
}

/** Both layers must break their lines at the same places: same font, same edges, always room for a scroll bar. */
const LAYER = 'font-mono text-sm leading-5 wrap-anywhere whitespace-pre-wrap [scrollbar-gutter:stable]';

export function PlacesInput({ value, onValueChange, readOnly = false, rows = 10, ref }: PlacesInputProps) {
  const behind = useRef<HTMLDivElement>(null);
  return (
    <div className="relative flex min-w-0 rounded-md bg-surface">
      <div
        ref={behind}
        aria-hidden
        className={cn(
          LAYER,
          'pointer-events-none absolute inset-0 overflow-y-scroll border border-transparent px-2 py-1.5 text-transparent select-none',
        )}
      >
        {templateParts(value).map(({ text, place }, i) =>
          place === null ? (
            text
          ) : (
            <mark key={i} className="rounded-sm bg-accent-soft text-transparent outline outline-accent/40">
              {text}
            </mark>
          ),
        )}
        {/* A line break at the end has a line of its own in the text area. */}
        {'\u200b'}
      </div>
      <TextArea
        {...(ref && { ref })}
        rows={rows}
        readOnly={readOnly}
        value={value}
        onValueChange={onValueChange}
        spellCheck={false}
        className={cn(LAYER, 'relative overflow-y-scroll !bg-transparent !text-sm !leading-5')}
        onScroll={(event) => {
          if (behind.current) behind.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
