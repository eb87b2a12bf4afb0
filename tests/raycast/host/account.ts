/**
 * Keeps account of the actions that commands show and tests press, over all test files of a run (each may be a process of its own): lines in
 * a folder that the run's setup made, read together after the last test (account-report.mjs). An action counts as pressed when one of its title was, or one of
 * the same kind, handler and first word ("Start qwen3" and "Start llama" are one action with two objects).
 */
import { appendFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ActionView } from './action-view.js';
import { callback } from './nodes.js';

/** The environment variable with the run's folder (set by global-setup.mjs). */
export const accountVariable = 'RAYCAST_HOST_ACCOUNT';

/** One line of the account; account-report.mjs reads them. A line with a command only is a launch. */
interface Line {
  command: string;
  title: string;
  sorts: string[];
  pressed: boolean;
}

const handlers = ['onAction', 'onSubmit', 'onCopy', 'onPaste', 'onOpen', 'onShow', 'onTrash', 'onChange', 'onPush'];

/** What an action is besides its title: of one kind, handler and first word; or of one kind and handler in one submenu, whose choices are one action with many objects. */
function sortsOf({ node, type, title, path }: ActionView): string[] {
  const handler = handlers.map((name) => callback(node, name)).find(Boolean);
  if (!handler) return [`${type}:${title}`];
  const source = createHash('sha256').update(Function.prototype.toString.call(handler)).digest('hex').slice(0, 16);
  const menu = path.slice(0, -title.length);
  return [`${type}:${title.split(' ')[0] ?? ''}:${source}`, ...(menu === '' ? [] : [`${type}:${menu}:${source}`])];
}

const seen = new Set<string>();

export function account(command: string, action: ActionView, pressed: boolean): void {
  const folder = process.env[accountVariable];
  if (folder === undefined || action.type === 'action-submenu') return;
  const line: Line = { command, title: action.path, sorts: sortsOf(action), pressed };
  const text = JSON.stringify(line);
  if (seen.has(text)) return;
  seen.add(text);
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${text}\n`);
}

/** Notes that a command or a tool (`tools/…`) was started. */
export function accountLaunch(command: string): void {
  const folder = process.env[accountVariable];
  if (folder !== undefined) appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify({ command })}\n`);
}
