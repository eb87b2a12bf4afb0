/** A command line as it is run: one line for a terminal, or its words one below the other. */
import { useState } from 'react';
import type { LaunchCommand } from '@mlx-manager/shared';
import { CodeBlock, Tabs } from '../kit/index.js';
import { wordsOf } from './command-words.js';

export function CommandView({ command, label = 'command' }: { command: LaunchCommand; label?: string }) {
  const [tab, setTab] = useState<'line' | 'words'>('line');
  return (
    <>
      <Tabs
        label="Form of the command"
        value={tab}
        onValueChange={setTab}
        tabs={[
          { value: 'line', label: 'Shell', panel: <CodeBlock wrap className="mt-2" code={command.shell} label={label} /> },
          { value: 'words', label: 'Arguments', panel: <CodeBlock className="mt-2" code={wordsOf(command)} label="arguments" /> },
        ]}
      />
      {!command.portFixed && (
        <p className="mt-2 text-sm text-muted">The agent takes a free port at each start; {command.port} stands here for it.</p>
      )}
    </>
  );
}
