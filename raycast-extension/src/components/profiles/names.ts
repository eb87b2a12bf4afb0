/** Names of profiles. No React in here. */
import type { Profile } from "@mlx-manager/shared";

/** A name for a profile of this model that no other has: `mlx-community/Qwen3-4B-4bit` → `Qwen3-4B-4bit`. */
export function suggestName(modelPath: string, taken: ReadonlySet<string>): string {
  const base = modelPath.split("/").filter(Boolean).at(-1)?.slice(0, 76) ?? "";
  if (base === "") return "";
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

/** Names and aliases in use, in lower case, without those of one profile. */
export const namesOf = (profiles: readonly Profile[], without?: number): Set<string> =>
  new Set(
    profiles
      .filter(({ id }) => id !== without)
      .flatMap(({ name, aliases }) => [name, ...aliases].map((one) => one.toLowerCase())),
  );
