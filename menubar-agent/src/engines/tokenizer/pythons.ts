/** Where a tokenizer's child finds its packages: every engine brings them. */
import { AgentError } from '@mlx-manager/shared';
import { adapters } from '../registry.js';
import type { EngineEnvironment } from '../types.js';

/**
 * Pythons of the installed engines, in the registry's order.
 * @param environmentOf throws AgentError ENGINE_NOT_INSTALLED for those that are not.
 */
export async function enginePythons(environmentOf: (engineId: string) => Promise<EngineEnvironment>): Promise<string[]> {
  const pythons: string[] = [];
  for (const { id } of adapters) {
    try {
      pythons.push((await environmentOf(id)).python);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'ENGINE_NOT_INSTALLED') throw error;
    }
  }
  return pythons;
}
