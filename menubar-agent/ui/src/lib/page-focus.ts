/** Where the keyboard is when the page changes: never nowhere. */
import { useEffect, useRef, type RefObject } from 'react';
import { DIALOGS } from './keys.js';

/** Frames in which a list that is seen again draws the rows that were scrolled to. */
const FRAMES = 30;
/** A list is looking for the row to return to. */
let returning = false;

/** What had the focus is gone or hidden. Browsers notice the latter late. */
function isLost(): boolean {
  const now = document.activeElement;
  return now === null || now === document.body || now.getClientRects().length === 0;
}

const isInDialog = (element: Element | null): boolean => Boolean(element?.closest(DIALOGS));

/** The page's heading, or, while that is on its way, its place. */
function toHeading(): void {
  const main = document.querySelector<HTMLElement>('main');
  const heading = [...(main?.querySelectorAll<HTMLElement>('h1') ?? [])].find((one) => one.getClientRects().length > 0);
  heading?.focus({ preventScroll: true });
  if (document.activeElement !== heading) main?.focus({ preventScroll: true });
}

/** The search of the page that is seen; null when it has none, or a page of one thing lies over it. */
export const pageSearch = (): HTMLInputElement | null =>
  [...document.querySelectorAll<HTMLInputElement>('[data-page-search]')].find((one) => one.getClientRects().length > 0) ?? null;

/** When another page took the focus with it, it goes to the heading of the new one. Not with the first page: there the keyboard begins at the top. */
export function useFocusAlong(location: string): void {
  const before = useRef(location);
  useEffect(() => {
    const from = before.current;
    before.current = location;
    // `/` only leads on. A dialog that closes gives the focus back itself.
    if (from !== location && from !== '/' && !returning && isLost() && !document.querySelector(DIALOGS)) toHeading();
  }, [location]);
}

/**
 * For a list that stays, hidden, behind the page of one of its items: back in it, the focus is on that item's row again.
 * @param open the item whose page is seen, as its row's `data-row` says it; null while the list is.
 */
export function useFocusBack(open: string | null, list: RefObject<HTMLElement | null>): void {
  const before = useRef(open);
  useEffect(() => {
    const left = before.current;
    before.current = open;
    return left !== null && open === null ? focusRow(() => list.current, left) : undefined;
  }, [open, list]);
}

/**
 * Puts the focus onto a row once it is drawn, unless something else has it; where there is no such row, onto the heading.
 * @returns gives it up.
 */
export function focusRow(list: () => HTMLElement | null | undefined, name: string): () => void {
  let frames = 0;
  let next = 0;
  // On for a while when it has it: a list that is measured anew may draw the row anew, or find that it is no more.
  const look = (): void => {
    const row = list()?.querySelector<HTMLElement>(`[data-row="${CSS.escape(name)}"]`);
    const lost = isLost();
    if (lost) row?.focus({ preventScroll: true });
    const now = document.activeElement;
    // A dialog that closes gives the focus back on its own.
    returning = ++frames < FRAMES && (lost || now === row || isInDialog(now));
    if (returning) next = requestAnimationFrame(look);
    else if (isLost()) toHeading();
  };
  look();
  return () => {
    cancelAnimationFrame(next);
    returning = false;
  };
}
