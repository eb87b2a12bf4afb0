/** Shortcuts: `mod` is Command on a Mac and Ctrl elsewhere. */
import { useEffect, useRef } from 'react';
import { atServer } from './here.js';
import { isGuarded } from './leave-guard.js';

/** What lies over a page and has the keys. */
export const DIALOGS = '[role="dialog"],[role="alertdialog"]';
/** Fields that somebody typed into. */
const typedInto = new WeakSet<EventTarget>();
if (!atServer) document.addEventListener('input', ({ target }) => target && typedInto.add(target), true);
/** Whether something was typed into a form, which would be lost with it. */
const holdsText = (form: Element): boolean => [...form.querySelectorAll('input,textarea')].some((field) => typedInto.has(field));

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** How a combination is written: `mod+shift+l` → `⇧⌘L`, or `Ctrl+Shift+L`. */
export function keyLabel(combination: string): string {
  const parts = combination.split('+');
  const key = parts.at(-1) ?? '';
  const named = key.length === 1 ? key.toUpperCase() : key.charAt(0).toUpperCase() + key.slice(1);
  if (isMac) return `${parts.includes('shift') ? '⇧' : ''}${parts.includes('mod') ? '⌘' : ''}${key === 'enter' ? '⏎' : named}`;
  return [...(parts.includes('mod') ? ['Ctrl'] : []), ...(parts.includes('shift') ? ['Shift'] : []), named].join('+');
}

/** Whether an event is a combination: `mod+l`, `mod+enter`, `/`. */
export function isKey(event: Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey'>, combination: string): boolean {
  const parts = combination.split('+');
  const key = parts.at(-1) ?? '';
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  if (other || event.altKey || mod !== parts.includes('mod')) return false;
  // With a sign such as `/` some keyboards need Shift.
  if (/^[a-z]$|^.{2,}$/.test(key) && event.shiftKey !== parts.includes('shift')) return false;
  return event.key.toLowerCase() === key;
}

/** Whether keys are being typed into something. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/**
 * Runs something on a combination, wherever the focus is. One without `mod` is not heard while somebody types, and none while a dialog is open.
 * @param overDialogs heard then too, but over a form that was typed into only where what is not saved is asked about.
 */
export function useShortcut(combination: string, run: (event: KeyboardEvent) => void, enabled = true, overDialogs = false): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (!enabled) return undefined;
    const hear = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || !isKey(event, combination)) return;
      if (!combination.includes('mod') && isTyping(event.target)) return;
      const dialogs = [...document.querySelectorAll(DIALOGS)];
      if (dialogs.length > 0 && (!overDialogs || (!isGuarded() && dialogs.some(holdsText)))) return;
      event.preventDefault();
      latest.current(event);
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, [combination, enabled, overDialogs]);
}
