/** Some words, each in a frame of its own: model patterns, client names. Enter or a comma adds what is typed, Backspace takes the last one back. */
import { useId, useRef, useState } from 'react';
import X from 'lucide-react/icons/x';
import { Input } from '../../../kit/index.js';

export interface WordsInputProps {
  value: readonly string[];
  onValueChange: (value: string[]) => void;
  placeholder?: string;
  /** Offered while one types. */
  suggestions?: readonly string[];
  /** What one of them is, for the buttons that remove it: `Remove model gpt-4`. */
  what: string;
}

/** Drawn into the page at most; a browser's own list does not scroll well with more. */
const OFFERED = 200;

export function WordsInput({ value, onValueChange, placeholder, suggestions = [], what }: WordsInputProps) {
  const [text, setText] = useState('');
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const add = (typed: string): void => {
    const words = typed
      .split(/[,\n]/)
      .map((word) => word.trim())
      .filter((word) => word !== '' && !value.includes(word));
    setText('');
    if (words.length > 0) onValueChange([...value, ...new Set(words)]);
  };
  const offered = suggestions.filter((one) => !value.includes(one)).slice(0, OFFERED);
  return (
    <div className="flex flex-col gap-1.5">
      {value.length > 0 && (
        <ul className="flex max-h-32 flex-wrap gap-1 overflow-y-auto">
          {value.map((word) => (
            <li key={word} className="flex h-6 max-w-full items-center gap-0.5 rounded-md bg-hover pl-2 text-sm">
              <span className="truncate font-mono text-xs" title={word}>
                {word}
              </span>
              <button
                type="button"
                aria-label={`Remove ${what} ${word}`}
                className="flex size-6 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
                onClick={() => {
                  onValueChange(value.filter((one) => one !== word));
                  input.current?.focus();
                }}
              >
                <X aria-hidden className="size-3" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Input
        ref={input}
        value={text}
        placeholder={placeholder}
        {...(offered.length > 0 && { list })}
        onValueChange={(next) => (/[,\n]/.test(next) ? add(next) : setText(next))}
        onPaste={(event) => {
          const pasted = event.clipboardData.getData('text');
          if (!/[,\n]/.test(pasted)) return;
          event.preventDefault();
          add(text + pasted);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && text.trim() !== '') {
            event.preventDefault();
            add(text);
          } else if (event.key === 'Backspace' && text === '' && value.length > 0) onValueChange(value.slice(0, -1));
        }}
        onBlur={() => add(text)}
      />
      {offered.length > 0 && (
        <datalist id={list}>
          {offered.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </div>
  );
}
