/** The machine in one line, and what needs the owner's eye. */
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { Alert, PoolStatus, Server, SystemMemory } from '@mlx-manager/shared';
import { cn, Gauge } from '../../kit/index.js';
import { memoryGb, plural } from '../../lib/format.js';
import { memoryParts } from '../../lib/memory-parts.js';

export interface MemoryLineProps {
  memory: SystemMemory | undefined;
  pool: PoolStatus | undefined;
  servers: readonly Server[];
}

export function MemoryLine({ memory, pool, servers }: MemoryLineProps) {
  // The place stays while it is fetched: nothing moves.
  if (!memory || !pool) return <div className="h-[50px]" />;
  const { parts, words } = memoryParts(memory, pool, servers);
  return (
    <div className="w-full">
      <p className="mb-1.5 flex flex-wrap justify-between gap-x-4 text-sm text-muted">
        <span>
          <span className="font-medium text-text">{memoryGb(memory.availableGb)}</span> free of {memoryGb(memory.totalGb)}
        </span>
        <span>
          Reserved for models: <span className="font-medium text-text">{memoryGb(pool.leasedGb)}</span> of {memoryGb(pool.budgetGb)}
          {pool.waitingCount > 0 && ` · ${plural(pool.waitingCount, 'request')} ${pool.waitingCount === 1 ? 'waits' : 'wait'}`}
        </span>
      </p>
      <Gauge parts={parts} total={memory.totalGb} label={words} legend format={memoryGb} />
    </div>
  );
}

/** Alerts stand with what they are about: those of a profile at its tile, that of the machine's memory on top. */
export function Alerts({ alerts }: { alerts: readonly Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <ul aria-label="Alerts" className="flex flex-col gap-2">
      {alerts.map((one) => (
        <li key={one.id} className={cn('flex gap-2 rounded-md p-3', one.severity === 'critical' ? 'bg-bad-soft' : 'bg-warn-soft')}>
          <TriangleAlert aria-hidden className={cn('mt-0.5 size-4 shrink-0', one.severity === 'critical' ? 'text-bad' : 'text-warn')} />
          <div className="min-w-0">
            <p className="font-medium wrap-anywhere">{one.message}</p>
            <p className="wrap-anywhere">{one.action}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
