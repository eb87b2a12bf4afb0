/** What the guides are told of this machine. */
import type { ConnectTarget, LocalModel, Profile, Settings } from '@mlx-manager/shared';

/** The name for a client's settings: the profile's own, or an alias where that has spaces, which some clients cannot bear. */
export const modelNameOf = ({ name, aliases }: Pick<Profile, 'name' | 'aliases'>): string =>
  /\s/.test(name) ? (aliases[0] ?? name) : name;

export interface Known {
  readonly settings: Settings;
  readonly profiles: readonly Profile[];
  readonly models: readonly LocalModel[];
}

/** @param origin the address that the client shall use, without path. @param beyond it is one for other machines. */
export function targetOf(profile: Profile, known: Known, origin: string, beyond: boolean, key: string | undefined): ConnectTarget {
  const { settings, profiles, models } = known;
  const window = models.find((model) => model.modelId === profile.modelPath || model.localPath === profile.modelPath)?.characteristics
    .contextWindow;
  return {
    origin,
    // From another machine a key is always asked for.
    keyRequired: settings.requireApiKey || beyond,
    ...(key !== undefined && { key }),
    model: modelNameOf(profile),
    models: profiles.map(modelNameOf),
    contextLength: profile.contextLength ?? window ?? null,
    ollama: { enabled: settings.ollamaEnabled, port: settings.ollamaPort },
    kind: profile.modelType,
  };
}

/** `http://192.168.1.5:10239` of `http://192.168.1.5:10239/v1`. */
export const originOf = (url: string): string => new URL(url).origin;

/** The profile one sees first: chosen, else the default one, else one that runs, else the first. */
export function firstProfile(profiles: readonly Profile[], wanted: number | null, running: readonly number[]): Profile | undefined {
  return profiles.find(({ id }) => id === wanted) ?? profiles.find(({ id }) => running.includes(id)) ?? profiles[0];
}
