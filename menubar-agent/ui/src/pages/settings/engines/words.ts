/** Engines in words. Pure. */
import type { Engine, ModelType, Profile, Server } from '@mlx-manager/shared';
import type { Tone } from '../../../kit/badge.js';
import { isAlive } from '../../../lib/servers.js';

export const TYPE_WORDS: Record<ModelType, string> = {
  lm: 'Text',
  multimodal: 'Vision',
  whisper: 'Transcription',
  embeddings: 'Embeddings',
  'image-generation': 'Image generation',
  'image-edit': 'Image editing',
};

export const STATE_WORDS: Record<Engine['state'], { label: string; tone: Tone; busy: boolean }> = {
  missing: { label: 'Not installed', tone: 'plain', busy: false },
  installing: { label: 'Installing', tone: 'warn', busy: true },
  installed: { label: 'Installed', tone: 'good', busy: false },
  broken: { label: 'Broken', tone: 'bad', busy: false },
};

/** What it is able to besides serving its kinds of models. */
export function abilitiesOf({ capabilities }: Pick<Engine, 'capabilities'>): string[] {
  const { continuousBatching, tools, reasoning, audio, images } = capabilities;
  return [
    ...(continuousBatching ? ['Several requests at once'] : []),
    ...(tools ? ['Tools'] : []),
    ...(reasoning ? ['Thinking'] : []),
    ...(images ? ['Images'] : []),
    ...(audio ? ['Audio'] : []),
  ];
}

/** Profiles that are started with an engine: those that name it, and those that name none where it is the usual one. */
export const profilesOn = ({ id, defaultFor }: Pick<Engine, 'id' | 'defaultFor'>, profiles: readonly Profile[]): Profile[] =>
  profiles.filter(({ engine, modelType }) => (engine === null ? defaultFor.includes(modelType) : engine === id));

/** Servers that run on it now. */
export const serversOn = ({ id }: Pick<Engine, 'id'>, servers: readonly Server[]): Server[] =>
  servers.filter((server) => server.engine === id && isAlive(server));

/** `A`, `A and B`, `A, B and 3 more`. */
export function named(names: readonly string[], most = 5): string {
  if (names.length <= 1) return names[0] ?? '';
  const shown = names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
