/** Hugging Face's own token file, so that a login by `hf auth login` counts here too. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Where Hugging Face's tools keep the token. Source: `HF_TOKEN_PATH` in huggingface_hub's `constants.py`. */
export function hubTokenPath(env: Env, userHome: string): string {
  const expand = (path: string): string => (path === '~' || path.startsWith('~/') ? join(userHome, path.slice(1)) : path);
  if (env.HF_TOKEN_PATH) return expand(env.HF_TOKEN_PATH);
  const cache = env.XDG_CACHE_HOME ? expand(env.XDG_CACHE_HOME) : join(userHome, '.cache');
  const home = env.HF_HOME ? expand(env.HF_HOME) : join(cache, 'huggingface');
  return join(home, 'token');
}

/**
 * The token of that file; null when there is none. Read anew each time: a login takes effect at once.
 * Never log or answer it.
 * @throws the system's error when the file is there but cannot be read.
 */
export function readHubToken(env: Env, userHome: string): string | null {
  try {
    const token = readFileSync(hubTokenPath(env, userHome), 'utf8')
      .replace(/[\r\n]/g, '')
      .trim();
    return token === '' ? null : token;
  } catch (error) {
    // No login, or HF_HOME names no folder.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
