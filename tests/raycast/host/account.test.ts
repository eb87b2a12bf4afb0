import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { account, accountLaunch, accountVariable } from './account.js';
import type { ActionView } from './action-view.js';
import { createNode } from './nodes.js';
import { untouched } from './account-report.mjs';

const action = (title: string, onAction?: () => void): ActionView => ({
  title,
  path: title,
  section: undefined,
  shortcut: undefined,
  icon: undefined,
  destructive: false,
  type: onAction ? 'action' : 'action-copy',
  node: createNode('action', { onAction }),
});

test('shown and never pressed actions are named, one for each sort, and so are commands that nobody launched', () => {
  const before = process.env[accountVariable];
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  process.env[accountVariable] = folder;
  try {
    const toggle = () => undefined;
    const remove = () => null;
    accountLaunch('ext/list');
    accountLaunch('other/list');
    account('other/list', action('Elsewhere'), false);
    for (const view of [action('Start a', toggle), action('Start b', toggle), action('Stop a', toggle), action('Delete a', remove)]) {
      account('ext/list', view, false);
    }
    account('ext/list', action('Copy ID'), false);
    account('ext/list', action('Copy Name'), false);
    account('ext/list', action('Start b', toggle), true);
    account('ext/list', action('Copy ID'), true);
    const manifest = { name: 'ext', commands: [{ name: 'list' }, { name: 'quiet' }], tools: [{ name: 'ask' }] };
    expect(untouched(folder, manifest)).toEqual([
      'quiet: never launched',
      'tools/ask: never launched',
      'list: Copy Name',
      'list: Delete a',
      'list: Stop a',
    ]);
    for (const view of [action('Stop a', toggle), action('Delete x', remove), action('Copy Name')]) account('ext/list', view, true);
    accountLaunch('ext/quiet');
    accountLaunch('ext/tools/ask');
    expect(untouched(folder, manifest)).toEqual([]);
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, accountVariable);
    else process.env[accountVariable] = before;
    rmSync(folder, { recursive: true, force: true });
  }
});
