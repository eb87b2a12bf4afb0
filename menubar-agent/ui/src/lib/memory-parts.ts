/** The machine's memory as parts of a bar: each model, then everything else that is used. Pure. Figures in 2^30 bytes. */
import type { PoolStatus, SystemMemory } from '@mlx-manager/shared';
import type { GaugePart } from '../kit/meters.js';
import { memoryGb } from './format.js';

/** The models that are named by themselves; the rest is one part. */
const NAMED = 5;

export function memoryParts(
  memory: Pick<SystemMemory, 'totalGb' | 'availableGb' | 'usedGb'>,
  pool: Pick<PoolStatus, 'models'>,
): { parts: GaugePart[]; words: string } {
  const loaded = pool.models
    .flatMap(({ profileId, profileName, memoryGb: value }) =>
      value === null || value <= 0 ? [] : [{ profileId, label: profileName, value }],
    )
    .sort((a, b) => a.profileId - b.profileId);
  // The count may run ahead of the system: a model that loads has its place before it takes it.
  const others = Math.max(0, memory.usedGb - loaded.reduce((sum, { value }) => sum + value, 0));
  const rest = loaded.slice(NAMED);
  const parts: GaugePart[] = [
    ...loaded.slice(0, NAMED).map(({ label, value }, i) => ({ label, value, series: (i + 1) as 1 | 2 | 3 | 4 | 5 })),
    ...(rest.length === 0
      ? []
      : [{ label: `${rest.length} more`, value: rest.reduce((sum, { value }) => sum + value, 0), series: 6 as const }]),
    { label: 'Other programs', value: others, series: 0 },
  ];
  const words = `Memory: ${parts.map(({ label, value }) => `${label} ${memoryGb(value)}`).join(', ')}, free ${memoryGb(memory.availableGb)} of ${memoryGb(memory.totalGb)}`;
  return { parts, words };
}
