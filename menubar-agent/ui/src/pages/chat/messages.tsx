/** The messages of a chat: the end stays in sight while an answer grows, unless somebody scrolled up to read. */
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import ArrowDown from 'lucide-react/icons/arrow-down';
import type { ChatMessage } from '@mlx-manager/shared';
import { Button } from '../../kit/index.js';
import { Message, type MessageActions } from './message.js';

/** This near to the end counts as at the end, px. */
const NEAR = 48;
/** So many at the end are always laid out. */
const CLOSE = 8;

export function Messages({
  messages,
  busy,
  actions,
  chatId,
}: {
  messages: readonly ChatMessage[];
  busy: boolean;
  actions: MessageActions;
  chatId: string | null;
}) {
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  /** Where it was scrolled to, px. */
  const top = useRef(0);
  const [away, setAway] = useState(false);
  const toEnd = (): void => {
    follow.current = true;
    setAway(false);
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };

  useLayoutEffect(toEnd, [chatId]);
  const shown = messages.filter(
    ({ role, parts }) => role !== 'tool' && !(role === 'user' && parts.length > 0 && parts.every(({ type }) => type === 'tool_result')),
  );
  // A question that was just asked is to be seen.
  const asked = messages.findLast(({ role }) => role === 'user')?.id;
  useLayoutEffect(toEnd, [asked]);
  useEffect(() => {
    const content = inner.current;
    if (content === null) return undefined;
    const grown = new ResizeObserver(() => {
      if (follow.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    });
    grown.observe(content);
    return () => grown.disconnect();
  }, []);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={box}
        role="region"
        aria-label="Messages"
        tabIndex={0}
        onScroll={({ currentTarget: at }) => {
          // An answer that grows faster than the view follows is nobody scrolling up.
          if (at.scrollHeight - at.scrollTop - at.clientHeight < NEAR) follow.current = true;
          else if (at.scrollTop < top.current) follow.current = false;
          top.current = at.scrollTop;
          setAway(!follow.current);
        }}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain outline-offset-[-2px]"
      >
        <div ref={inner} className="py-4">
          {shown.map((message, i) => (
            <Message
              key={message.id}
              message={message}
              results={resultsBehind(messages, message)}
              last={i === shown.length - 1}
              busy={busy}
              far={i < shown.length - CLOSE}
              actions={actions}
            />
          ))}
        </div>
      </div>
      {away && (
        <Button
          size="sm"
          className="absolute bottom-2 left-1/2 -translate-x-1/2 !rounded-full !bg-raised shadow-pop"
          icon={<ArrowDown aria-hidden />}
          onClick={toEnd}
        >
          To the End
        </Button>
      )}
      <p className="sr-only" role="status">
        {busy ? 'An answer is being written.' : ''}
      </p>
    </div>
  );
}

/** Results of an answer's tools are said by the message behind it. */
function resultsBehind(messages: readonly ChatMessage[], message: ChatMessage): ChatMessage['parts'] | undefined {
  if (!message.parts.some(({ type }) => type === 'tool_call')) return undefined;
  return messages[messages.indexOf(message) + 1]?.parts;
}
