/** The installer's lines: live while it works, and of the last installation as long as the agent knows them. */
import { useEffect, useRef, useState } from 'react';
import type { Engine, InstallLine } from '@mlx-manager/shared';
import { CopyButton } from '../../../kit/index.js';
import { client, toAgentError } from '../../../lib/api.js';

/** Lines kept; an installer rarely says more. */
const KEPT = 1000;

export function InstallLog({ engine }: { engine: Pick<Engine, 'id' | 'name' | 'state'> }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit rounded text-sm text-muted hover:text-text">Installer’s output</summary>
      {open && <Lines engine={engine} />}
    </details>
  );
}

function Lines({ engine: { id, name, state } }: { engine: Pick<Engine, 'id' | 'name' | 'state'> }) {
  const { lines, problem } = useInstallLines(id, state === 'installing');
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    // Follows the end, unless somebody reads further up.
    const pre = box.current;
    if (pre && pre.scrollHeight - pre.scrollTop - pre.clientHeight < 80) pre.scrollTop = pre.scrollHeight;
  }, [lines]);
  const text = lines.map((line) => line.text).join('\n');
  return (
    <div className="relative mt-1.5">
      <pre
        ref={box}
        role="log"
        tabIndex={0}
        aria-label={`Output of the installer of ${name}`}
        className="max-h-64 min-h-12 overflow-auto rounded-md bg-sunken p-3 pr-10 wrap-anywhere whitespace-pre-wrap outline-offset-[-2px]"
      >
        {text === '' ? (state === 'installing' ? 'Starting…' : 'Nothing was installed since the agent began.') : text}
        {problem !== null && `\n${problem}`}
      </pre>
      {text !== '' && <CopyButton text={text} label="Copy the output" className="absolute top-1.5 right-1.5 bg-sunken" />}
    </div>
  );
}

/** @param installing a new installation is read from its begin. */
function useInstallLines(engineId: string, installing: boolean): { lines: readonly InstallLine[]; problem: string | null } {
  const [lines, setLines] = useState<readonly InstallLine[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const ended = useRef(false);
  useEffect(() => {
    // Read whole already: the end of the installation is no reason to ask again.
    if (ended.current && !installing) return undefined;
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      let seen: InstallLine[] = [];
      setProblem(null);
      for await (const one of client.watchInstall(engineId, stop.signal)) {
        if (!('text' in one)) {
          ended.current = true;
          continue;
        }
        seen = [...seen, one].slice(-KEPT);
        setLines(seen);
      }
      if (seen.length === 0) setLines([]);
    };
    ended.current = false;
    read().catch((error: unknown) => {
      if (!stop.signal.aborted) setProblem(toAgentError(error).message);
    });
    return () => stop.abort();
  }, [engineId, installing]);
  return { lines, problem };
}
