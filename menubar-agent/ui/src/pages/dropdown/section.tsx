/** A titled part of the dropdown. */
import type { ReactNode } from 'react';
import { WINDOW_TARGET } from '@mlx-manager/shared';
import { adviceFor } from '../../lib/advice.js';

export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="px-2 py-2">
      <div className="mb-1 flex items-center justify-between px-2">
        <h2 className="text-xs font-semibold text-muted">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Why something failed, and what to do, below its row: all of it, for there is nowhere else to read it. */
export function Failed({ message, action, code = null }: { message: string; action: string; code?: string | null }) {
  return (
    <p className="w-full text-sm wrap-anywhere">
      <span className="text-bad">{message}</span> <span className="text-muted">{adviceFor(code, action)}</span>
    </p>
  );
}

/** Opens a place of the window, as a click on `ToWindow` does. */
export const openInWindow = (path: string): void => void window.open(path, WINDOW_TARGET);

/** A link to a place in the window. The shell opens it there; a browser in one tab for all of them, hence without `noopener`. */
export function ToWindow({
  href,
  className,
  label,
  children,
  cell = false,
}: {
  href: string;
  className?: string;
  label?: string;
  children: ReactNode;
  cell?: boolean;
}) {
  return (
    <a href={href} target={WINDOW_TARGET} className={className} aria-label={label} title={label} data-cell={cell || undefined}>
      {children}
    </a>
  );
}
