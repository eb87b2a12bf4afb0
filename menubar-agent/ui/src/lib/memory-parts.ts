/** The machine's memory as parts of a bar: each model, then everything else that is used. Pure. Figures in 2^30 bytes. */
import type { PoolStatus, Server, SystemMemory } from '@mlx-manager/shared';
import type { GaugePart } from '../kit/meters.js';
import { memoryGb } from './format.js';

/** The models that are named by themselves; the rest is one part. */
const NAMED = 5;
const MIB_PER_GIB = 1024;

/**
 * @param pool what is counted for each model: drawn while one loads, and where its process is not measured.
 * @param servers what each takes by measure.
 */
export function memoryParts(
  memory: Pick<SystemMemory, 'totalGb' | 'availableGb' | 'usedGb'>,
  pool: Pick<PoolStatus, 'models'>,
  servers: readonly Pick<Server, 'profileId' | 'state' | 'memoryMb'>[],
): { parts: GaugePart[]; words: string } {
  const loaded = pool.models
    .flatMap(({ profileId, profileName, memoryGb: counted }) => {
      const server = servers.find((one) => one.profileId === profileId);
      const memoryMb = server?.memoryMb ?? null;
      const measured = memoryMb === null ? null : memoryMb / MIB_PER_GIB;
      const loads = server?.state === 'starting';
      const value = measured === null || loads ? Math.max(counted ?? 0, measured ?? 0) : measured;
      // What is only counted is not used yet: the system's figure does not have it.
      const used = measured ?? (loads ? 0 : value);
      return counted === null || value <= 0 ? [] : [{ profileId, label: profileName, value, used }];
    })
    .sort((a, b) => a.profileId - b.profileId);
  // The figures are not of one instant.
  const others = Math.max(0, memory.usedGb - loaded.reduce((sum, { used }) => sum + used, 0));
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
