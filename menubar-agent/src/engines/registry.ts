/** Which engines there are. A further engine is its file in `adapters/` and one line here. */
import { AgentError, type ModelType } from '@mlx-manager/shared';
import { mlxLm } from './adapters/mlx-lm.js';
import { mlxOpenaiServer } from './adapters/mlx-openai-server.js';
import { mlxVlm } from './adapters/mlx-vlm.js';
import { vllmMlx } from './adapters/vllm-mlx.js';
import type { EngineAdapter } from './types.js';

export const adapters: readonly EngineAdapter[] = [mlxLm, mlxOpenaiServer, mlxVlm, vllmMlx];

/** The adapter, or null when this release knows none of that name. */
export const findAdapter = (engineId: string): EngineAdapter | null => adapters.find(({ id }) => id === engineId) ?? null;

/** @throws AgentError ENGINE_UNKNOWN */
export function getAdapter(engineId: string): EngineAdapter {
  const adapter = findAdapter(engineId);
  if (!adapter) throw new AgentError('ENGINE_UNKNOWN', { engineId, known: adapters.map(({ id }) => id) });
  return adapter;
}

/** Engines that serve models of a type, the default one first. */
export function adaptersFor(modelType: ModelType): EngineAdapter[] {
  const able = adapters.filter(({ capabilities }) => capabilities.modelTypes.includes(modelType));
  return able.toSorted((a, b) => Number(b.defaultFor.includes(modelType)) - Number(a.defaultFor.includes(modelType)));
}

/** The engine of a profile that names none. */
export function defaultAdapterFor(modelType: ModelType): EngineAdapter {
  const [first] = adaptersFor(modelType);
  if (!first) throw new AgentError('ENGINE_CANNOT_SERVE', { engineId: 'any', modelType, engines: [] });
  return first;
}
