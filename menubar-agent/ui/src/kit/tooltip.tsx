/**
 * A word about what the pointer or the focus is on. Never the only place where something is said.
 * Ours and not Base UI's: that one brings a positioning engine of 35 kB, and the dropdown is to be small.
 */
import { cloneElement, useEffect, useId, useLayoutEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { Kbd } from './badge.js';

export interface TooltipProps {
  text: ReactNode;
  keys?: string;
  side?: 'top' | 'bottom' | 'left' | 'right';
  /** One element that hands props to its DOM node: a button, a link. */
  children: ReactElement<Record<string, unknown>>;
}

const DELAY_MS = 500;
/** Behind another tooltip the next one comes at once. */
const WARM_MS = 400;
let closedAt = 0;

type Handler = ((event: { currentTarget: Element }) => void) | undefined;

export function Tooltip({ text, keys, side = 'top', children }: TooltipProps) {
  const id = useId();
  const [anchor, setAnchor] = useState<Element | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const hide = (): void => {
    clearTimeout(timer.current);
    if (anchor !== null) closedAt = Date.now();
    setAnchor(null);
  };
  const show = (element: Element): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAnchor(element), Date.now() - closedAt < WARM_MS ? 0 : DELAY_MS);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (anchor === null) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setAnchor(null);
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [anchor]);
  const { props } = children;
  const both =
    (name: string, mine: (element: Element) => void) =>
    (event: { currentTarget: Element }): void => {
      (props[name] as Handler)?.(event);
      mine(event.currentTarget);
    };
  return (
    <>
      {cloneElement(children, {
        onPointerEnter: both('onPointerEnter', show),
        onPointerLeave: both('onPointerLeave', hide),
        onPointerDown: both('onPointerDown', hide),
        onFocus: both('onFocus', (element) => {
          if (element.matches(':focus-visible')) show(element);
        }),
        onBlur: both('onBlur', hide),
        ...(anchor !== null && props['aria-label'] !== text && { 'aria-describedby': id }),
      })}
      {anchor !== null &&
        createPortal(
          <Bubble id={id} anchor={anchor} side={side}>
            {text}
            {keys !== undefined && <Kbd>{keys}</Kbd>}
          </Bubble>,
          document.body,
        )}
    </>
  );
}

const GAP = 6;
const EDGE = 8;

function Bubble({
  id,
  anchor,
  side,
  children,
}: {
  id: string;
  anchor: Element;
  side: 'top' | 'bottom' | 'left' | 'right';
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const bubble = box.current;
    if (bubble === null) return;
    const at = anchor.getBoundingClientRect();
    const { width, height } = bubble.getBoundingClientRect();
    const across = side === 'left' || side === 'right';
    // On the other side where there is no room.
    const before = side === 'top' ? at.top - height - GAP >= EDGE : side === 'left' && at.left - width - GAP >= EDGE;
    const x = across ? (before ? at.left - width - GAP : at.right + GAP) : at.left + (at.width - width) / 2;
    const y = across ? at.top + (at.height - height) / 2 : before ? at.top - height - GAP : at.bottom + GAP;
    bubble.style.left = `${Math.max(EDGE, Math.min(x, window.innerWidth - width - EDGE))}px`;
    bubble.style.top = `${Math.max(EDGE, Math.min(y, window.innerHeight - height - EDGE))}px`;
  }, [anchor, side, children]);
  return (
    <div
      ref={box}
      id={id}
      role="tooltip"
      className="pointer-events-none fixed z-50 flex max-w-72 items-center gap-2 rounded-md border border-line bg-raised px-2 py-1 text-sm text-text shadow-pop"
    >
      {children}
    </div>
  );
}
