/** Where a message is written: text, files, templates, thinking; Enter sends, Shift-Enter begins a line. */
import { useEffect, useLayoutEffect, useRef, type ReactNode, type Ref } from 'react';
import ArrowUp from 'lucide-react/icons/arrow-up';
import FileText from 'lucide-react/icons/file-text';
import LoaderCircle from 'lucide-react/icons/loader-circle';
import Paperclip from 'lucide-react/icons/paperclip';
import Square from 'lucide-react/icons/square';
import X from 'lucide-react/icons/x';
import { Button, cn, IconButton } from '../../kit/index.js';
import { isKey, keyLabel } from '../../lib/keys.js';
import type { WaitingFile, WaitingFiles } from './use-files.js';

export interface ComposerProps {
  text: string;
  onText: (text: string) => void;
  files: WaitingFiles;
  busy: boolean;
  /** A message of the past is being worded anew. */
  editing: boolean;
  onCancelEdit: () => void;
  onSend: () => void;
  onStop: () => void;
  /** Beside the button for files. */
  tools: ReactNode;
  below: ReactNode;
  field: Ref<HTMLTextAreaElement>;
}

export function Composer({ text, onText, files, busy, editing, onCancelEdit, onSend, onStop, tools, below, field }: ComposerProps) {
  const chooser = useRef<HTMLInputElement>(null);
  const own = useRef<HTMLTextAreaElement | null>(null);
  const ready = !busy && !files.uploading && (text.trim() !== '' || files.files.length > 0);
  useLayoutEffect(() => {
    const area = own.current;
    if (area === null) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, Math.max(120, window.innerHeight * 0.4))}px`;
  }, [text]);
  useEffect(() => own.current?.focus(), []);
  const setField = (element: HTMLTextAreaElement | null): void => {
    own.current = element;
    if (typeof field === 'function') field(element);
    else if (field) field.current = element;
  };

  return (
    <form
      aria-label="New message"
      className="mx-auto w-full max-w-[760px] shrink-0 px-5 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSend();
      }}
    >
      <div className="rounded-xl border border-line-strong/60 bg-surface focus-within:border-line-strong">
        {editing && (
          <div className="flex items-center gap-2 border-b border-line px-3 py-1 text-sm text-muted">
            <span className="flex-1">Editing a message: its answer is written anew, the old one stays as a branch.</span>
            <Button size="sm" variant="ghost" onClick={onCancelEdit}>
              Cancel
            </Button>
          </div>
        )}
        {files.files.length > 0 && (
          <ul aria-label="Files to send" className="flex flex-wrap gap-1.5 px-3 pt-2.5">
            {files.files.map((file) => (
              <Chip key={file.id} file={file} remove={() => files.remove(file.id)} />
            ))}
          </ul>
        )}
        <textarea
          ref={setField}
          rows={1}
          aria-label="Message"
          placeholder="Ask anything"
          value={text}
          onChange={(event) => onText(event.target.value)}
          onPaste={(event) => {
            const pasted = [...event.clipboardData.files];
            if (pasted.length === 0 || isText(event.clipboardData)) return;
            event.preventDefault();
            files.add(pasted);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'Escape' && (editing || busy)) {
              event.preventDefault();
              if (busy) onStop();
              else onCancelEdit();
            }
            if (!isKey(event, 'enter') && !isKey(event, 'mod+enter')) return;
            event.preventDefault();
            if (ready) onSend();
          }}
          className="block w-full resize-none bg-transparent px-3.5 pt-2.5 pb-1 text-[14px] leading-[22px] outline-none"
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            onChange={({ target }) => {
              if (target.files) files.add(target.files);
              target.value = '';
            }}
          />
          <IconButton label="Attach files" icon={<Paperclip />} onClick={() => chooser.current?.click()} />
          {tools}
          <span className="flex-1" />
          {busy ? (
            <IconButton
              variant="plain"
              label="Stop"
              keys="Esc"
              icon={<Square className="fill-current" />}
              onClick={onStop}
              className="!rounded-full"
            />
          ) : (
            <IconButton
              variant="primary"
              type="submit"
              label={editing ? 'Send anew' : 'Send'}
              keys={keyLabel('enter')}
              icon={<ArrowUp />}
              disabled={!ready}
              className="!rounded-full"
            />
          )}
        </div>
      </div>
      {below}
    </form>
  );
}

/** Excel, Word and Numbers put a picture of their text beside it: the text is what was copied. A copied picture or file has no such text. */
const isText = (copied: DataTransfer): boolean => copied.types.includes('text/html') && copied.getData('text/plain').trim() !== '';

function Chip({ file: { name, part }, remove }: { file: WaitingFile; remove: () => void }) {
  const picture = part?.type === 'image';
  return (
    <li className="flex max-w-56 items-center gap-1.5 rounded-lg border border-line bg-raised py-1 pr-1 pl-1.5">
      {part === null ? (
        <LoaderCircle aria-label="Being attached" role="img" className="turning size-4 shrink-0 text-muted" />
      ) : picture ? (
        <img src={`/api/attachments/${encodeURIComponent(part.attachmentId)}`} alt="" className="size-6 shrink-0 rounded object-cover" />
      ) : (
        <FileText aria-hidden className="size-4 shrink-0 text-muted" />
      )}
      <span className={cn('min-w-0 truncate text-sm', part === null && 'text-muted')} title={name}>
        {name}
      </span>
      <IconButton size="sm" label={`Remove ${name}`} icon={<X />} onClick={remove} />
    </li>
  );
}
