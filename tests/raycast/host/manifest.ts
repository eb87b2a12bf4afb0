/** The extension's manifest: what Raycast reads of it before a command starts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Preference {
  name: string;
  title?: string;
  type: string;
  required?: boolean;
  default?: unknown;
}
export interface Argument {
  name: string;
  type: string;
  required?: boolean;
}
export interface CommandInfo {
  name: string;
  title: string;
  mode: 'view' | 'no-view' | 'menu-bar';
  preferences?: Preference[];
  arguments?: Argument[];
}
export interface Manifest {
  name: string;
  author: string;
  title: string;
  commands: CommandInfo[];
  tools?: { name: string; title: string }[];
  preferences?: Preference[];
}

export const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

export function commandOf(manifest: Manifest, name: string): CommandInfo {
  const command = manifest.commands.find((one) => one.name === name);
  if (!command) throw new Error(`No command "${name}" in the manifest; there are ${manifest.commands.map((one) => one.name).join(', ')}.`);
  return command;
}

/** What `getPreferenceValues` answers: the user's values over the manifest's defaults. A required one without value stops the launch. */
export function preferenceValues(
  manifest: Manifest,
  command: CommandInfo | undefined,
  set: Record<string, unknown>,
): Record<string, unknown> {
  const known = [...(manifest.preferences ?? []), ...(command?.preferences ?? [])];
  const strange = Object.keys(set).find((name) => !known.some((one) => one.name === name));
  if (strange !== undefined) throw new Error(`The manifest has no preference "${strange}"${command ? ` for ${command.name}` : ''}.`);
  const values: Record<string, unknown> = {};
  for (const { name, type, required, default: preset } of known) {
    const value = set[name] ?? preset ?? (type === 'checkbox' ? false : undefined);
    if (value !== undefined) values[name] = value;
    else if (required === true) throw new Error(`Raycast asks for the required preference "${name}" before this command starts.`);
  }
  return values;
}

/** The launch arguments: those left out are empty texts; a required one left out never reaches a command. */
export function argumentValues(command: CommandInfo, given: Record<string, string>): Record<string, string> {
  const known = command.arguments ?? [];
  const strange = Object.keys(given).find((name) => !known.some((one) => one.name === name));
  if (strange !== undefined) throw new Error(`The command ${command.name} has no argument "${strange}".`);
  return Object.fromEntries(
    known.map(({ name, required }) => {
      if (required === true && !given[name]) throw new Error(`Raycast asks for the argument "${name}" before ${command.name} starts.`);
      return [name, given[name] ?? ''];
    }),
  );
}
