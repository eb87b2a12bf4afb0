/** What the pool is handed: the budget for models, and a profile as it sees one. */
import type { Profile } from '@mlx-manager/shared';
import type { SettingsService } from '../core/index.js';
import type { PoolProfile } from '../pool/index.js';
import { adapterOf } from '../profiles/index.js';
import type { Machine } from '../system/index.js';

const GIB = 2 ** 30;

/** Bytes all models together may take: what the owner said in GB, else the share of the machine's memory. */
export async function budgetBytes(machine: Pick<Machine, 'memory'>, settings: Pick<SettingsService, 'get'>): Promise<number> {
  const own = settings.get('maxMemoryGb');
  return own === null ? ((await machine.memory()).totalBytes * settings.get('maxMemoryPercent')) / 100 : own * GIB;
}

/** @throws AgentError ENGINE_UNKNOWN. */
export function poolProfile(profile: Profile): PoolProfile {
  const { name, queueSize, queueTimeout, idleMinutes, pinned, launchdInstalled, maxConcurrency } = profile;
  return { name, queueSize, queueTimeout, idleMinutes, pinned, launchdInstalled, limit: maxConcurrency ?? adapterOf(profile).concurrency };
}
