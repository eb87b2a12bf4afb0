/** The window and the dropdown: made when first wanted, signed in, and kept on pages of the agent that answers now. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DROPDOWN_PATH } from '@mlx-manager/shared';
import type { Rectangle } from 'electron';
import type { Logger } from '../core/index.js';
import type { Attached } from './agent-keeper.js';
import { MIN_SIZE, placeWindow, readBounds, writeBounds } from './bounds.js';
import type { DropdownLike, ElectronParts, TrayPlace, WindowLike } from './electron-parts.js';
import { pagePreferences } from './guard.js';
import { isOurs, isPutAway, windowPage } from './links.js';
import { signIn } from './sign-in.js';
import { describe, type Snapshot } from './state.js';
import { isWaitingPage, waitingPage } from './waiting-page.js';

/** The dropdown's size, points. */
const DROPDOWN = { width: 380, height: 560 };
/** A page that does not answer must not hold up quitting, ms. */
const CLOSE_MS = 3000;
/** How old a sign-in gets before it is made anew, ms: pages stay open for months, a session lasts 30 days (http/access.ts). */
const RENEW_MS = 24 * 3_600_000;
/** Between two looks at its age, ms; by the wall clock, since no timer runs while a Mac sleeps. */
const LOOK_MS = 3_600_000;
/** The pages' ground in both themes, which a window shows until its page is there. */
const GROUND = { light: '#f5f5f7', dark: '#1c1c1e' };

export interface WindowsDeps {
  readonly electron: Pick<ElectronParts, 'app' | 'createWindow' | 'screen' | 'session' | 'theme'>;
  readonly home: string;
  readonly logger: Logger;
  readonly agent: () => Attached | null;
  readonly snapshot: () => Snapshot;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Windows {
  #window: WindowLike | null = null;
  #route = '/';
  #dropdown: DropdownLike | null = null;
  #stayed: () => void = () => undefined;
  #signedInAt = 0;
  readonly #boundsFile: string;

  constructor(private readonly deps: WindowsDeps) {
    this.#boundsFile = join(deps.home, 'window.json');
  }

  /** Whether there has never been a window: a newcomer, who may not find the icon (macOS can hide it). */
  get neverOpened(): boolean {
    return readBounds(this.#boundsFile) === null;
  }

  /** Hangs the dropdown on the icon. */
  attach(place: TrayPlace): void {
    const developer = !this.deps.electron.app.isPackaged;
    const dropdown = place.attachDropdown({
      tooltip: 'MLX Manager',
      browserWindow: {
        ...DROPDOWN,
        backgroundColor: this.#ground(),
        resizable: false,
        fullscreenable: false,
        movable: false,
        webPreferences: pagePreferences(developer),
      },
    });
    this.#dropdown = dropdown;
    dropdown.on('after-create-window', () => {
      const { window } = dropdown;
      if (!window) return;
      this.#reviveOnCrash(window, () => DROPDOWN_PATH);
      window.webContents.on('did-navigate-in-page', (_event, url) => {
        if (isPutAway(url)) this.#putAway();
      });
      void this.#load(window, DROPDOWN_PATH);
    });
    setInterval(() => void this.renew(), LOOK_MS).unref();
  }

  /** Signs the pages in anew once their session is a day old. Open pages go on with it; they are not loaded again. */
  async renew(): Promise<void> {
    const agent = this.deps.agent();
    if (agent === null || this.#signedInAt === 0 || this.deps.now() - this.#signedInAt < RENEW_MS) return;
    try {
      await this.#signIn(agent);
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'the pages were not signed in anew; it is tried again in an hour');
    }
  }

  /** One page back or forward in the window. */
  go(by: -1 | 1): void {
    const history = this.#window?.webContents.navigationHistory;
    if (by < 0) history?.goBack();
    else history?.goForward();
  }

  /**
   * Brings the window to the front, on a page.
   * @param route null leaves an open window where it is.
   */
  async open(route: string | null): Promise<void> {
    this.#dropdown?.hideWindow();
    const known = this.#window;
    const window = known ?? this.#create();
    if (known === null || (route !== null && !this.#shows(window, route))) {
      this.#route = route ?? '/';
      await this.#load(window, this.#route);
    }
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  /** Closes the window before the app quits. Answers false when its reader stays, with what is not saved. */
  async close(): Promise<boolean> {
    const window = this.#window;
    if (window === null || window.isDestroyed()) return true;
    const closed = new Promise<boolean>((resolve) => {
      window.on('closed', () => resolve(true));
      this.#stayed = () => resolve(false);
    });
    window.close();
    return Promise.race([closed, sleep(CLOSE_MS, true, { ref: false })]);
  }

  /** Its reader said that they stay on the page. */
  stayed(): void {
    this.#stayed();
  }

  /** An agent answers: windows that waited, or show another address, get their page. */
  async refresh(): Promise<void> {
    const address = this.deps.agent()?.address ?? null;
    const stale = (window: WindowLike | null | undefined): window is WindowLike =>
      window !== null && window !== undefined && !window.isDestroyed() && !isOurs(window.webContents.getURL(), address);
    if (stale(this.#window)) await this.#load(this.#window, this.#routeOf(this.#window));
    const dropdown = this.#dropdown?.window;
    if (stale(dropdown)) await this.#load(dropdown, DROPDOWN_PATH);
  }

  /** Tells windows that wait what they wait for. */
  async tell(): Promise<void> {
    if (this.deps.snapshot().agent === 'running') return;
    for (const window of [this.#window, this.#dropdown?.window]) {
      if (window && !window.isDestroyed() && isWaitingPage(window.webContents.getURL())) await this.#wait(window);
    }
  }

  #create(): WindowLike {
    const { app, createWindow, screen } = this.deps.electron;
    const areas: Rectangle[] = screen.getAllDisplays().map((display) => display.workArea);
    const window = createWindow({
      ...placeWindow(readBounds(this.#boundsFile), areas),
      minWidth: MIN_SIZE.width,
      minHeight: MIN_SIZE.height,
      title: 'MLX Manager',
      show: false,
      backgroundColor: this.#ground(),
      titleBarStyle: 'default',
      webPreferences: pagePreferences(!app.isPackaged),
    });
    this.#window = window;
    this.#reviveOnCrash(window, () => this.#routeOf(window));
    window.on('close', () => this.#save(window));
    window.on('closed', () => {
      this.#window = null;
      // Without a window the app lives in the menu bar alone.
      app.dock?.hide();
    });
    // With a window it can be found by Command+Tab.
    void app.dock?.show();
    return window;
  }

  /** Where its reader is, whatever the address of the agent was; where it was opened while it waits. */
  #routeOf(window: WindowLike): string {
    const url = window.webContents.getURL();
    const origin = URL.canParse(url) ? new URL(url).origin : 'null';
    // `null` is what pages of no agent have: the one that waits, and none at all.
    return (origin !== 'null' && windowPage(url, origin)) || this.#route;
  }

  /** Esc in the dropdown: the app that was in front before is there again. With a window of ours, that one is. */
  #putAway(): void {
    this.#dropdown?.hideWindow();
    if (this.#window === null) this.deps.electron.app.hide();
  }

  #save(window: WindowLike): void {
    try {
      writeBounds(this.#boundsFile, window.getNormalBounds());
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'the place of the window was not kept');
    }
  }

  #shows(window: WindowLike, route: string): boolean {
    const agent = this.deps.agent();
    return agent !== null && window.webContents.getURL() === agent.address + route;
  }

  #ground(): string {
    return this.deps.electron.theme.isDark() ? GROUND.dark : GROUND.light;
  }

  async #signIn(agent: Attached): Promise<void> {
    await signIn(agent, this.deps.electron.session);
    this.#signedInAt = this.deps.now();
  }

  /** The page, or, while no agent answers, what is waited for. */
  async #load(window: WindowLike, route: string): Promise<void> {
    const agent = this.deps.agent();
    if (agent === null) return this.#wait(window);
    try {
      await this.#signIn(agent);
      if (window.isDestroyed()) return;
      const waited = !isOurs(window.webContents.getURL(), agent.address);
      await window.loadURL(agent.address + route);
      // Back is not to lead to what was waited for, or to an address that is no more.
      if (waited && !window.isDestroyed()) window.webContents.navigationHistory.clear();
    } catch (error) {
      // Another page was opened meanwhile, or its reader stayed with what is not saved.
      if ((error as NodeJS.ErrnoException).code === 'ERR_ABORTED') return;
      this.deps.logger.warn({ err: error, route }, 'a page was not loaded');
      await this.#wait(window);
    }
  }

  async #wait(window: WindowLike): Promise<void> {
    const now = this.deps.snapshot();
    const title = now.agent === 'failed' ? 'MLX Manager Did Not Start' : 'MLX Manager';
    const text =
      now.agent === 'stopped' ? 'The agent was stopped.\nStart it from the menu of the icon: right click, Start the Agent.' : describe(now);
    try {
      if (!window.isDestroyed()) await window.loadURL(waitingPage(title, text));
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'a window shows nothing');
    }
  }

  #reviveOnCrash(window: WindowLike, route: () => string): void {
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      this.deps.logger.warn({ reason }, 'a page ended');
      if (reason !== 'clean-exit' && !window.isDestroyed()) void this.#load(window, route());
    });
  }
}
