/** Arrows go through the rows of the dropdown, and left and right through the buttons of one. Marks: `data-row` and, inside it, `data-cell`. */
import { useEffect, type KeyboardEvent, type RefObject } from 'react';

/** The place an arrow leads to. Pure. @param at index of where one is; -1 for nowhere. */
export function step(key: string, at: number, count: number): number {
  if (count === 0) return -1;
  if (key === 'ArrowDown') return Math.min(count - 1, at + 1);
  if (key === 'ArrowUp') return Math.max(0, at - 1);
  return at;
}

/** @returns whether the key was one of ours and led somewhere. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): boolean {
  const { key, currentTarget: root, target } = event;
  if (!(target instanceof HTMLElement)) return false;
  const rows = [...root.querySelectorAll<HTMLElement>('[data-row]')];
  const row = target.closest<HTMLElement>('[data-row]');
  if (key === 'ArrowDown' || key === 'ArrowUp') {
    const at = row ? rows.indexOf(row) : -1;
    const to = rows[step(key, at, rows.length)];
    if (!to || to === row) return false;
    cellsOf(to)[0]?.focus();
    return true;
  }
  if ((key !== 'ArrowLeft' && key !== 'ArrowRight') || !row || target instanceof HTMLInputElement) return false;
  const cells = cellsOf(row);
  const to = cells[cells.indexOf(target) + (key === 'ArrowRight' ? 1 : -1)];
  to?.focus();
  return to !== undefined;
}

/** When the row that has the focus goes away by what was done in it, the one in its place has it: the arrows go on from there. */
export function useKeptFocus(root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    let at = -1;
    let focused: HTMLElement | null = null;
    const rows = (): HTMLElement[] => [...element.querySelectorAll<HTMLElement>('[data-row]')];
    const note = ({ target }: FocusEvent): void => {
      focused = target instanceof HTMLElement ? target : null;
      at = rows().findIndex((row) => row.contains(focused));
    };
    const gone = new MutationObserver(() => {
      if (focused === null || focused.isConnected || at === -1 || document.activeElement !== document.body) return;
      const there = rows();
      const row = there[Math.min(at, there.length - 1)];
      if (row) cellsOf(row)[0]?.focus();
    });
    element.addEventListener('focusin', note);
    gone.observe(element, { childList: true, subtree: true });
    return () => {
      element.removeEventListener('focusin', note);
      gone.disconnect();
    };
  }, [root]);
}

const cellsOf = (row: HTMLElement): HTMLElement[] => {
  const cells = [...row.querySelectorAll<HTMLElement>('[data-cell]')];
  return cells.length > 0 ? cells : [row];
};
