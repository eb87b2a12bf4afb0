/** Names of launchd jobs, which are also names of files. */
import { createHash } from 'node:crypto';
import { AgentError } from '@mlx-manager/shared';

export const LABEL_PREFIX = 'com.mlx-manager.';
/** The agent's own job. No profile's label can be this one. */
export const AGENT_LABEL = `${LABEL_PREFIX}agent`;
const MAX_SLUG = 48;
const HASH_LENGTH = 12;

/**
 * `com.mlx-manager.<slug>` for a profile's name: small letters, digits and single hyphens only, so that it is safe in a path, a
 * command line and XML. Where the slug is not the very name, a hash of the name is added: different names have different labels.
 */
export function launchdLabel(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, '');
  // A name that looks like one with a hash gets one too, or it could be the label of another name.
  const looksHashed = new RegExp(`(^|-)[0-9a-f]{${HASH_LENGTH}}$`).test(slug);
  if (slug === name && slug !== '' && !looksHashed && LABEL_PREFIX + slug !== AGENT_LABEL) return LABEL_PREFIX + slug;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return LABEL_PREFIX + [slug, hash].filter((part) => part !== '').join('-');
}

/** Whether a label is one of ours. */
export const isOurLabel = (label: string): boolean => /^com\.mlx-manager\.[a-z0-9]+(-[a-z0-9]+)*$/.test(label) && label.length < 120;

/** @throws AgentError INVALID_REQUEST when the label is not one that {@link launchdLabel} makes. */
export function assertOurLabel(label: string): void {
  if (!isOurLabel(label)) throw new AgentError('INVALID_REQUEST', { problem: 'label: it is not one of a launchd job of MLX Manager' });
}
