/** A titled part of the dropdown. */
import type { ReactNode } from 'react';

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

/** A link to a place in the window. The shell opens it there; a browser in the window's own tab. */
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
    <a href={href} target="mlx-manager" className={className} aria-label={label} title={label} data-cell={cell || undefined}>
      {children}
    </a>
  );
}
