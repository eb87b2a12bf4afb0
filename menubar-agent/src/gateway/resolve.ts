/** Which profile answers for the name a client gives. */
import { AgentError, type Profile } from '@mlx-manager/shared';

export interface ResolveDeps {
  readonly profiles: () => readonly Profile[];
  readonly isRunning: (profileId: number) => boolean;
}

/**
 * The profile behind a name: its own name or an alias (case does not matter), else the model it serves (a running one first).
 * @throws AgentError UNKNOWN_MODEL with the nearest names.
 */
export function resolveModel(name: string, deps: ResolveDeps): Profile {
  const wanted = name.toLowerCase();
  const profiles = deps.profiles();
  const named = profiles.find((profile) => [profile.name, ...profile.aliases].some((one) => one.toLowerCase() === wanted));
  if (named) return named;
  const serving = profiles.filter((profile) => profile.modelPath.toLowerCase() === wanted);
  const best = serving.find((profile) => deps.isRunning(profile.id)) ?? serving[0];
  if (best) return best;
  const near = nearestNames(
    name,
    profiles.flatMap((profile) => [profile.name, ...profile.aliases, profile.modelPath]),
  );
  throw new AgentError('UNKNOWN_MODEL', {
    model: name,
    near,
    hint: near.length > 0 ? ` Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?` : '',
  });
}

/** Up to three names that are close: by edit distance, or because one holds the other. */
export function nearestNames(wanted: string, names: readonly string[]): string[] {
  const want = wanted.toLowerCase();
  return [...new Set(names)]
    .map((name) => {
      const have = name.toLowerCase();
      const holds = want.length > 2 && (have.includes(want) || want.includes(have));
      return { name, distance: holds ? 0 : editDistance(want, have) / Math.max(want.length, have.length) };
    })
    .filter(({ distance }) => distance <= 0.4)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Levenshtein's distance: the fewest letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
