/** Whether the first run is behind one: a model and an engine are here. */
import { useEngines, useLocalModels } from './resources.js';

/** One that is upgraded counts. @returns undefined while it is not known. */
export function useIsSetUp(): boolean | undefined {
  const models = useLocalModels().data;
  const engines = useEngines().data;
  return models && engines && models.length > 0 && engines.some(({ state, version }) => state === 'installed' || version !== null);
}
