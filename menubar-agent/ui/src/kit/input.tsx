/** Text that is typed. Inside a `<Field>` they get its label, hint and error by themselves; elsewhere they need an aria-label. */
import { useRef, type ComponentProps, type ReactNode } from 'react';
import { Field } from '@base-ui/react/field';
import { Input as Base } from '@base-ui/react/input';
import Search from 'lucide-react/icons/search';
import X from 'lucide-react/icons/x';
import { cn } from './cn.js';

export const inputClass =
  'min-w-0 rounded-md border border-line-strong/60 bg-surface px-2 text-base text-text hover:border-line-strong focus-visible:outline-offset-0 disabled:opacity-50 data-[invalid]:border-bad aria-invalid:border-bad';

export interface InputProps extends Omit<ComponentProps<'input'>, 'value' | 'defaultValue'> {
  value?: string | number;
  defaultValue?: string | number;
  onValueChange?: (value: string) => void;
  /** Shown behind the text: a unit. */
  unit?: ReactNode;
}

export function Input({ className, onValueChange, unit, ...rest }: InputProps) {
  const input = (
    <Base
      autoComplete="off"
      spellCheck={false}
      {...rest}
      {...(onValueChange && { onValueChange: (value: string) => onValueChange(value) })}
      className={cn(inputClass, 'h-7 w-full', className)}
    />
  );
  if (unit === undefined) return input;
  return (
    <span className="flex items-center gap-2">
      {input}
      <span className="shrink-0 text-muted">{unit}</span>
    </span>
  );
}

export interface TextAreaProps extends Omit<ComponentProps<'textarea'>, 'value' | 'defaultValue'> {
  value?: string;
  defaultValue?: string;
  onValueChange?: (value: string) => void;
}

export function TextArea({ className, onValueChange, onChange, ...rest }: TextAreaProps) {
  return (
    <Field.Control
      render={
        <textarea
          rows={4}
          {...rest}
          onChange={(event) => {
            onChange?.(event);
            onValueChange?.(event.target.value);
          }}
        />
      }
      className={cn(inputClass, 'w-full resize-y py-1.5', className)}
    />
  );
}

export interface SearchInputProps extends Omit<ComponentProps<'input'>, 'value' | 'type'> {
  value: string;
  onValueChange: (value: string) => void;
  /** What is searched, for screen readers. */
  label: string;
  /** `/` anywhere on the page focuses it. */
  slash?: boolean;
}

/** Esc empties it; emptied, Esc leaves it. */
export function SearchInput({ value, onValueChange, label, slash = true, className, onKeyDown, ...rest }: SearchInputProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={cn('relative flex min-w-0 flex-1 items-center', className)}>
      <Search aria-hidden className="pointer-events-none absolute left-2 size-3.5 text-muted" />
      <input
        ref={input}
        type="text"
        role="searchbox"
        autoComplete="off"
        spellCheck={false}
        placeholder={label}
        {...rest}
        aria-label={label}
        data-page-search={slash || undefined}
        value={value}
        onChange={(event) => onValueChange(event.target.value)}
        onKeyDown={(event) => {
          onKeyDown?.(event);
          if (event.defaultPrevented || event.key !== 'Escape') return;
          event.stopPropagation();
          if (value === '') event.currentTarget.blur();
          else onValueChange('');
        }}
        className={cn(inputClass, 'h-7 w-full px-7')}
      />
      {value !== '' && (
        <button
          type="button"
          aria-label="Clear search"
          className="absolute right-0.5 flex size-6 items-center justify-center rounded text-muted hover:bg-hover hover:text-text"
          onClick={() => {
            onValueChange('');
            input.current?.focus();
          }}
        >
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </div>
  );
}
