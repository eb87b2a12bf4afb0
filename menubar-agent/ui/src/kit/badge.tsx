/** Small marks: a word in a frame, a dot that tells a state, a key. */
import type { ReactNode } from 'react';
import { cn } from './cn.js';

export type Tone = 'plain' | 'accent' | 'good' | 'warn' | 'bad';

const BADGE: Record<Tone, string> = {
  plain: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
};

export function Badge({
  tone = 'plain',
  icon,
  title,
  className,
  children,
}: {
  tone?: Tone;
  icon?: ReactNode;
  title?: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <span
      title={title}
      className={cn(
        'inline-flex h-[18px] max-w-full items-center gap-1 truncate rounded px-1.5 text-xs font-medium [&_svg]:size-3',
        BADGE[tone],
        className,
      )}
    >
      {icon}
      {children}
    </span>
  );
}

const DOT: Record<Tone, string> = { plain: 'bg-line-strong', accent: 'bg-accent', good: 'bg-good', warn: 'bg-warn', bad: 'bg-bad' };

/** A dot with its word; the word may be for screen readers alone. */
export function StateDot({
  tone,
  busy = false,
  label,
  showLabel = true,
}: {
  tone: Tone;
  busy?: boolean;
  label: string;
  showLabel?: boolean;
}) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden className={cn('size-2 shrink-0 rounded-full', DOT[tone], busy && 'breathing')} />
      <span className={showLabel ? undefined : 'sr-only'}>{label}</span>
    </span>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className="rounded border border-line bg-sunken px-1 font-sans text-xs text-muted">{children}</kbd>;
}
