/** Where things are on a page. */
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn.js';

/** The head of a page: its name, what it offers; it stays while what is below scrolls. */
export function PageHeader({
  title,
  count,
  children,
  below,
}: {
  title: string;
  count?: ReactNode;
  children?: ReactNode;
  below?: ReactNode;
}) {
  return (
    <header className="shrink-0 border-b border-line px-5 pt-3 pb-3">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-2">
        {/* The focus comes here with the page; nobody tabs to it. */}
        <h1 tabIndex={-1} className="truncate rounded-sm text-xl font-semibold" title={title}>
          {title}
        </h1>
        {count !== undefined && <span className="text-muted">{count}</span>}
        <div className="ml-auto flex min-w-0 items-center gap-2">{children}</div>
      </div>
      {below !== undefined && <div className="mt-3 flex items-center gap-2">{below}</div>}
    </header>
  );
}

/** The part of a page that scrolls. @param label makes it a region that the keyboard can scroll. */
export function PageBody({ className, children, label, ...rest }: ComponentProps<'div'> & { label?: string }) {
  return (
    <div
      {...rest}
      {...(label !== undefined && { role: 'region', 'aria-label': label, tabIndex: 0 })}
      className={cn('flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain px-5 py-4 outline-offset-[-2px]', className)}
    >
      {children}
    </div>
  );
}

export function Card({ className, children, ...rest }: ComponentProps<'div'>) {
  return (
    <div {...rest} className={cn('rounded-lg border border-line bg-surface p-3', className)}>
      {children}
    </div>
  );
}

/** A titled part of a page. */
export function Section({
  title,
  hint,
  aside,
  className,
  children,
}: {
  title: string;
  hint?: ReactNode;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} className={cn('mb-6', className)}>
      <div className="mb-2 flex items-end justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-lg font-semibold">{title}</h2>
          {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
        </div>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A list beside what is chosen in it. @param width of the list, px. */
export function Split({ side, width = 260, label, children }: { side: ReactNode; width?: number; label: string; children: ReactNode }) {
  return (
    <div className="flex min-h-0 flex-1">
      <aside aria-label={label} className="flex min-h-0 shrink-0 flex-col border-r border-line" style={{ width }}>
        {side}
      </aside>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">{children}</div>
    </div>
  );
}
