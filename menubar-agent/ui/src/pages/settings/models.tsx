/** Models and memory: the budget with what is loaded now, groups, the hub, folders, how servers are kept. */
import { Gauge } from '../../kit/index.js';
import { memoryGb } from '../../lib/format.js';
import { memoryParts } from '../../lib/memory-parts.js';
import { useMemory, usePool } from '../../lib/resources.js';
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
  const { data: memory } = useMemory();
  const { data: pool } = usePool();
  // Its height is known: nothing moves when the figures come.
  if (!memory || !pool) return <div className="h-24" />;
  const { parts, words } = memoryParts(memory, pool);
  return (
    <div className="min-h-24 py-3">
      <p className="mb-1.5 flex flex-wrap justify-between gap-x-4">
        <span>
          Models take <span className="font-medium">{memoryGb(pool.leasedGb)}</span> of{' '}
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
