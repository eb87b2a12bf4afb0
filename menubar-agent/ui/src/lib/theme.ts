/** Light, dark, or as the system is. Kept in this browser; `begin.js` reads it before the first paint. */
import { useSyncExternalStore } from 'react';
import { atServer } from './here.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const KEY = 'mlx-manager.theme';

const watchers = new Set<() => void>();
const tell = (): void => {
  for (const changed of [...watchers]) changed();
};

export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

function show(next: string | null): void {
  if (next === 'light' || next === 'dark') document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  tell();
}

export function setTheme(next: Theme): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing shows it until the page is left.
  }
  show(next);
}

/** Windows of one browser change together. */
if (!atServer)
  window.addEventListener('storage', (event) => {
    if (event.key === KEY) show(event.newValue);
  });

export const useTheme = (): Theme =>
  useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    theme,
    () => 'system',
  );
