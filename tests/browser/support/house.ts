/** What tests of pages where something runs share: a real agent that serves the built page, and may load the tiny model. */
import { dirname } from 'node:path';
import type { Profile, ProfileCreateInput } from '@mlx-manager/shared';
import { startAgent, type Rig } from '../../support/agent.js';
import { installedEngine, tinyModel } from '../../support/engines.js';
import { pageFolder } from './page.js';

export interface House extends Rig {
  /** A profile of the tiny model. */
  profile(name: string, changes?: Partial<ProfileCreateInput>): Promise<Profile>;
}

export async function startHouse(options: Parameters<typeof startAgent>[0] = {}): Promise<House> {
  await installedEngine('mlx-lm');
  const rig = await startAgent({ ...pageFolder(), ...options });
  await rig.client.updateSettings({ body: { modelFolders: [dirname(tinyModel)] } });
  return { ...rig, profile: (name, changes = {}) => rig.client.createProfile({ body: { name, modelPath: tinyModel, ...changes } }) };
}

/** A question that the tiny model answers. */
export const QUESTION = { messages: [{ role: 'user', content: 'What is the capital of France?' }] };
