/** Models that bring Python code of their own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import type { LaunchSpec } from '../types.js';
import { jsonObject } from './http.js';

/**
 * mlx-lm 0.31.3 (inside mlx-openai-server and vllm-mlx) and mlx-vlm run the Python file that `model_file` of config.json names without asking for
 * trust_remote_code (the first measured, the second read in its utils.py; mlx-lm 0.32 asks). Here it is asked before anything is started.
 * @throws AgentError MODEL_PATH_REFUSED
 */
export function refuseModelCode(spec: LaunchSpec): void {
  if (spec.trustRemoteCode) return;
  let config: Record<string, unknown> | null;
  try {
    config = jsonObject(readFileSync(join(spec.modelFolder, 'config.json'), 'utf8'));
  } catch {
    return; // no config to name code; the engine will say what is missing
  }
  if (config?.model_file === undefined || config.model_file === null) return;
  throw new AgentError(
    'MODEL_PATH_REFUSED',
    { path: spec.modelFolder, reason: 'it brings Python code of its own, which would run', allowed: [] },
    { action: 'If you trust its author, set trust_remote_code in the profile; else take another model.' },
  );
}
