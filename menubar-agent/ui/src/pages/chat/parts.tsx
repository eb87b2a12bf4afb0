/** What a message holds beside its words: thinking, calls of tools, files. */
import { lazy, Suspense, useId, useState, type ReactNode } from 'react';
import ChevronRight from 'lucide-react/icons/chevron-right';
import FileText from 'lucide-react/icons/file-text';
import Wrench from 'lucide-react/icons/wrench';
import type { ChatMessage, MessagePart } from '@mlx-manager/shared';
import { Button, CodeBlock, TextArea } from '../../kit/index.js';
import { duration } from '../../lib/format.js';
import { missingResults, type ToolCallPart, type ToolTexts } from './tools.js';

const Markdown = lazy(() => import('./markdown.js'));

/** Words until the parser is there: as they are, in the same place. */
export function Words({ text, writing }: { text: string; writing: boolean }) {
  return (
    <Suspense fallback={<div className="said whitespace-pre-wrap">{text}</div>}>
      <Markdown text={text} writing={writing} />
    </Suspense>
  );
}

/** @param wanted open until somebody says otherwise. */
function Panel({
  title,
  icon,
  busy = false,
  wanted = false,
  children,
}: {
  title: string;
  icon?: ReactNode;
  busy?: boolean;
  wanted?: boolean;
  children: ReactNode;
}) {
  const [said, setSaid] = useState<boolean | null>(null);
  const open = said ?? wanted;
  const id = useId();
  return (
    <div className="my-1.5">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setSaid(!open)}
        className="flex max-w-full items-center gap-1.5 rounded-md py-0.5 pr-2 text-muted hover:text-text [&_svg]:size-3.5 [&_svg]:shrink-0"
      >
        <ChevronRight aria-hidden className={open ? 'rotate-90 transition-transform' : 'transition-transform'} />
        {icon}
        <span className={busy ? 'breathing truncate' : 'truncate'}>{title}</span>
      </button>
      <div id={id} hidden={!open} className="mt-1 ml-1.5 border-l-2 border-line pl-3">
        {open && children}
      </div>
    </div>
  );
}

export const thoughtFor = (durationMs: number | null, writing: boolean): string => {
  if (durationMs === null) return writing ? 'Thinking…' : 'Thought';
  return `Thought for ${durationMs < 100 ? 'a moment' : duration(durationMs / 1000)}`;
};

export function Thinking({ part, writing }: { part: Extract<MessagePart, { type: 'thinking' }>; writing: boolean }) {
  return (
    <Panel title={thoughtFor(part.durationMs, writing)} busy={writing && part.durationMs === null}>
      <div className="text-muted">
        <Words text={part.text.trim()} writing={writing} />
      </div>
    </Panel>
  );
}

type Result = Extract<MessagePart, { type: 'tool_result' }>;

/** @param text what the tool answered, as it is typed. @param onText left out while nobody can answer. */
export function ToolCall({
  part,
  result,
  text,
  onText,
}: {
  part: ToolCallPart;
  result: Result | undefined;
  text: string;
  onText?: ((text: string) => void) | undefined;
}) {
  const state = result === undefined ? 'no result yet' : result.isError ? 'failed' : 'done';
  return (
    <Panel title={`Called ${part.name} · ${state}`} icon={<Wrench aria-hidden />} wanted={result === undefined && onText !== undefined}>
      <p className="mb-1 text-sm text-muted">Arguments</p>
      <CodeBlock code={pretty(part.arguments)} label={`arguments of ${part.name}`} wrap />
      {result !== undefined && (
        <>
          <p className="mt-2 mb-1 text-sm text-muted">{result.isError ? 'Error' : 'Result'}</p>
          <CodeBlock code={pretty(result.content)} label={`result of ${part.name}`} wrap />
        </>
      )}
      {result === undefined && onText && (
        <TextArea
          className="mt-2"
          rows={2}
          aria-label={`Result of ${part.name}`}
          placeholder="What the tool answered"
          value={text}
          onValueChange={onText}
        />
      )}
    </Panel>
  );
}

/** Sends the results of all calls together: the answer goes on once, with all of them. */
export function SendResults({
  calls,
  texts,
  send,
}: {
  calls: readonly ToolCallPart[];
  texts: ToolTexts;
  send: (results: { toolCallId: string; content: string }[]) => void;
}) {
  const missing = missingResults(calls, texts);
  const label = calls.length === 1 ? 'Send Result' : `Send ${calls.length} Results`;
  return (
    <Button
      className="my-1.5"
      disabled={missing > 0}
      onClick={() => send(calls.map(({ id }) => ({ toolCallId: id, content: texts[id] ?? '' })))}
    >
      {missing > 0 ? `${label} (${missing} missing)` : label}
    </Button>
  );
}

/** JSON with line breaks; what is none stays as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // models write what they like
  }
}

type Attached = Extract<MessagePart, { attachmentId: string }>;

/** Pictures, films and sounds are shown from the agent; other files by their name, which saves them. */
export function Files({ parts }: { parts: readonly Attached[] }) {
  if (parts.length === 0) return null;
  return (
    <ul className="flex flex-wrap justify-end gap-2" aria-label="Files">
      {parts.map((part) => (
        <li key={part.attachmentId} className="max-w-full">
          <FileView part={part} />
        </li>
      ))}
    </ul>
  );
}

function FileView({ part: { attachmentId, name, mediaType, type } }: { part: Attached }) {
  const [broken, setBroken] = useState(false);
  const address = `/api/attachments/${encodeURIComponent(attachmentId)}`;
  const frame = 'max-h-64 max-w-full rounded-lg border border-line bg-sunken';
  if (!broken && (type === 'image' || mediaType.startsWith('image/')))
    return <img src={address} alt={name} className={`${frame} min-h-8 object-contain`} onError={() => setBroken(true)} />;
  // What somebody attached has no captions; its name says what it is.
  if (!broken && mediaType.startsWith('video/'))
    return <video src={address} aria-label={name} controls preload="metadata" className={frame} onError={() => setBroken(true)} />;
  if (!broken && mediaType.startsWith('audio/'))
    return <audio src={address} aria-label={name} controls preload="metadata" onError={() => setBroken(true)} />;
  return (
    <a
      href={address}
      download={name}
      title={`${name} (${mediaType})`}
      className="flex max-w-72 items-center gap-2 rounded-lg border border-line bg-surface px-2.5 py-1.5 text-text no-underline hover:bg-hover"
    >
      <FileText aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="truncate">{name}</span>
    </a>
  );
}

export const filesOf = (message: ChatMessage): Attached[] => message.parts.filter((part) => part.type === 'image' || part.type === 'file');
