/** A long list of which only what is seen is drawn. Arrows, Home, End and page keys go through it; Enter opens. */
import { useEffect, useImperativeHandle, useMemo, useRef, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { atServer } from '../lib/here.js';
import { cn } from './cn.js';

/** Rows that a window has room for. */
const MOST_SEEN = 40;

export interface VirtualListHandle {
  scrollToIndex: (index: number, align?: 'start' | 'center' | 'end' | 'auto') => void;
  element: () => HTMLElement | null;
}

export interface VirtualListProps<T> {
  items: readonly T[];
  keyOf: (item: T, index: number) => string | number;
  row: (item: T, index: number, active: boolean) => ReactNode;
  /** Height of a row before it is measured, px. */
  estimate: number;
  label: string;
  /** Enter, or a double click. Without it the rows hold their own buttons and the list is only read. */
  onOpen?: (item: T, index: number) => void;
  /** A click, or where the arrows are. */
  onActive?: (item: T, index: number) => void;
  /** Stays at the end while it is there: logs. */
  follow?: boolean;
  /** The user scrolled away from the end, or back to it. */
  onFollowChange?: (atEnd: boolean) => void;
  /** Called near the end of the list: fetch more. */
  onEnd?: () => void;
  gap?: number;
  className?: string;
  ref?: Ref<VirtualListHandle>;
}

export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, keyOf, row, estimate, label, onOpen, onActive, follow = false, onFollowChange, onEnd, gap = 0, className, ref } = props;
  const box = useRef<HTMLDivElement>(null);
  // By key: what comes in front of it does not move the choice to another item.
  const [activeKey, setActiveKey] = useState<string | number | null>(null);
  const active = useMemo(
    () => (activeKey === null ? -1 : items.findIndex((item, index) => keyOf(item, index) === activeKey)),
    // `keyOf` is often made anew for each drawing and means the same.
    [items, activeKey],
  );
  const choosable = onOpen !== undefined || onActive !== undefined;
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => estimate,
    getItemKey: (index) => keyOf(items[index] as T, index),
    overscan: 8,
    gap,
  });
  useImperativeHandle(ref, () => ({
    scrollToIndex: (index, align = 'auto') => rows.scrollToIndex(index, { align }),
    element: () => box.current,
  }));

  const count = items.length;
  useEffect(() => {
    if (follow && count > 0) rows.scrollToIndex(count - 1, { align: 'end' });
  }, [follow, count, rows]);

  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? -1;
  // Another list may be as long: what is at its end tells them apart.
  const end = count === 0 ? '' : `${count} ${keyOf(items[count - 1] as T, count - 1)}`;
  const askedAt = useRef<string | null>(null);
  useEffect(() => {
    if (onEnd === undefined || last < count - 5 || askedAt.current === end) return;
    askedAt.current = end;
    onEnd();
  }, [last, count, end, onEnd]);

  const go = (index: number): void => {
    const next = Math.min(count - 1, Math.max(0, index));
    rows.scrollToIndex(next, { align: 'auto' });
    const item = items[next];
    if (item === undefined) return;
    setActiveKey(keyOf(item, next));
    onActive?.(item, next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!choosable || event.target !== box.current || count === 0) return;
    const page = Math.max(1, Math.floor(box.current.clientHeight / estimate) - 1);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
    };
    const to = moves[event.key];
    const item = items[active];
    if (to !== undefined) go(to);
    else if (event.key === 'Enter' && item !== undefined && onOpen) onOpen(item, active);
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={box}
      tabIndex={0}
      role={choosable ? 'listbox' : 'region'}
      aria-label={label}
      {...(choosable && active >= 0 && active < count && { 'aria-activedescendant': rowId(label, keyOf(items[active] as T, active)) })}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget: at }) => onFollowChange?.(at.scrollHeight - at.scrollTop - at.clientHeight < estimate)}
      className={cn('min-h-0 flex-1 overflow-y-auto overscroll-contain outline-offset-[-2px] [contain:strict]', className)}
    >
      {atServer && <FirstRows items={items} keyOf={keyOf} row={row} gap={gap} />}
      <div role={choosable ? 'presentation' : 'list'} className="relative w-full" style={{ height: rows.getTotalSize() }}>
        {drawn.map((one) => {
          const item = items[one.index] as T;
          return (
            <div
              key={one.key}
              ref={rows.measureElement}
              data-index={one.index}
              id={rowId(label, keyOf(item, one.index))}
              role={choosable ? 'option' : 'listitem'}
              aria-setsize={count}
              aria-posinset={one.index + 1}
              {...(choosable && {
                'aria-selected': one.index === active,
                onClick: () => {
                  setActiveKey(one.key as string | number);
                  onActive?.(item, one.index);
                },
                onDoubleClick: () => onOpen?.(item, one.index),
              })}
              className="absolute top-0 left-0 w-full"
              style={{ transform: `translateY(${one.start}px)` }}
            >
              {row(item, one.index, one.index === active)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Where nothing is measured, rows stand below each other by themselves: as high as they will be. */
const FirstRows = <T,>({ items, keyOf, row, gap = 0 }: Pick<VirtualListProps<T>, 'items' | 'keyOf' | 'row' | 'gap'>) => (
  <div className="flex flex-col" style={{ gap }}>
    {items.slice(0, MOST_SEEN).map((item, index) => (
      <div key={keyOf(item, index)}>{row(item, index, false)}</div>
    ))}
  </div>
);

const rowId = (label: string, key: string | number): string => `${label}-${key}`.replaceAll(/\s+/g, '-');
