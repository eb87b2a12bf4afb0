/** Actions behind a button. */
import { useRef, type ReactElement, type ReactNode } from 'react';
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
      <Entries entries={entries} align={align} />
    </Base.Root>
  );
}

/**
 * One menu for the rows of a long list, opened by a plain button of each: a menu a row would be drawn with every row.
 * @param anchor the button that was pressed; null closes it. The focus goes back to it.
 */
export function SharedMenu({
  anchor,
  entries,
  onClose,
}: {
  anchor: HTMLElement | null;
  entries: readonly MenuEntry[];
  onClose: () => void;
}) {
  return (
    <Base.Root modal={false} open={anchor !== null} onOpenChange={(open) => !open && onClose()}>
      <Entries entries={entries} align="end" anchor={anchor} />
    </Base.Root>
  );
}

function Entries({ entries, align, anchor }: { entries: readonly MenuEntry[]; align: 'start' | 'end'; anchor?: HTMLElement | null }) {
  // It closes where it was opened.
  const last = useRef<HTMLElement | null>(null);
  if (anchor) last.current = anchor;
  return (
    <Base.Portal>
      <Base.Positioner
        {...(anchor !== undefined && { anchor: last })}
        align={align}
        sideOffset={4}
        collisionPadding={8}
        className="z-50 outline-none"
      >
        <Base.Popup {...(anchor !== undefined && { finalFocus: last })} className={cn(popupClass, 'min-w-44')}>
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
  );
}
