/** Loading and unloading, which Ollama's clients ask for by a request without a question. */
import { AgentError, type Profile } from '@mlx-manager/shared';
import type { Call } from '../core/call.js';
import type { OllamaDeps } from './deps.js';
import type { KeepAlive } from './keep-alive.js';

type Deps = Pick<OllamaDeps, 'models' | 'pool'>;

/**
 * Loads the model of a call, and waits for it.
 * @param keep milliseconds it is kept then; null is its own time.
 * @throws AgentError, as an answer would.
 */
export async function loadModel(deps: Deps, keepAlive: KeepAlive, call: Call, keep: number | null): Promise<void> {
  const profile = await profileOf(deps, call);
  const { id, caller, signal, trace } = call;
  const client = caller.keyName ?? caller.client;
  const ticket = await deps.pool.admit({ id, profileId: profile.id, priority: caller.priority, client, signal });
  trace.queueMs = ticket.queueMs;
  trace.loadMs = ticket.loadMs;
  ticket.release();
  keepAlive.apply(profile.id, keep);
}

/** Lets the model of a call go as soon as nobody uses it. One that is not loaded is left as it is. */
export async function unloadModel(deps: Deps, keepAlive: KeepAlive, call: Call): Promise<void> {
  keepAlive.apply((await profileOf(deps, call)).id, 0);
}

/** @throws AgentError UNKNOWN_MODEL, MODEL_NOT_HERE, MODEL_CANNOT_ANSWER, MODEL_NOT_ALLOWED. */
async function profileOf({ models }: Deps, { model, endpoint, caller }: Call): Promise<Profile> {
  // An embedding model is loaded by the same words.
  const profile = models.known(model) ?? (await models.find(model, endpoint, null, caller.mayUse));
  if (!caller.mayUse(profile)) throw new AgentError('MODEL_NOT_ALLOWED', { model });
  return profile;
}
