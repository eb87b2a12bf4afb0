/** Who may answer, from everything the page knows. */
import { useMemo } from 'react';
import type { Profile } from '@mlx-manager/shared';
import { useLocalModels, useProfiles, useProviders, useRoutingRules, useServers, useSettings } from '../../lib/resources.js';
import { targetsOf, type Target } from './targets.js';

const NONE: readonly never[] = [];

/** @returns everyone who may answer, and the profiles a choice may stand for. */
export function useTargets(): { targets: readonly Target[]; profiles: readonly Profile[] } {
  const profiles = useProfiles().data ?? NONE;
  const servers = useServers().data ?? NONE;
  const models = useLocalModels().data ?? NONE;
  const enabled = useSettings().data?.routingEnabled ?? false;
  const providers = useProviders().data ?? NONE;
  const rules = useRoutingRules().data ?? NONE;
  const targets = useMemo(
    () => targetsOf({ profiles, servers, models, routes: { enabled, providers, rules } }),
    [profiles, servers, models, enabled, providers, rules],
  );
  return { targets, profiles };
}
