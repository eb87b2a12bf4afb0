/**
 * Electron's security checklist (electronjs.org/docs/latest/tutorial/security), where it is code. Pages get no preload script and no IPC at all: they
 * speak to the agent over HTTP like any browser, signed in by a cookie.
 */
import type { WebPreferences } from 'electron';
import { browserPath, isOurs, mayRequest, outside, windowPage } from './links.js';
import type { ContentsLike, ElectronParts, Navigation } from './electron-parts.js';

/** The pages' own cookies and storage, apart from anything else. */
export const PARTITION = 'persist:mlx-manager';

/** Points 2 to 6, 8 to 11: what a page may do, written out though most are defaults, so that no default has to be trusted. */
export const pagePreferences = (developer: boolean): WebPreferences => ({
  partition: PARTITION,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  devTools: developer,
});

export interface GuardDeps {
  readonly electron: Pick<ElectronParts, 'app' | 'session' | 'ask' | 'askNow' | 'openExternal'>;
  /** The agent's address now. */
  readonly address: () => string | null;
  /** A page of ours that is to be opened in the window. */
  readonly openPage: (path: string) => void;
  /** An address of ours that is to be opened in the owner's browser, signed in. */
  readonly openInBrowser: (path: string) => void;
  /** The session ends: nobody is asked any more. */
  readonly leaving: () => boolean;
  /** Its reader stays on a page, with what is not saved. */
  readonly onStay: () => void;
  readonly onProblem: (error: unknown, what: string) => void;
}

/** Guards the session and every page that is ever made, by whomever. */
export function guard(deps: GuardDeps): void {
  const { app, session } = deps.electron;
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(permits(permission, details.requestingUrl ?? '', deps.address())),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => permits(permission, origin, deps.address()));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null));
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayRequest(url, deps.address()) }));
  session.on('will-download', (event, item) => {
    if (!mayRequest(item.getURL(), deps.address())) event.preventDefault();
  });
  app.on('web-contents-created', (_event, contents) => guardContents(deps, contents));
}

/** Copying is all that a page may ask for, and only ours. */
function permits(permission: string, url: string, address: string | null): boolean {
  return permission === 'clipboard-sanitized-write' && isOurs(url, address);
}

function guardContents(deps: GuardDeps, contents: ContentsLike): void {
  const stay = (details: Navigation): void => {
    if (isOurs(details.url, deps.address())) return;
    details.preventDefault();
    void leave(deps, details.url);
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    // No page makes a window. One of ours is shown in the window there is, by its path alone; everything else leaves the app, or does not.
    const page = windowPage(url, deps.address());
    const path = browserPath(url, deps.address());
    if (page !== null) deps.openPage(page);
    else if (path !== null) deps.openInBrowser(path);
    else void leave(deps, url);
    return { action: 'deny' };
  });
  contents.on('will-prevent-unload', (event) => {
    // Electron shows no question of its own, and stays: the window could not be closed.
    if (deps.leaving() || deps.electron.askNow(UNSAVED) === 0) event.preventDefault();
    else deps.onStay();
  });
}

const UNSAVED = {
  type: 'question' as const,
  message: 'Leave without saving?',
  detail: 'What you changed on this page is not saved yet.',
  buttons: ['Leave', 'Stay'],
  defaultId: 1,
  cancelId: 1,
};

/** Opens a link in the owner's browser, or asks first, or does not. */
async function leave(deps: GuardDeps, url: string): Promise<void> {
  const verdict = outside(url);
  try {
    if (verdict === 'refuse') return;
    if (verdict === 'ask') {
      const { response } = await deps.electron.ask({
        type: 'question',
        message: `Open ${new URL(url).host} in your browser?`,
        detail: url.length > 400 ? `${url.slice(0, 400)}…` : url,
        buttons: ['Open', 'Cancel'],
        defaultId: 1,
        cancelId: 1,
      });
      if (response !== 0) return;
    }
    await deps.electron.openExternal(url);
  } catch (error) {
    deps.onProblem(error, 'a link was not opened');
  }
}
