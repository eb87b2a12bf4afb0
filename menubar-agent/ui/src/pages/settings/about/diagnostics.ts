/** What a report of a fault should say of this agent: versions and states. No name, path, address or secret. Pure. */
import {
  SETTING_KEYS,
  toSnakeCase,
  type AgentStatus,
  type Alert,
  type Engine,
  type PoolStatus,
  type Server,
  type Settings,
  type SystemInfo,
} from '@mlx-manager/shared';
import { duration, memoryGb } from '../../../lib/format.js';

export interface Known {
  readonly agent: AgentStatus;
  readonly system: SystemInfo;
  readonly engines: readonly Engine[];
  readonly servers: readonly Server[];
  readonly pool: Pick<PoolStatus, 'budgetGb' | 'leasedGb'> | undefined;
  readonly settings: Settings;
  readonly alerts: readonly Alert[];
  /** The browser, as it names itself. */
  readonly browser: string;
}

export function diagnosticsText({ agent, system, engines, servers, pool, settings, alerts, browser }: Known): string {
  const changed = SETTING_KEYS.filter((key) => settings.sources[key] !== 'default');
  const lines = [
    `MLX Manager ${agent.version}`,
    `Running for ${duration(agent.uptimeSeconds)}; ${agent.localModels} models, ${agent.downloads} downloads under way`,
    `System: ${system.osVersion}, ${system.platform} ${system.arch}`,
    `Chip: ${system.chip}, ${system.cores} cores${system.gpuCores === null ? '' : `, ${system.gpuCores} GPU cores`}, ${memoryGb(system.memoryGb)}`,
    `Node ${system.nodeVersion}, Python ${system.pythonVersion ?? 'none'}`,
    `Browser: ${browser}`,
    ...(pool ? [`Memory budget: ${memoryGb(pool.leasedGb)} of ${memoryGb(pool.budgetGb)}`] : []),
    'Engines:',
    ...engines.map(({ id, state, version, pinnedVersion, python, error }) =>
      [
        `  ${id}: ${state}`,
        version ?? '',
        version === pinnedVersion ? '' : `(this release installs ${pinnedVersion})`,
        python ? `Python ${python}` : '',
        error?.code ?? '',
      ]
        .filter(Boolean)
        .join(' '),
    ),
    'Servers:',
    ...(servers.length === 0
      ? ['  none']
      : servers.map(({ engine, state, failure }) => `  ${engine}: ${state}${failure ? ` (${failure.kind})` : ''}`)),
    // Their names alone: values may hold paths and addresses.
    `Changed settings: ${changed.length === 0 ? 'none' : changed.map(toSnakeCase).join(', ')}`,
    `Alerts: ${alerts.length === 0 ? 'none' : alerts.map(({ kind }) => kind).join(', ')}`,
  ];
  return lines.join('\n');
}
