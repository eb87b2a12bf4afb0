/** Under which name Ollama's clients see a profile. */
import type { Profile } from '@mlx-manager/shared';

type Named = Pick<Profile, 'name' | 'aliases'>;

/**
 * The profile's own name; where it has blanks, which some clients cut or encode, its first alias (aliases have none), else the name all the
 * same. Every name and alias is accepted.
 */
export function listedName({ name, aliases }: Named): string {
  return /\s/.test(name) ? (aliases[0] ?? name) : name;
}

/** Ollama's clients put `:latest` behind names without a tag. It is left out, unless a name really ends so. */
export function withoutLatest(name: string, known: readonly string[]): string {
  const bare = name.replace(/:latest$/i, '');
  if (bare === name || bare === '') return name;
  return known.some((one) => one.toLowerCase() === name.toLowerCase()) ? name : bare;
}
