/** Something to know before one decides. */
import type { ReactNode } from 'react';
import Info from 'lucide-react/icons/info';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { cn } from '../../../kit/index.js';

export function Note({ tone = 'plain', children }: { tone?: 'plain' | 'warn'; children: ReactNode }) {
  const Icon = tone === 'warn' ? TriangleAlert : Info;
  return (
    <div className={cn('flex gap-2 rounded-md p-3', tone === 'warn' ? 'bg-warn-soft' : 'bg-sunken')}>
      <Icon aria-hidden className={cn('mt-0.5 size-4 shrink-0', tone === 'warn' ? 'text-warn' : 'text-muted')} />
      <div className="min-w-0 flex-1 wrap-anywhere">{children}</div>
    </div>
  );
}
