/** A titled part of the dropdown. */
import type { ReactNode } from 'react';
import { WINDOW_TARGET } from '@mlx-manager/shared';

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
