/** What a place shows when it has no data: nothing there, being fetched, failed. */
import type { ReactNode } from 'react';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { AgentError } from '@mlx-manager/shared';
import { Button } from './button.js';
import { cn } from './cn.js';

export interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  /** Buttons. */
  action?: ReactNode;
  /** It is the whole page: its title is the page's heading. */
  page?: boolean;
  className?: string;
}

export function EmptyState({ icon, title, children, action, page = false, className }: EmptyStateProps) {
  const Title = page ? 'h1' : 'p';
  return (
    <div className={cn('flex flex-1 flex-col items-center justify-center gap-2 p-8 text-center', className)}>
      {icon !== undefined && (
        <div aria-hidden className="text-muted [&_svg]:size-8 [&_svg]:stroke-[1.5]">
          {icon}
        </div>
      )}
      <Title {...(page && { tabIndex: -1 })} className="text-lg font-semibold">
        {title}
      </Title>
      {children !== undefined && <div className="max-w-96 text-muted">{children}</div>}
      {action !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** What happened, what to do now, and a way to try again. */
export function ErrorState({
  error,
  retry,
  action,
  className,
}: {
  error: Pick<AgentError, 'message' | 'action'>;
  retry?: () => void;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div role="alert" className={cn('flex flex-1 flex-col items-center justify-center gap-2 p-8 text-center', className)}>
      <TriangleAlert aria-hidden className="size-8 stroke-[1.5] text-warn" />
      <p className="max-w-lg text-lg font-semibold wrap-anywhere">{error.message}</p>
      <p className="max-w-lg wrap-anywhere text-muted">{error.action}</p>
      <div className="mt-2 flex gap-2">
        {retry && <Button onClick={retry}>Try Again</Button>}
        {action}
      </div>
    </div>
  );
}

/** Grey bars in the place of rows; seen only when the wait is long enough to be noticed. */
export function Skeleton({ rows = 3, height = 40, className }: { rows?: number; height?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className={cn('late flex flex-col gap-2', className)}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="breathing rounded-lg bg-hover" style={{ height }} />
      ))}
    </div>
  );
}

interface LoadedLike<T> {
  data: T | undefined;
  error: AgentError | null;
  refetch: () => void;
}

/** Loading, failed or there: `<Await of={servers}>{(list) => …}</Await>`. */
export function Await<T>({ of, skeleton, children }: { of: LoadedLike<T>; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return children(of.data);
  if (of.error !== null) return <ErrorState error={of.error} retry={of.refetch} />;
  return skeleton ?? <Skeleton />;
}
