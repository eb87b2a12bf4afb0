/** Where this page is: the browser says it, and where the agent draws the page for a browser, the agent does. */

export interface Here {
  /** As it stands in the address, not decoded. */
  readonly pathname: string;
  readonly origin: string;
  readonly hostname: string;
}

/** No browser: the page is drawn as text, nothing is listened to and nothing is asked. */
export const atServer = typeof window === 'undefined';

/** A window of the Mac app, which starts the agent and signs its pages in by itself. */
export const inMacApp = !atServer && /\bElectron\//.test(navigator.userAgent);

let drawnFor: Here = { pathname: '/', origin: '', hostname: '' };

export const here = (): Here => (atServer ? drawnFor : window.location);

/** At the server: which address is drawn next. */
export function drawFor(next: Here): void {
  drawnFor = next;
}
