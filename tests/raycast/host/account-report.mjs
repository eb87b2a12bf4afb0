/** Reads the account that test files of one run kept together (see account.ts). Plain JavaScript: jest's global teardown uses it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What of the extension `manifest` no test of the run touched: commands and tools never launched, and actions that were shown and never
 * pressed (`command: title`, one title for each sort of action). Empty when everything was.
 */
export function untouched(folder, manifest) {
  const lines = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.jsonl'))
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
        .map((line) => JSON.parse(line))
        .filter((line) => line.command.startsWith(`${manifest.name}/`))
        .map((line) => ({ ...line, command: line.command.slice(manifest.name.length + 1) }))
    : [];
  const launched = new Set(lines.map((line) => line.command));
  const all = [...manifest.commands.map((one) => one.name), ...(manifest.tools ?? []).map((one) => `tools/${one.name}`)];
  const actions = lines.filter((line) => line.title !== undefined);
  const pressed = new Set(
    actions.filter((line) => line.pressed).flatMap(({ command, title, sorts }) => [title, ...sorts].map((name) => `${command}|${name}`)),
  );
  const left = new Map();
  for (const { command, title, sorts } of actions) {
    if (![title, ...sorts].some((name) => pressed.has(`${command}|${name}`))) left.set(`${command}|${sorts[0]}`, `${command}: ${title}`);
  }
  return [...all.filter((name) => !launched.has(name)).map((name) => `${name}: never launched`), ...[...left.values()].sort()];
}
