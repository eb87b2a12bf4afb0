/** Which profile a person means by a few letters. No Raycast in here. */
import { AgentError, type Profile } from "@mlx-manager/shared";

type Named = Pick<Profile, "id" | "name" | "aliases">;

/** `many`: several fit equally well, in the order of their names. `none`: the nearest one that has some likeness, if any. */
export type Match<P extends Named> =
  { kind: "one"; profile: P } | { kind: "many"; profiles: P[] } | { kind: "none"; nearest: P | null };

/** Names told in a message. */
const TOLD = 4;
/** A name is near when at most this share of its letters would have to change. */
const NEAR = 0.5;

/**
 * Finds a profile by name or alias: the exact one, else without regard to case, else the only one that begins so, else the only one that
 * holds the text.
 */
export function matchProfile<P extends Named>(profiles: readonly P[], text: string): Match<P> {
  const wanted = text.trim();
  const small = wanted.toLowerCase();
  const steps: ((name: string) => boolean)[] = [
    (name) => name === wanted,
    (name) => name.toLowerCase() === small,
    (name) => name.toLowerCase().startsWith(small),
    (name) => name.toLowerCase().includes(small),
  ];
  for (const fits of wanted === "" ? [] : steps) {
    const found = profiles.filter((profile) => namesOf(profile).some(fits));
    const [only] = found;
    if (only && found.length === 1) return { kind: "one", profile: only };
    if (found.length > 1) return { kind: "many", profiles: found.sort((a, b) => a.name.localeCompare(b.name)) };
  }
  return { kind: "none", nearest: nearestOf(profiles, small) };
}

/**
 * The same, for those who need exactly one.
 * @throws AgentError PROFILE_NOT_FOUND that names the nearest, or those among which to choose; `nearest` in its details is a name to try.
 */
export function oneProfile<P extends Named>(profiles: readonly P[], text: string): P {
  const match = matchProfile(profiles, text);
  if (match.kind === "one") return match.profile;
  if (match.kind === "many") {
    const names = match.profiles.map(({ name }) => name);
    throw new AgentError(
      "PROFILE_NOT_FOUND",
      { profile: text },
      { message: `“${text}” fits ${names.length} profiles: ${list(names)}.`, action: "Type more of the name." },
    );
  }
  const nearest = match.nearest?.name;
  const names = profiles.map(({ name }) => name);
  const action = nearest === undefined ? `There are ${list(names)}.` : `Did you mean ${nearest}?`;
  throw new AgentError(
    "PROFILE_NOT_FOUND",
    { profile: text, ...(nearest !== undefined && { nearest }) },
    { message: `There is no profile “${text}”.`, action: names.length === 0 ? "There is none yet." : action },
  );
}

/** `A, B, C and 3 more`. */
export function list(names: readonly string[]): string {
  const told = names.slice(0, TOLD).join(", ");
  return names.length > TOLD ? `${told} and ${names.length - TOLD} more` : told;
}

const namesOf = ({ name, aliases }: Named): string[] => [name, ...aliases];

function nearestOf<P extends Named>(profiles: readonly P[], small: string): P | null {
  let best: { profile: P; share: number } | null = null;
  for (const profile of profiles) {
    for (const name of namesOf(profile)) {
      const share = changes(small, name.toLowerCase()) / Math.max(small.length, name.length);
      if (share <= NEAR && (best === null || share < best.share)) best = { profile, share };
    }
  }
  return best?.profile ?? null;
}

/** Letters to insert, remove or replace to come from one text to the other (Levenshtein's distance). */
function changes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] as number;
}
