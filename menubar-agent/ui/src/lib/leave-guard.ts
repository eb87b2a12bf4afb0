/** Asks before a page is left that holds something unsaved: by a link, a shortcut, the browser's Back, or its tab being closed. */
import { useEffect, useRef } from 'react';
import { atServer } from './here.js';

type Navigate = (to: string, options?: object) => void;
interface Guard {
  held: () => boolean;
  /** Told how to leave after all. */
  ask: (go: () => void) => void;
  /** Address of what is guarded. */
  here: string;
}

let guard: Guard | null = null;

/** For the router: every link and every `navigate` goes through it. */
export function aroundNavigation(navigate: Navigate, to: string, options?: object): void {
  const go = (): void => navigate(to, options);
  if (guard?.held() === true) guard.ask(go);
  else go();
}

/** Whether leaving is asked about where there is something to lose. */
export const isGuarded = (): boolean => guard !== null;

/** Leaves whatever is held: it was asked about elsewhere. */
export function withoutAsking(go: () => void): void {
  guard = null;
  go();
}

// Here and not in the hook: heard before the router hears of it, since this is loaded first.
if (!atServer) {
  window.addEventListener('popstate', (event) => {
    if (guard?.held() !== true || window.location.href === guard.here) return;
    // The router is not told; the address is set back, one step further.
    event.stopImmediatePropagation();
    window.history.pushState(window.history.state, '', guard.here);
    guard.ask(() => window.history.back());
  });
  window.addEventListener('beforeunload', (event) => {
    if (guard?.held() === true) event.preventDefault();
  });
}

/**
 * @param held whether there is something to lose, now.
 * @param ask told how to leave after all; what is asked must let go (`held` false) before it does.
 */
export function useLeaveGuard(held: () => boolean, ask: (go: () => void) => void): void {
  const latest = useRef({ held, ask });
  latest.current = { held, ask };
  useEffect(() => {
    const mine: Guard = { held: () => latest.current.held(), ask: (go) => latest.current.ask(go), here: window.location.href };
    guard = mine;
    return () => {
      if (guard === mine) guard = null;
    };
  }, []);
}
