/** The memory bar: each model, what else is used, what is free. */
import { Gauge } from '../../kit/meters.js';
import { memoryGb } from '../../lib/format.js';
import { memoryParts } from '../../lib/memory-parts.js';
import { useMemory, usePool, useServers } from '../../lib/resources.js';

export function MemoryBar() {
  const { data: memory } = useMemory();
  const { data: pool } = usePool();
  const { data: servers } = useServers();
  if (!memory || !pool) return <div className="h-[66px] border-b border-line" />;
  const { parts, words } = memoryParts(memory, pool, servers ?? []);
  return (
    <section aria-label="Memory" className="min-h-[66px] border-b border-line px-4 py-2.5">
      <p className="mb-1.5 flex justify-between text-sm text-muted">
        <span>
          <span className="font-medium text-text">{memoryGb(memory.usedGb)}</span> used
        </span>
        <span>
          <span className="font-medium text-text">{memoryGb(memory.availableGb)}</span> free of {memoryGb(memory.totalGb)}
        </span>
      </p>
      <Gauge parts={parts} total={memory.totalGb} label={words} legend format={memoryGb} />
    </section>
  );
}
