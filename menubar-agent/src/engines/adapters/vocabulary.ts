/** How many tokens a model has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import type { LaunchSpec } from '../types.js';
import { jsonObject } from './http.js';

/** Models whose figure is kept. */
const KEPT = 64;
const known = new Map<string, number | null>();

/**
 * Refuses a `logit_bias` for tokens that the model has not: MLX writes at that place unchecked, which ends the engine and every answer it is giving (measured with
 * mlx-lm 0.32.2). Clients that count on OpenAI's tokens send ids up to 200,000. Read only when a request has one.
 * @throws AgentError INVALID_REQUEST.
 */
export function refuseStrangeTokens(bias: unknown, { modelFolder }: Pick<LaunchSpec, 'modelFolder'>): void {
  if (typeof bias !== 'object' || bias === null) return;
  const ids = Object.keys(bias);
  const size = ids.length === 0 ? null : vocabularySize(modelFolder);
  if (size === null) return; // not known: nothing to measure them by
  const strange = ids.find((id) => Number(id) < 0 || Number(id) >= size);
  if (strange === undefined) return;
  throw new AgentError('INVALID_REQUEST', { problem: `logit_bias: ${strange.slice(0, 40)} is no token of this model, which has ${size}` });
}

/** Null where the model's configuration does not say. */
function vocabularySize(modelFolder: string): number | null {
  const had = known.get(modelFolder);
  if (had !== undefined) return had;
  let size: number | null = null;
  try {
    const config = jsonObject(readFileSync(join(modelFolder, 'config.json'), 'utf8'));
    // Models that see keep the figure with those of their text part.
    const text = config?.text_config as { vocab_size?: unknown } | null | undefined;
    const said = config?.vocab_size ?? text?.vocab_size;
    size = typeof said === 'number' ? said : null;
  } catch {
    // No configuration: the engine will say what is missing.
  }
  if (known.size >= KEPT) known.clear();
  known.set(modelFolder, size);
  return size;
}
