/** What several guides say. */
import type { ConnectTarget, GuideStep } from './types.js';

/** For clients that want some key though none is asked for. */
export const PLACEHOLDER_KEY = 'mlx-manager';
/** Stands where a key is needed and none was given. */
export const MISSING_KEY = 'YOUR_API_KEY';
/** Context for clients that must be told one when nobody knows it, tokens. */
export const ASSUMED_CONTEXT = 32_768;

/** The key to write down, or what stands in its place. */
export const keyOf = ({ keyRequired, key }: ConnectTarget): string => (keyRequired ? (key ?? MISSING_KEY) : PLACEHOLDER_KEY);

/** All names, the model's first. */
export const namesOf = ({ model, models }: ConnectTarget): string[] => [...new Set([model, ...models])];

/** Where a key is needed and none was given: how to get one. */
export function keySteps(target: ConnectTarget, client: string): GuideStep[] {
  if (!target.keyRequired || target.key !== undefined) return [];
  return [
    {
      title: 'Make an API key',
      text: `MLX Manager asks for a key. Make one and put it where ${MISSING_KEY} stands below.`,
      language: 'bash',
      code: `mlx-manager keys create ${client}`,
    },
  ];
}

/** A text as one word of a POSIX shell. */
export const shell = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** A text as a string of Python, JavaScript or JSON. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Environment variables as a shell sets them. */
export const exported = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shell(value)}`)
    .join('\n');
