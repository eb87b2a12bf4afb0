/** Actions behind a button. */
import type { ReactElement, ReactNode } from 'react';
import { Menu as Base } from '@base-ui/react/menu';
import { Kbd } from './badge.js';
import { cn } from './cn.js';
import { itemClass, popupClass } from './select.js';

export type MenuEntry =
  'separator' | { label: string; run: () => void; icon?: ReactNode; keys?: string; danger?: boolean; disabled?: boolean };

export interface MenuProps {
  /** The button that opens it: one element that takes a ref and props. */
  trigger: ReactElement<Record<string, unknown>>;
  entries: readonly MenuEntry[];
  align?: 'start' | 'end';
}

export function Menu({ trigger, entries, align = 'end' }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} collisionPadding={8} className="z-50 outline-none">
          <Base.Popup className={cn(popupClass, 'min-w-44')}>
            {entries.map((entry, i) =>
              entry === 'separator' ? (
                <Base.Separator key={`separator-${i}`} className="mx-2 my-1 h-px bg-line" />
              ) : (
                <Base.Item
                  key={entry.label}
                  onClick={entry.run}
                  {...(entry.disabled !== undefined && { disabled: entry.disabled })}
                  className={cn(itemClass, entry.danger && 'text-bad data-[highlighted]:bg-bad-fill')}
                >
                  {entry.icon}
                  <span className="flex-1 truncate">{entry.label}</span>
                  {entry.keys !== undefined && <Kbd>{entry.keys}</Kbd>}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
