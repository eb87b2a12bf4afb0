/** One step of the path: its number, or a tick when it is done. */
import type { ReactNode } from 'react';
import Check from 'lucide-react/icons/check';
import { Card, cn } from '../../kit/index.js';

export type StepState = 'waiting' | 'now' | 'done';
const SAID: Record<StepState, string> = { waiting: 'comes later', now: 'now', done: 'done' };

export function Step({ number, title, state, children }: { number: number; title: string; state: StepState; children?: ReactNode }) {
  return (
    <li aria-current={state === 'now' ? 'step' : undefined}>
      <Card className={cn('flex gap-3 p-4', state === 'waiting' && 'bg-transparent')}>
        <span
          aria-hidden
          className={cn(
            'flex size-6 shrink-0 items-center justify-center rounded-full text-sm font-semibold',
            state === 'done' ? 'bg-good-soft text-good' : state === 'now' ? 'bg-accent-fill text-on-accent' : 'bg-press text-muted',
          )}
        >
          {state === 'done' ? <Check className="size-3.5" strokeWidth={3} /> : number}
        </span>
        <div className="min-w-0 flex-1">
          <h2 className={cn('text-lg font-semibold', state === 'waiting' && 'text-muted')}>
            {title}
            <span className="sr-only">: {SAID[state]}</span>
          </h2>
          {children}
        </div>
      </Card>
    </li>
  );
}

/** What went wrong, and what to do. */
export function Trouble({ message, action }: { message: string; action: string }) {
  return (
    <p role="alert" className="mt-1 wrap-anywhere">
      <span className="text-bad">{message}</span> <span className="text-muted">{action}</span>
    </p>
  );
}
