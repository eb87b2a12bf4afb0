/** Models and memory: the budget with what is loaded now, groups, the hub, folders, how servers are kept. */
import { Gauge, Skeleton } from '../../kit/index.js';
import { memoryGb } from '../../lib/format.js';
import { memoryParts } from '../../lib/memory-parts.js';
import { useMemory, usePool, useServers } from '../../lib/resources.js';
import { Settings } from './groups.js';
import { HubTokenRow } from './hub-token.js';
import { PoolGroups } from './pool-groups.js';

export default function ModelsAndMemory() {
  return (
    <>
      <Settings group="memory" before={<Budget />} />
      <PoolGroups />
      <Settings group="hub" before={<HubTokenRow />} />
      <Settings group="servers" />
    </>
  );
}

/** What models may take, and what is taken now. */
function Budget() {
  const { data: memory, error: noMemory } = useMemory();
  const { data: pool, error: noPool } = usePool();
  const { data: servers } = useServers();
  if (!memory || !pool) {
    const error = noMemory ?? noPool;
    // Its height is known: nothing moves when the figures come.
    if (error === null) return <Skeleton rows={1} height={72} className="h-24 py-3" />;
    return (
      <p role="alert" className="min-h-24 py-3">
        <span className="text-bad">{error.message}</span> {error.action}
      </p>
    );
  }
  const { parts, words } = memoryParts(memory, pool, servers ?? []);
  return (
    <div className="min-h-24 py-3">
      <p className="mb-1.5 flex flex-wrap justify-between gap-x-4">
        <span>
          Reserved for models: <span className="font-medium">{memoryGb(pool.leasedGb)}</span> of{' '}
          <span className="font-medium">{memoryGb(pool.budgetGb)}</span>
        </span>
        <span className="text-muted">
          {memoryGb(memory.usedGb)} of {memoryGb(memory.totalGb)} in use by everything
        </span>
      </p>
      <Gauge
        parts={parts}
        total={memory.totalGb}
        limit={pool.budgetGb}
        label={`${words}. Budget ${memoryGb(pool.budgetGb)}`}
        legend
        format={memoryGb}
      />
      <p className="mt-1 text-sm text-muted">
        The line marks the budget. Metal recommends at most {memoryGb(memory.mlxRecommendedGb)} on this machine.
      </p>
    </div>
  );
}
