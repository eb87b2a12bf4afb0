/** Profiles as a file: read from one, written to one. */
import { inWords, profileExport, type ProfileExport } from '@mlx-manager/shared';

export type Read = { readonly bundle: ProfileExport } | { readonly problem: string; readonly details?: readonly string[] };

const SHOWN = 5;

/** Reads what was exported. What is wrong with it is said in words. */
export function readBundle(text: string): Read {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: 'This is no JSON. Choose a file that was made by Export.', details: [reason] };
  }
  const said = typeof json === 'object' && json !== null ? (json as { format?: unknown; version?: unknown }) : {};
  if (said.format !== 'mlx-manager.profiles')
    return { problem: 'This is JSON, but no export of profiles. Choose a file that was made by Export.' };
  if (said.version !== 1)
    return { problem: `This export is of version ${String(said.version)}, which this release does not know. Update MLX Manager.` };
  const { data, error } = profileExport.safeDecode(json as never);
  if (data) return data.profiles.length === 0 ? { problem: 'There is no profile in it.' } : { bundle: data };
  const issues = error.issues.map((issue) => `${nameOf(json, issue.path)}: ${inWords(issue)}`);
  return {
    problem: 'Something in it is not as a profile must be. Correct it and try again; nothing was imported.',
    details: [...issues.slice(0, SHOWN), ...(issues.length > SHOWN ? [`and ${issues.length - SHOWN} more`] : [])],
  };
}

/** `profiles.3.port` as `Coder, port`. */
function nameOf(json: unknown, path: readonly PropertyKey[]): string {
  const [list, index, ...rest] = path;
  if (list !== 'profiles' || typeof index !== 'number') return path.join('.') || 'the file';
  const profile = (json as { profiles: { name?: unknown }[] }).profiles[index];
  const name = typeof profile?.name === 'string' && profile.name.trim() !== '' ? profile.name.slice(0, 80) : `profile ${index + 1}`;
  return rest.length === 0 ? name : `${name}, ${rest.join('.')}`;
}

/** An export as the text of a file. */
export const writeBundle = (bundle: ProfileExport): string => `${JSON.stringify(profileExport.encode(bundle), null, 2)}\n`;
