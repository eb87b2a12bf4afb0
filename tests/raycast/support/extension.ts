/** The extension as it stands in the repository: its manifest, typed as far as the tests read it, and its files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '../../../scripts/extension.mjs';
import { root } from '../../../scripts/setup.mjs';

export const repository: string = root;
export const extensionFolder: string = join(root, 'raycast-extension');

export interface Choice {
  title: string;
  value: string;
}
export interface Preference {
  name: string;
  title?: string;
  label?: string;
  description: string;
  type: string;
  required: boolean;
  placeholder?: string;
  default?: unknown;
  data?: Choice[];
}
export interface Argument {
  name: string;
  type: string;
  placeholder: string;
  required?: boolean;
  data?: Choice[];
}
export interface Entry {
  name: string;
  title: string;
  description: string;
  icon?: string;
  preferences?: Preference[];
}
export interface Command extends Entry {
  mode: 'view' | 'no-view' | 'menu-bar';
  subtitle?: string;
  interval?: string;
  keywords?: string[];
  arguments?: Argument[];
}
export interface Manifest extends Entry {
  $schema: string;
  author: string;
  license: string;
  platforms: string[];
  categories: string[];
  keywords?: string[];
  commands: Command[];
  tools?: Entry[];
  ai?: {
    instructions?: string;
    evals?: { input: string; mocks?: Record<string, unknown>; expected?: { callsTool?: string | { name: string } }[] }[];
  };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** A file of the extension, as text. */
export const read = (name: string): string => readFileSync(join(extensionFolder, name), 'utf8');

export const manifest = JSON.parse(read('package.json')) as Manifest;

/** The extension's own sources, tests left out, as paths from its folder. */
export const sources: string[] = filesBelow(join(extensionFolder, 'src'))
  .filter((file: string) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
  .map((file: string) => `src/${file}`);

/** Every preference of the manifest: the extension's, its commands', its tools'. */
export const preferences: Preference[] = [manifest, ...manifest.commands, ...(manifest.tools ?? [])].flatMap(
  (entry) => entry.preferences ?? [],
);
