/** Own personas and templates on their way to another Mac, and back. */
import { useRef, useState } from 'react';
import Download from 'lucide-react/icons/download';
import Upload from 'lucide-react/icons/upload';
import { promptsExport, readWire, toSnakeCase, type PromptsExport, type PromptsImported } from '@mlx-manager/shared';
import { Button, ConfirmDialog, Dialog, Menu } from '../../../kit/index.js';
import { plural } from '../../../lib/format.js';
import { useAction } from '../../../lib/query.js';
import { saveFrom } from '../../../lib/save-file.js';

const EXPORTS = [
  { what: 'all', label: 'Personas and Templates', file: 'mlx-manager-prompts' },
  { what: 'personas', label: 'Personas', file: 'mlx-manager-personas' },
  { what: 'templates', label: 'Templates', file: 'mlx-manager-templates' },
] as const;
/** A file larger than this is none of ours, bytes. */
const MOST = 32 * 1024 * 1024;

type Read = { file: PromptsExport; name: string } | { problem: string; name: string };

export function Transfer({ own }: { own: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const [read, setRead] = useState<Read | null>(null);
  const take = useAction((client, body: PromptsExport) => client.importPrompts({ body }), {
    success: told,
    done: () => setRead(null),
  });
  const choose = async (file: File | undefined): Promise<void> => {
    if (file) setRead({ name: file.name, ...(await readFile(file)) });
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        aria-label="File to import"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          void choose(event.target.files?.[0]);
          // The same file may be chosen again.
          event.target.value = '';
        }}
      />
      <Button icon={<Upload aria-hidden />} onClick={() => input.current?.click()}>
        Import…
      </Button>
      <Menu
        trigger={
          <Button icon={<Download aria-hidden />} disabled={!own} title={own ? undefined : 'There is nothing of your own yet'}>
            Export
          </Button>
        }
        entries={EXPORTS.map(({ what, label, file }) => ({
          label,
          run: () => saveFrom(`/api/prompts/export?what=${what}`, `${file}.json`),
        }))}
      />
      {read !== null && 'file' in read && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setRead(null)}
          title={`Import ${contentOf(read.file)}?`}
          description={`From ${read.name}. Where a name is taken here, the new one gets a number; what is here word for word is left.`}
          confirm="Import"
          danger={false}
          pending={take.pending}
          onConfirm={() => void take.run(read.file)}
        />
      )}
      {read !== null && 'problem' in read && (
        <Dialog
          open
          onOpenChange={(open) => !open && setRead(null)}
          size="sm"
          title="This file cannot be imported"
          description={`${read.name}: ${read.problem}`}
          footer={<Button onClick={() => setRead(null)}>Close</Button>}
        >
          <p className="text-muted">Choose a file that was exported here, or on another Mac with MLX Manager.</p>
        </Dialog>
      )}
    </>
  );
}

async function readFile(file: File): Promise<{ file: PromptsExport } | { problem: string }> {
  if (file.size > MOST) return { problem: 'It is too large.' };
  let json: unknown;
  try {
    json = JSON.parse(await file.text());
  } catch {
    // Said to the user: that is all there is to know of it.
    return { problem: 'It is no JSON file.' };
  }
  const said = typeof json === 'object' && json !== null ? (json as { format?: unknown; version?: unknown }) : {};
  if (said.format !== 'mlx-manager/prompts') return { problem: 'It is no export of personas and templates.' };
  if (said.version !== 1) return { problem: `It is of version ${String(said.version)}, which this release does not know.` };
  const result = readWire(promptsExport, json);
  if ('value' in result) {
    const { personas, templates } = result.value;
    return personas.length + templates.length === 0 ? { problem: 'There is no persona and no template in it.' } : { file: result.value };
  }
  const [first] = result.problems;
  return { problem: first ? `${placeOf(first.path)}: ${first.problem}` : 'It does not fit.' };
}

/** `personas.0.systemPrompt` as `persona 1, system_prompt`. */
function placeOf([list, index, ...rest]: readonly (string | number)[]): string {
  if (typeof index !== 'number') return [list, index, ...rest].filter((part) => part !== undefined).join('.') || 'The whole';
  return [`${String(list).replace(/s$/, '')} ${index + 1}`, ...rest.map((part) => toSnakeCase(String(part)))].join(', ');
}

const contentOf = ({ personas, templates }: { personas: readonly unknown[]; templates: readonly unknown[] }): string =>
  `${plural(personas.length, 'persona')} and ${plural(templates.length, 'template')}`;

function told({ personas, templates, unchanged }: PromptsImported): string {
  const rest = unchanged === 0 ? '' : `; ${plural(unchanged, 'one was', 'were')} here already`;
  return `Imported ${contentOf({ personas, templates })}${rest}`;
}
