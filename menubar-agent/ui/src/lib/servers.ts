/** Servers and profiles in words: states, names, what may be started. Pure. */
import type { Profile, Server, ServerState } from '@mlx-manager/shared';
import type { Tone } from '../kit/badge.js';

/** How a state is told: its word, its colour, whether something moves. */
export const STATE_WORDS: Record<ServerState, { label: string; tone: Tone; busy: boolean }> = {
  stopped: { label: 'Stopped', tone: 'plain', busy: false },
  starting: { label: 'Loading', tone: 'warn', busy: true },
  healthy: { label: 'Running', tone: 'good', busy: false },
  unhealthy: { label: 'Not answering', tone: 'bad', busy: false },
  stopping: { label: 'Stopping', tone: 'warn', busy: true },
  failed: { label: 'Failed', tone: 'bad', busy: false },
};

const ALIVE: ReadonlySet<ServerState> = new Set(['starting', 'healthy', 'unhealthy', 'stopping']);
/** Whether a process of it is there, or is about to be. */
export const isAlive = ({ state }: Pick<Server, 'state'>): boolean => ALIVE.has(state);

/** `Qwen3-4B-4bit` of `mlx-community/Qwen3-4B-4bit`, and the last folder of a path. */
export const shortModel = (modelPath: string): string => modelPath.split('/').findLast((part) => part !== '') ?? modelPath;

/** In the same order whatever happens to them: a tile never moves by an update. */
export const inOrder = (servers: readonly Server[]): Server[] =>
  [...servers].sort((a, b) => a.profileName.localeCompare(b.profileName) || a.profileId - b.profileId);

/** Profiles that can be started now, by name. */
export function startable(profiles: readonly Profile[], servers: readonly Server[]): Profile[] {
  const alive = new Set(servers.filter(isAlive).map(({ profileId }) => profileId));
  return profiles.filter(({ id }) => !alive.has(id)).sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
}

/** Profiles in which each word is found: in the name, model, engine or aliases. */
export function findProfiles(profiles: readonly Profile[], text: string): Profile[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return profiles.filter(({ name, modelPath, engine, aliases }) => {
    const said = `${name} ${modelPath} ${engine ?? ''} ${aliases.join(' ')}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** A profile's second line: model and engine. */
export const profileHint = ({ modelPath, engine }: Pick<Profile, 'modelPath' | 'engine'>): string =>
  engine === null ? shortModel(modelPath) : `${shortModel(modelPath)} · ${engine}`;
