/** One line to ask. The answer stands above it, as plain text; the window shows it with all its looks. */
import { useEffect, useRef, useState, type RefObject } from 'react';
import ArrowUp from 'lucide-react/icons/arrow-up';
import Square from 'lucide-react/icons/square';
import X from 'lucide-react/icons/x';
import { Button, buttonClass, IconButton } from '../../kit/button.js';
import { inputClass } from '../../kit/input.js';
import { cn } from '../../kit/cn.js';
import { keyLabel } from '../../lib/keys.js';
import { ToWindow } from './section.js';
import { useAsk, type Ask, type Asked } from './use-ask.js';

export function AskLine({ input }: { input: RefObject<HTMLInputElement | null> }) {
  const asking = useAsk();
  const { asked, busy, error, ask, stop, reset } = asking;
  const [text, setText] = useState('');
  const send = (): void => {
    const question = text.trim();
    if (question === '' || busy) return;
    setText('');
    // What could not be asked comes back, to be asked again.
    void ask(question).then((done) => {
      if (!done) setText((now) => (now === '' ? question : now));
    });
  };
  const close = (): void => {
    reset();
    input.current?.focus();
  };
  return (
    <section aria-label="Ask" className="shrink-0 border-t border-line bg-surface">
      {(asked ?? error) !== null && <Answer asking={asking} onClose={close} />}
      <form
        data-row
        className="flex items-center gap-1.5 px-3 py-2"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <input
          ref={input}
          data-cell
          aria-label="Ask a model"
          placeholder={asked ? 'Ask on…' : `Ask a model…  ${keyLabel('mod+k')}`}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            if (text !== '') setText('');
            else if (asked || error) reset();
            else return;
            event.stopPropagation();
          }}
          className={cn(inputClass, 'h-8 w-full')}
        />
        {busy ? (
          <IconButton label="Stop the answer" icon={<Square aria-hidden />} data-cell onClick={stop} className="h-8 w-8" />
        ) : (
          <Button
            type="submit"
            variant="primary"
            aria-label="Ask"
            icon={<ArrowUp aria-hidden />}
            data-cell
            className="h-8 w-8 !px-0"
            aria-disabled={text.trim() === ''}
          />
        )}
      </form>
    </section>
  );
}

function Answer({ asking, onClose }: { asking: Ask; onClose: () => void }) {
  const { asked, error } = asking;
  const problem = error ?? asked?.problem ?? null;
  return (
    <div className="border-b border-line">
      <header className="flex items-center gap-2 px-4 pt-2">
        <p className="min-w-0 flex-1 truncate font-medium" title={asked?.question}>
          {asked?.question ?? 'It could not be asked'}
        </p>
        <IconButton size="sm" label="Close the answer" icon={<X aria-hidden />} onClick={onClose} />
      </header>
      {asked && <Words asked={asked} />}
      {problem && (
        <div role="alert" className="px-4 py-2">
          <p className="wrap-anywhere text-bad">{problem.message}</p>
          <p className="text-sm wrap-anywhere text-muted">{problem.action}</p>
        </div>
      )}
      <footer className="flex min-h-8 items-center gap-2 px-4 pb-2">
        <p role="status" className="min-w-0 flex-1 truncate text-sm text-muted">
          {asked?.running && !error ? asked.doing : !asked?.running && asked?.by && `Answered by ${asked.by}`}
        </p>
        {asked && (
          <ToWindow href={`/chat/${asked.chatId}`} className={buttonClass('plain', 'sm')}>
            Open in Window
          </ToWindow>
        )}
      </footer>
    </div>
  );
}

function Words({ asked: { answer } }: { asked: Asked }) {
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (element && follow.current) element.scrollTop = element.scrollHeight;
  }, [answer]);
  return (
    <div
      ref={box}
      role="region"
      aria-label="Answer"
      tabIndex={0}
      onScroll={({ currentTarget: at }) => {
        follow.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
      }}
      className="max-h-52 min-h-10 overflow-y-auto overscroll-contain px-4 py-2 outline-offset-[-2px]"
    >
      <p className="wrap-anywhere whitespace-pre-wrap select-text">{answer}</p>
    </div>
  );
}
