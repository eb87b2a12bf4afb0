/** What is known of a thing: names and values below each other. */
import type { ReactNode } from 'react';
import { CopyButton } from './code.js';

export interface Fact {
  name: string;
  value: ReactNode;
  /** Text for the clipboard; with it a button stands beside the value. */
  copy?: string;
  mono?: boolean;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="grid grid-cols-[minmax(96px,auto)_1fr] gap-x-4 gap-y-1">
      {facts.map(({ name, value, copy, mono = false }) => (
        <div key={name} className="col-span-2 grid grid-cols-subgrid items-baseline">
          <dt className="text-muted">{name}</dt>
          <dd className="flex min-h-6 min-w-0 items-center gap-1">
            <span className={mono ? 'min-w-0 font-mono text-sm wrap-anywhere select-text' : 'min-w-0 wrap-anywhere select-text'}>
              {value}
            </span>
            {copy !== undefined && <CopyButton text={copy} label={`Copy ${name.toLowerCase()}`} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
