/**
 * What the shell uses of Electron and menubar, and nothing more. `main.ts` fills it with the real ones, checked by the compiler against their
 * types; the tests fill it with stand-ins that satisfy the same interfaces.
 */
import type {
  BrowserWindowConstructorOptions,
  CookiesSetDetails,
  ForkOptions,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  MessageBoxReturnValue,
  MessageBoxSyncOptions,
  NotificationConstructorOptions,
  Rectangle,
  Settings as LoginItem,
} from 'electron';

/** An event whose default can be prevented. */
export interface Preventable {
  preventDefault(): void;
}
export interface Navigation extends Preventable {
  readonly url: string;
}

export interface ContentsLike {
  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void;
  on(event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', listener: (details: Navigation) => void): unknown;
  on(event: 'did-navigate-in-page', listener: (event: unknown, url: string, isMainFrame: boolean) => void): unknown;
  /** A page objects to being left; preventing the default leaves it. */
  on(event: 'will-attach-webview' | 'will-prevent-unload', listener: (event: Preventable) => void): unknown;
  on(event: 'render-process-gone', listener: (event: unknown, details: { reason: string }) => void): unknown;
  getURL(): string;
  readonly navigationHistory: { goBack(): void; goForward(): void; clear(): void };
}

export interface WindowLike {
  readonly webContents: ContentsLike;
  loadURL(url: string): Promise<void>;
  show(): void;
  focus(): void;
  restore(): void;
  /** Asks the page first; `closed` follows when it does not object. */
  close(): void;
  isMinimized(): boolean;
  isDestroyed(): boolean;
  isFullScreen(): boolean;
  getNormalBounds(): Rectangle;
  on(event: 'close', listener: (event: Preventable) => void): unknown;
  on(event: 'closed', listener: () => void): unknown;
}

export interface TrayLike {
  setImage(image: string): void;
  setTitle(title: string, options?: { fontType?: 'monospaced' | 'monospacedDigit' }): void;
  setToolTip(text: string): void;
  on(event: 'right-click', listener: () => void): unknown;
}

/** The window under the icon, as the menubar package keeps it. */
export interface DropdownLike {
  readonly window: WindowLike | undefined;
  showWindow(): Promise<void>;
  hideWindow(): void;
  on(event: 'after-create-window', listener: () => void): unknown;
}

/** The icon, its native menu, and how the dropdown is hung on it. */
export interface TrayPlace {
  readonly tray: TrayLike;
  popUp(template: MenuItemConstructorOptions[]): void;
  attachDropdown(options: { tooltip: string; browserWindow: BrowserWindowConstructorOptions }): DropdownLike;
}

/** The agent's process. */
export interface ChildLike {
  readonly pid: number | undefined;
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  on(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

export interface NotificationLike {
  show(): void;
  on(event: 'click', listener: () => void): unknown;
}

export interface SessionLike {
  readonly cookies: { set(details: CookiesSetDetails): Promise<void> };
  readonly webRequest: {
    onBeforeRequest(listener: (details: { url: string }, callback: (response: { cancel?: boolean }) => void) => void): void;
  };
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: string, callback: (granted: boolean) => void, details: { requestingUrl?: string }) => void,
  ): void;
  setPermissionCheckHandler(handler: (contents: unknown, permission: string, requestingOrigin: string) => boolean): void;
  setDevicePermissionHandler(handler: () => boolean): void;
  setDisplayMediaRequestHandler(handler: ((request: unknown, callback: (streams: null) => void) => void) | null): void;
  on(event: 'will-download', listener: (event: Preventable, item: { getURL(): string }) => void): unknown;
}

export interface AppLike {
  readonly isPackaged: boolean;
  requestSingleInstanceLock(): boolean;
  whenReady(): Promise<void>;
  quit(): void;
  exit(code?: number): void;
  /** Hides its windows and gives the keys back to the app before. */
  hide(): void;
  getAppPath(): string;
  getPath(name: 'exe' | 'userData'): string;
  getLoginItemSettings(): { openAtLogin: boolean };
  setLoginItemSettings(settings: LoginItem): void;
  enableSandbox(): void;
  readonly dock?: { show(): Promise<void>; hide(): void } | undefined;
  on(event: 'second-instance', listener: (event: unknown, args: string[]) => void): unknown;
  on(event: 'activate' | 'window-all-closed', listener: () => void): unknown;
  on(event: 'before-quit', listener: (event: Preventable) => void): unknown;
  on(event: 'web-contents-created', listener: (event: unknown, contents: ContentsLike) => void): unknown;
}

/** Everything together. */
export interface ElectronParts {
  readonly app: AppLike;
  readonly session: SessionLike;
  readonly shortcuts: { register(keys: string, run: () => void): boolean; unregister(keys: string): void };
  readonly theme: { isDark(): boolean };
  readonly clipboard: { writeText(text: string): void };
  readonly screen: { getAllDisplays(): { workArea: Rectangle }[] };
  createTray(image: string): TrayPlace;
  createWindow(options: BrowserWindowConstructorOptions): WindowLike;
  createNotification(options: NotificationConstructorOptions): NotificationLike;
  setApplicationMenu(template: MenuItemConstructorOptions[]): void;
  fork(script: string, args: string[], options: ForkOptions): ChildLike;
  ask(options: MessageBoxOptions): Promise<MessageBoxReturnValue>;
  /** Asks and waits, for events that must be answered at once. Answers the button. */
  askNow(options: MessageBoxSyncOptions): number;
  openExternal(url: string): Promise<void>;
  /** Called when the session ends: logout, restart, shutdown. */
  onSessionEnd(run: () => void): void;
  /** Shows a file in the Finder. */
  reveal(path: string): void;
}
