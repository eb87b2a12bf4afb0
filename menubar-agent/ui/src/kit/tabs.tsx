/** Views of one thing; arrows go between them. */
import type { ReactNode } from 'react';
import { Tabs as Base } from '@base-ui/react/tabs';
import { cn } from './cn.js';

export interface TabsProps<V extends string> {
  value: V;
  onValueChange: (value: V) => void;
  tabs: readonly { value: V; label: ReactNode; panel?: ReactNode }[];
  /** What the tabs are of, for screen readers. */
  label: string;
  /** Beside the tabs. */
  aside?: ReactNode;
  className?: string;
  /** Panels fill the height and scroll by themselves. */
  fill?: boolean;
}

export function Tabs<V extends string>({ value, onValueChange, tabs, label, aside, className, fill = false }: TabsProps<V>) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next) => onValueChange(next as V)}
      className={cn(fill && 'flex min-h-0 flex-1 flex-col', className)}
    >
      <div className="flex shrink-0 items-center justify-between gap-3">
        <Base.List aria-label={label} className="relative flex gap-0.5 rounded-lg bg-sunken p-0.5">
          {tabs.map((tab) => (
            <Base.Tab
              key={tab.value}
              value={tab.value}
              className="flex h-6 items-center gap-1.5 rounded-md px-2.5 font-medium whitespace-nowrap text-muted select-none hover:text-text data-[active]:bg-raised data-[active]:text-text data-[active]:shadow-[0_1px_2px_rgb(0_0_0/0.15)]"
            >
              {tab.label}
            </Base.Tab>
          ))}
        </Base.List>
        {aside}
      </div>
      {tabs.map((tab) => (
        <Base.Panel
          key={tab.value}
          value={tab.value}
          className={cn('outline-offset-[-2px]', fill && 'flex min-h-0 flex-1 flex-col data-[hidden]:hidden')}
        >
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
