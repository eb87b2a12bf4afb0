/** What a profile may name as its model: a hub id, or a folder inside the allowed folders. */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { AgentError, modelId as modelIdSchema } from '@mlx-manager/shared';
import { expandHome } from '../core/index.js';

export type ModelReference = { readonly kind: 'hub'; readonly modelId: string } | { readonly kind: 'folder'; readonly path: string };

/**
 * Reads a profile's `model_path`. Looks at the text only.
 * @throws AgentError MODEL_PATH_REFUSED.
 */
export function parseModelPath(text: string, userHome: string, allowed: readonly string[]): ModelReference {
  if (text.startsWith('~/') || isAbsolute(text)) return { kind: 'folder', path: expandHome(text, userHome) };
  if (modelIdSchema.safeParse(text).success) return { kind: 'hub', modelId: text };
  throw new AgentError('MODEL_PATH_REFUSED', { path: text, reason: 'it is neither a hub id nor an absolute path', allowed });
}

/**
 * The real path of a folder or file, if it lies inside one of the allowed folders after all links and `..` are followed.
 * @throws AgentError MODEL_PATH_REFUSED.
 */
export async function checkInside(path: string, allowed: readonly string[], kind: 'folder' | 'file' | 'any'): Promise<string> {
  const refuse = (reason: string, cause?: unknown): AgentError =>
    new AgentError('MODEL_PATH_REFUSED', { path, reason, allowed }, { cause });
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    throw refuse('it does not exist', error);
  }
  const info = await stat(real);
  if ((kind === 'folder' && !info.isDirectory()) || (kind === 'file' && !info.isFile())) throw refuse(`it is no ${kind}`);
  const roots = await Promise.all(allowed.map(realOrSame));
  if (!roots.some((root) => real.startsWith(root.endsWith(sep) ? root : root + sep))) throw refuse('it lies outside the allowed folders');
  return real;
}

/**
 * A model folder an engine can load.
 * @throws AgentError MODEL_PATH_REFUSED, also when there is no config.json in it.
 */
export async function checkModelFolder(path: string, allowed: readonly string[]): Promise<string> {
  const real = await checkInside(path, allowed, 'folder');
  try {
    await stat(join(real, 'config.json'));
  } catch (error) {
    throw new AgentError('MODEL_PATH_REFUSED', { path, reason: 'it holds no config.json', allowed }, { cause: error });
  }
  return real;
}

async function realOrSame(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path; // an allowed folder that does not exist (yet) allows nothing
  }
}
