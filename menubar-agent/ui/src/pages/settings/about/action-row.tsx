/** A thing that can be done, told beside its button. */
import type { ReactNode } from 'react';
import { Anchor, rowClass } from '../row.js';

export function ActionRow({ id, title, hint, children }: { id: string; title: string; hint: ReactNode; children: ReactNode }) {
  return (
    <Anchor id={id} className={rowClass}>
      <div className="flex items-center justify-between gap-6 py-1.5">
        <div className="min-w-0">
          <p className="font-medium">{title}</p>
          <p className="text-sm text-muted">{hint}</p>
        </div>
        <div className="shrink-0">{children}</div>
      </div>
    </Anchor>
  );
}
