/** Models under each other; arrows go from one to the next, and from the search into the list. */
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { VirtualList, type VirtualListHandle } from '../../kit/index.js';
import { focusRow } from '../../lib/page-focus.js';
import { ModelTile } from './tile.js';
import type { Here, ModelRow } from './rows.js';

export type ListItem =
  | { kind: 'heading'; key: string; title: string; hint?: string }
  | { kind: 'model'; key: string; row: ModelRow }
  | { kind: 'other'; key: string; content: ReactNode };

export interface ModelListProps {
  items: readonly ListItem[];
  here: Here;
  budget: number | undefined;
  label: string;
  onEnd?: () => void;
}

export function ModelList({ items, here, budget, label, onEnd }: ModelListProps) {
  const list = useRef<VirtualListHandle>(null);
  /** The model whose download was begun here: its tile goes to the top, and the view and the focus with it. */
  const [begun, setBegun] = useState<string | null>(null);
  useEffect(() => {
    const isListed = items.some((item) => item.kind === 'model' && item.row.modelId === begun);
    if (begun === null || !isListed || !here.downloads.some((task) => task.modelId === begun)) return;
    setBegun(null);
    list.current?.scrollToIndex(0, 'start');
    // Drawn only once it is scrolled to; its button is gone with the focus. What changes meanwhile does not give it up.
    focusRow(() => list.current?.element(), begun);
  }, [items, here.downloads, begun]);
  return (
    <div className="flex min-h-0 flex-1 flex-col" onKeyDown={goThrough}>
      <VirtualList
        ref={list}
        items={items}
        keyOf={(item) => item.key}
        estimate={92}
        gap={8}
        label={label}
        className="-mx-5 px-5 pb-4"
        {...(onEnd && { onEnd })}
        row={(item) => {
          if (item.kind === 'heading') {
            return (
              <div className="flex items-baseline gap-2 pt-2">
                <h2 className="text-lg font-semibold">{item.title}</h2>
                {item.hint !== undefined && <span className="text-sm text-muted">{item.hint}</span>}
              </div>
            );
          }
          if (item.kind === 'other') return item.content;
          return <ModelTile row={item.row} here={here} budget={budget} onDownload={setBegun} />;
        }}
      />
    </div>
  );
}

const links = (within: ParentNode): HTMLElement[] =>
  // Drawn in any order: by their place on the page.
  [...within.querySelectorAll<HTMLElement>('[data-row]')].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);

/** Up and down go from name to name. */
function goThrough(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const all = links(event.currentTarget);
  const at = all.indexOf(event.target as HTMLElement);
  if (step === 0 || at < 0) return;
  event.preventDefault();
  const next = all[at + step];
  if (next) next.focus();
  else if (step < 0) document.querySelector<HTMLElement>('[data-page-search]')?.focus();
}

/** Down in the search goes to the first model. */
export function toFirst(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown') return;
  const page = event.currentTarget.closest('main');
  const first = page && links(page).find((link) => link.offsetParent !== null);
  if (!first) return;
  event.preventDefault();
  first.focus();
}
