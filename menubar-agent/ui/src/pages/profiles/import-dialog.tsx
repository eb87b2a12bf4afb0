/** Taking profiles over from another machine: a file, or the text of one. What was changed on the way in is said. */
import { useEffect, useMemo, useRef, useState, type DragEvent } from 'react';
import FileUp from 'lucide-react/icons/file-up';
import type { ProfileExport, ProfileImportResult } from '@mlx-manager/shared';
import { Button, cn, Dialog, TextArea } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { shortModel } from '../../lib/servers.js';
import { readBundle } from './bundle.js';

/** Larger than any export; a film dropped by mistake is not read. */
const MAX_BYTES = 5_000_000;

export function ImportDialog({ file, onClose }: { file: File | null; onClose: () => void }) {
  const [text, setText] = useState('');
  const [source, setSource] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [result, setResult] = useState<ProfileImportResult | null>(null);
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const take = useAction((client, body: ProfileExport) => client.importProfiles({ body }), {
    done: setResult,
    // Told in the dialog.
    failed: () => true,
  });
  const load = (from: File): void => {
    setTrouble(null);
    setSource(from.name);
    // What was read before is not what is in this file.
    setText('');
    if (from.size > MAX_BYTES) {
      setTrouble(`${from.name} is too large to be an export of profiles. Choose the file that Export made.`);
      return;
    }
    from
      .text()
      .then(setText, (error: unknown) =>
        setTrouble(`${from.name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`),
      );
  };
  useEffect(() => {
    if (file) load(file);
  }, [file]);
  const read = useMemo(() => (text.trim() === '' ? null : readBundle(text)), [text]);
  const bundle = read && 'bundle' in read ? read.bundle : null;
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped) load(dropped);
  };
  if (result) return <Outcome result={result} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Import profiles"
      description="From a file that Export made, here or on another machine. All profiles in it are taken over, or none."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!bundle} pending={take.pending} onClick={() => bundle && void take.run(bundle)}>
            {bundle ? `Import ${plural(bundle.profiles.length, 'Profile')}` : 'Import'}
          </Button>
        </>
      }
    >
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={cn(
          'flex flex-col items-center gap-2 rounded-lg border border-dashed p-4 text-center',
          over ? 'border-accent bg-accent-soft' : 'border-line-strong',
        )}
      >
        <FileUp aria-hidden className="size-6 text-muted" />
        <p className="max-w-full truncate">{source ?? 'Drop a file here'}</p>
        <Button onClick={() => picker.current?.click()}>Choose a File…</Button>
        <input
          ref={picker}
          type="file"
          accept=".json,application/json"
          aria-label="File to import"
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            const [picked] = event.target.files ?? [];
            if (picked) load(picked);
            // The same file may be chosen again after it was corrected.
            event.target.value = '';
          }}
        />
      </div>
      <TextArea
        aria-label="Text of an export"
        placeholder="… or paste its text"
        rows={4}
        spellCheck={false}
        value={text}
        onValueChange={(next) => {
          setSource(null);
          setTrouble(null);
          setText(next);
        }}
        className="mt-3 font-mono !text-sm"
      />
      {trouble !== null && (
        <p role="alert" className="mt-2 text-bad">
          {trouble}
        </p>
      )}
      {read && 'problem' in read && (
        <div role="alert" className="mt-2 text-bad">
          <p>{read.problem}</p>
          {read.details && (
            <ul className="mt-1 list-disc pl-5 text-sm wrap-anywhere">
              {read.details.map((detail) => (
                <li key={detail}>{detail}</li>
              ))}
            </ul>
          )}
        </div>
      )}
      {bundle && (
        <div className="mt-3">
          <h3 className="font-semibold">In it</h3>
          <ul className="mt-1 max-h-40 overflow-y-auto" tabIndex={0} aria-label="Profiles in it">
            {bundle.profiles.map(({ name, modelPath }, i) => (
              // Two may have the same name.
              <li key={i} className="flex gap-2">
                <span className="min-w-0 truncate" title={name}>
                  {name}
                </span>
                <span className="min-w-0 truncate text-muted" title={modelPath}>
                  {shortModel(modelPath)}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {take.error && (
        <p role="alert" className="mt-2 text-bad">
          {take.error.message} {take.error.action}
        </p>
      )}
    </Dialog>
  );
}

function Outcome({ result: { imported, changes }, onClose }: { result: ProfileImportResult; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`${plural(imported.length, 'profile')} imported`}
      footer={
        <Button variant="primary" autoFocus onClick={onClose}>
          Done
        </Button>
      }
    >
      {changes.length === 0 ? (
        <p>Nothing had to be changed.</p>
      ) : (
        <>
          <p>What is taken here already, or is not taken over, was changed:</p>
          <ul aria-label="Changes" tabIndex={0} className="mt-2 max-h-64 list-disc overflow-y-auto pl-5 wrap-anywhere">
            {changes.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}
