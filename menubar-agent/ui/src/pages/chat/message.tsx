/** One message: what was said, what can be done with it. */
import { memo, useState, type ReactNode } from 'react';
import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import CirclePlay from 'lucide-react/icons/circle-play';
import Pencil from 'lucide-react/icons/pencil';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import { textOf, type AnswerMetrics, type ChatMessage, type MessagePart } from '@mlx-manager/shared';
import { Button, cn, CopyButton, IconButton } from '../../kit/index.js';
import { adviceFor } from '../../lib/advice.js';
import { count, duration, tokensPerSecond } from '../../lib/format.js';
import { keyLabel } from '../../lib/keys.js';
import { Files, filesOf, SendResults, Thinking, ToolCall, Words } from './parts.js';
import { openCalls, type ToolTexts } from './tools.js';

/** The same object for a whole chat, so that finished messages are not drawn again. */
export interface MessageActions {
  readonly regenerate: (messageId: string) => void;
  readonly resume: (messageId: string) => void;
  readonly edit: (message: ChatMessage) => void;
  readonly show: (messageId: string) => void;
  /** All results of an answer's calls at once. */
  readonly answerTools: (results: readonly { toolCallId: string; content: string }[]) => void;
}

export interface MessageProps {
  message: ChatMessage;
  /** What follows: results of its tools. */
  results: readonly MessagePart[] | undefined;
  last: boolean;
  /** An answer is being written in this chat: nothing else can be begun. */
  busy: boolean;
  far: boolean;
  actions: MessageActions;
}

export const Message = memo(function Message(props: MessageProps) {
  const { message, far } = props;
  const mine = message.role === 'user';
  return (
    <article aria-label={mine ? 'You' : 'Answer'} className={cn('group mx-auto w-full max-w-[760px] px-5 py-2.5', far && 'far')}>
      <h2 className="sr-only">{mine ? 'You' : `Answer${message.profileName === null ? '' : ` of ${message.profileName}`}`}</h2>
      {mine ? <Question {...props} /> : <Answer {...props} />}
    </article>
  );
});

function Question({ message, busy, actions }: MessageProps) {
  const text = textOf(message);
  return (
    <div className="flex flex-col items-end gap-1.5">
      <Files parts={filesOf(message)} />
      {text !== '' && (
        <div className="max-w-[85%] rounded-2xl rounded-br-md bg-accent-soft px-3.5 py-2 text-[14px] leading-[22px] wrap-anywhere whitespace-pre-wrap">
          {text}
        </div>
      )}
      <Bar>
        <Branches message={message} busy={busy} actions={actions} />
        <CopyButton text={text} label="Copy message" />
        <IconButton
          size="sm"
          label="Edit message"
          keys={keyLabel('mod+e')}
          icon={<Pencil />}
          disabled={busy}
          onClick={() => actions.edit(message)}
        />
      </Bar>
    </div>
  );
}

function Answer({ message, results, last, busy, actions }: MessageProps) {
  const writing = message.status === 'generating';
  const { parts, status, metrics } = message;
  const [texts, setTexts] = useState<ToolTexts>({});
  const calls = last && !busy ? openCalls(parts, results) : [];
  const ended = ['stopped', 'interrupted', 'failed'].includes(status) || metrics?.finishReason === 'length';
  return (
    <div aria-busy={writing}>
      {parts.map((part, i) => (
        <Part
          key={i}
          part={part}
          writing={writing && i === parts.length - 1}
          results={results}
          texts={texts}
          onText={last && !busy ? setTexts : undefined}
        />
      ))}
      {calls.length > 0 && <SendResults calls={calls} texts={texts} send={actions.answerTools} />}
      {writing && parts.length === 0 && <p className="breathing text-muted">Waiting for the first token…</p>}
      <Ending message={message} />
      {!writing && (
        <Bar shown={last}>
          <Branches message={message} busy={busy} actions={actions} />
          <CopyButton text={() => textOf(message)} label="Copy answer" />
          <IconButton
            size="sm"
            label="Regenerate"
            {...(last && { keys: keyLabel('mod+r') })}
            icon={<RefreshCw />}
            disabled={busy}
            onClick={() => actions.regenerate(message.id)}
          />
          {ended && last && (
            <Button size="sm" variant="ghost" icon={<CirclePlay aria-hidden />} disabled={busy} onClick={() => actions.resume(message.id)}>
              Continue
            </Button>
          )}
          <span className="min-w-0 truncate pl-1.5 text-sm text-muted" title={figures(message)}>
            {figures(message)}
          </span>
        </Bar>
      )}
    </div>
  );
}

function Part({
  part,
  writing,
  results,
  texts,
  onText,
}: {
  part: MessagePart;
  writing: boolean;
  results: MessageProps['results'];
  texts: ToolTexts;
  onText: ((change: (texts: ToolTexts) => ToolTexts) => void) | undefined;
}) {
  switch (part.type) {
    case 'text':
      return <Words text={part.text} writing={writing} />;
    case 'thinking':
      return <Thinking part={part} writing={writing} />;
    case 'tool_call': {
      const result = results?.find((one) => one.type === 'tool_result' && one.toolCallId === part.id);
      return (
        <ToolCall
          part={part}
          result={result?.type === 'tool_result' ? result : undefined}
          text={texts[part.id] ?? ''}
          onText={onText && ((text) => onText((all) => ({ ...all, [part.id]: text })))}
        />
      );
    }
    case 'tool_result':
      return null;
    default:
      return <Files parts={[part]} />;
  }
}

/** @param shown always, not only under the pointer. */
function Bar({ shown = false, children }: { shown?: boolean; children: ReactNode }) {
  return (
    <div
      className={cn(
        'flex h-6 max-w-full items-center gap-0.5',
        !shown && 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100',
      )}
    >
      {children}
    </div>
  );
}

function Branches({ message, busy, actions }: Pick<MessageProps, 'message' | 'busy' | 'actions'>) {
  const { siblingIds, id } = message;
  const at = siblingIds.indexOf(id);
  if (siblingIds.length < 2 || at === -1) return null;
  const step = (label: string, icon: ReactNode, to: string | undefined) => (
    <IconButton
      size="sm"
      label={label}
      icon={icon}
      disabled={busy || to === undefined}
      onClick={() => to !== undefined && actions.show(to)}
    />
  );
  return (
    <span className="flex items-center" role="group" aria-label="Branches">
      {step('Previous branch', <ChevronLeft />, siblingIds[at - 1])}
      <span className="text-sm text-muted">
        {at + 1}/{siblingIds.length}
      </span>
      {step('Next branch', <ChevronRight />, siblingIds[at + 1])}
    </span>
  );
}

function Ending({ message: { status, error, trimmed } }: { message: ChatMessage }) {
  const words: Partial<Record<ChatMessage['status'], readonly [string, string]>> = {
    failed: [error?.message ?? 'The answer broke off.', error ? adviceFor(error.code, error.action) : 'Regenerate it.'],
    interrupted: ['Interrupted when MLX Manager ended.', 'What was written is kept: continue it or regenerate it.'],
    stopped: ['Stopped.', 'Continue it or regenerate it.'],
  };
  const said = words[status];
  return (
    <>
      {said && (
        <p role={status === 'failed' ? 'alert' : undefined} className="my-1.5 flex items-start gap-1.5 text-muted">
          {status !== 'stopped' && <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />}
          <span className="min-w-0 wrap-anywhere">
            <span className="font-medium text-text">{said[0]}</span> {said[1]}
          </span>
        </p>
      )}
      {trimmed > 0 && (
        <p className="my-1.5 text-sm text-muted">
          The context is full: the oldest {trimmed === 1 ? 'message was' : `${trimmed} messages were`} left out.
        </p>
      )}
    </>
  );
}

/** Speed and size of an answer in one line. */
export function figures({ metrics, profileName, model }: Pick<ChatMessage, 'metrics' | 'profileName' | 'model'>): string {
  return [...(metrics ? metricsWords(metrics) : []), profileName ?? model ?? ''].filter((word) => word !== '').join(' · ');
}
function metricsWords({ tokensPerSecond: speed, completionTokens, firstTokenMs, loadMs, finishReason }: AnswerMetrics): string[] {
  return [
    speed === null ? '' : tokensPerSecond(speed),
    completionTokens === null ? '' : completionTokens === 1 ? '1 token' : `${count(completionTokens)} tokens`,
    firstTokenMs === null ? '' : `first token after ${duration(firstTokenMs / 1000)}`,
    loadMs < 100 ? '' : `loaded in ${duration(loadMs / 1000)}`,
    finishReason === 'length' ? 'cut at its length limit' : '',
  ];
}
