/**
 * A stand-in for Electron, whose binary is not there. It satisfies the interfaces that `shell/main.ts` holds the real Electron to, so that both have
 * the same shape by the compiler's word. The agent's process is a real one: Node in place of the utility process.
 */
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type {
  BrowserWindowConstructorOptions,
  CookiesSetDetails,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  MessageBoxSyncOptions,
  NotificationConstructorOptions,
  Rectangle,
} from 'electron';
import type {
  ChildLike,
  ContentsLike,
  DropdownLike,
  ElectronParts,
  SessionLike,
  TrayPlace,
  WindowLike,
} from '../../../menubar-agent/src/shell/electron-parts.js';

export class FakeContents extends EventEmitter {
  url = '';
  opener: ((details: { url: string }) => { action: 'deny' }) | null = null;
  /** Steps that were taken in its history. */
  readonly went: (-1 | 1)[] = [];
  /** How often its history was cleared. */
  cleared = 0;
  readonly navigationHistory = {
    goBack: (): unknown => this.went.push(-1),
    goForward: (): unknown => this.went.push(1),
    clear: (): unknown => this.cleared++,
  };
  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void {
    this.opener = handler;
  }
  getURL(): string {
    return this.url;
  }
  /** The page objects to being left. Answers whether it is left all the same. */
  objects(): boolean {
    let left = false;
    this.emit('will-prevent-unload', { preventDefault: () => (left = true) });
    return left;
  }
  /** A page's own try to go somewhere. Answers whether it was prevented. */
  navigate(event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', url: string): boolean {
    let prevented = false;
    this.emit(event, { url, preventDefault: () => (prevented = true) });
    return prevented;
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents() satisfies ContentsLike;
  readonly loaded: string[] = [];
  shown = false;
  destroyed = false;
  minimized = false;
  /** Whether its page has something that is not saved. */
  unsaved = false;
  bounds: Rectangle = { x: 10, y: 20, width: 900, height: 700 };
  constructor(readonly options: BrowserWindowConstructorOptions) {
    super();
  }
  loadURL(url: string): Promise<void> {
    if (this.unsaved && !this.webContents.objects())
      return Promise.reject(Object.assign(new Error('ERR_ABORTED (-3)'), { code: 'ERR_ABORTED' }));
    this.unsaved = false;
    this.loaded.push(url);
    this.webContents.url = url;
    this.emit('loaded', url);
    return Promise.resolve();
  }
  show(): void {
    this.shown = true;
    this.emit('shown');
  }
  focus(): void {
    this.shown = true;
  }
  restore(): void {
    this.minimized = false;
  }
  isMinimized = (): boolean => this.minimized;
  isDestroyed = (): boolean => this.destroyed;
  isFullScreen = (): boolean => false;
  getNormalBounds = (): Rectangle => this.bounds;
  close(): void {
    this.emit('close', { preventDefault: () => undefined });
    if (this.unsaved && !this.webContents.objects()) return;
    this.destroyed = true;
    this.emit('closed');
  }
}

class FakeDropdown extends EventEmitter {
  window: (FakeWindow & WindowLike) | undefined;
  constructor(private readonly create: () => FakeWindow) {
    super();
  }
  showWindow(): Promise<void> {
    if (!this.window) {
      this.window = this.create();
      this.emit('after-create-window');
    }
    this.window.show();
    return Promise.resolve();
  }
  hideWindow(): void {
    if (this.window) this.window.shown = false;
    this.emit('hidden');
  }
}

export class FakeTray extends EventEmitter {
  image = '';
  title = '';
  tip = '';
  setImage(image: string): void {
    this.image = image;
    this.emit('changed');
  }
  setTitle(title: string): void {
    this.title = title;
    this.emit('changed');
  }
  setToolTip(tip: string): void {
    this.tip = tip;
    this.emit('changed');
  }
}

class FakeApp extends EventEmitter {
  isPackaged = false;
  lock = true;
  loginItem = false;
  sandboxed = false;
  hidden = false;
  dark = false;
  readonly quitted = Promise.withResolvers<undefined>();
  dockShown = false;
  readonly dock = {
    show: (): Promise<void> => {
      this.dockShown = true;
      return Promise.resolve();
    },
    hide: (): void => {
      this.dockShown = false;
    },
  };
  constructor(private readonly path: string) {
    super();
  }
  requestSingleInstanceLock = (): boolean => this.lock;
  whenReady = (): Promise<void> => Promise.resolve();
  /** As Electron does: asks by `before-quit`, and ends when nobody minds. */
  quit(): void {
    let prevented = false as boolean;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (!prevented) this.quitted.resolve(undefined);
  }
  hide(): void {
    this.hidden = true;
  }
  exit(): void {
    this.quitted.resolve(undefined);
  }
  getAppPath = (): string => this.path;
  getPath = (): string => '/Applications/MLX Manager.app/Contents/MacOS/MLX Manager';
  getLoginItemSettings = (): { openAtLogin: boolean } => ({ openAtLogin: this.loginItem });
  setLoginItemSettings = (settings: { openAtLogin?: boolean }): void => {
    this.loginItem = settings.openAtLogin === true;
  };
  enableSandbox(): void {
    this.sandboxed = true;
  }
}

class FakeSession extends EventEmitter {
  readonly stored: CookiesSetDetails[] = [];
  readonly cookies = {
    set: (details: CookiesSetDetails): Promise<void> => {
      this.stored.push(details);
      return Promise.resolve();
    },
  };
  request: Parameters<SessionLike['webRequest']['onBeforeRequest']>[0] | null = null;
  permission: Parameters<SessionLike['setPermissionRequestHandler']>[0] | null = null;
  check: Parameters<SessionLike['setPermissionCheckHandler']>[0] | null = null;
  device: (() => boolean) | null = null;
  display: Parameters<SessionLike['setDisplayMediaRequestHandler']>[0] = null;
  readonly webRequest = { onBeforeRequest: (listener: NonNullable<FakeSession['request']>): void => void (this.request = listener) };
  setPermissionRequestHandler = (handler: NonNullable<FakeSession['permission']>): void => void (this.permission = handler);
  setPermissionCheckHandler = (handler: NonNullable<FakeSession['check']>): void => void (this.check = handler);
  setDevicePermissionHandler = (handler: () => boolean): void => void (this.device = handler);
  setDisplayMediaRequestHandler = (handler: FakeSession['display']): void => void (this.display = handler);
}

export interface Fake {
  readonly app: FakeApp;
  readonly session: FakeSession;
  readonly windows: FakeWindow[];
  readonly trays: FakeTray[];
  readonly dropdowns: FakeDropdown[];
  readonly menus: MenuItemConstructorOptions[][];
  readonly appMenus: MenuItemConstructorOptions[][];
  readonly notifications: (EventEmitter & { options: NotificationConstructorOptions })[];
  readonly shortcuts: Map<string, () => void>;
  /** Keys that belong to another program. */
  readonly taken: Set<string>;
  readonly copied: string[];
  readonly opened: string[];
  readonly revealed: string[];
  readonly questions: MessageBoxOptions[];
  /** Questions that were asked at once, and what is answered to the next ones; else the cancelling button. */
  readonly askedNow: MessageBoxSyncOptions[];
  readonly answersNow: number[];
  /** What is answered to the next questions. */
  readonly answers: { response: number; checkboxChecked: boolean }[];
  readonly children: { readonly child: ChildLike; readonly args: string[]; readonly env: Record<string, string | undefined> }[];
  sessionEnds: (() => void) | null;
  readonly electron: ElectronParts;
}

/**
 * @param appPath the folder that Electron would be started with.
 * @param program run by Node in place of the script that is forked.
 */
export function fakeElectron(appPath: string, program?: readonly string[]): Fake {
  const fake: Omit<Fake, 'electron'> = {
    app: new FakeApp(appPath),
    session: new FakeSession(),
    windows: [],
    trays: [],
    dropdowns: [],
    menus: [],
    appMenus: [],
    notifications: [],
    shortcuts: new Map(),
    taken: new Set(),
    copied: [],
    opened: [],
    revealed: [],
    questions: [],
    askedNow: [],
    answersNow: [],
    answers: [],
    children: [],
    sessionEnds: null,
  };
  const newWindow = (options: BrowserWindowConstructorOptions): FakeWindow => {
    const window = new FakeWindow(options);
    fake.windows.push(window);
    fake.app.emit('web-contents-created', {}, window.webContents);
    return window;
  };
  const electron = {
    app: fake.app,
    session: fake.session,
    shortcuts: {
      register(keys: string, run: () => void) {
        if (fake.taken.has(keys)) return false;
        fake.shortcuts.set(keys, run);
        return true;
      },
      unregister: (keys: string) => void fake.shortcuts.delete(keys),
    },
    theme: { isDark: () => fake.app.dark },
    clipboard: { writeText: (text: string) => void fake.copied.push(text) },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 25, width: 1440, height: 875 } }] },
    createTray(image: string): TrayPlace {
      const tray = new FakeTray();
      tray.image = image;
      fake.trays.push(tray);
      return {
        tray,
        popUp: (template) => void fake.menus.push(template),
        attachDropdown: ({ browserWindow }) => {
          const dropdown = new FakeDropdown(() => newWindow(browserWindow)) satisfies DropdownLike;
          fake.dropdowns.push(dropdown);
          return dropdown;
        },
      };
    },
    createWindow: newWindow,
    createNotification(options: NotificationConstructorOptions) {
      const notification = Object.assign(new EventEmitter(), { options, show: () => void fake.app.emit('notified', options) });
      fake.notifications.push(notification);
      return notification;
    },
    setApplicationMenu: (template: MenuItemConstructorOptions[]) => void fake.appMenus.push(template),
    fork(script: string, args: string[], { env = {} }): ChildLike {
      const child = spawn(process.execPath, [...(program ?? [script]), ...args], {
        env: env as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const events = new EventEmitter();
      child.once('exit', (code) => void events.emit('exit', code ?? -1));
      const like = Object.assign(events, { pid: child.pid, stdout: child.stdout, stderr: child.stderr, kill: () => child.kill('SIGTERM') });
      fake.children.push({ child: like, args, env: env as Record<string, string | undefined> });
      return like;
    },
    ask(options: MessageBoxOptions) {
      fake.questions.push(options);
      fake.app.emit('asked', options);
      return Promise.resolve(fake.answers.shift() ?? { response: options.cancelId ?? 0, checkboxChecked: false });
    },
    askNow(options: MessageBoxSyncOptions) {
      fake.askedNow.push(options);
      return fake.answersNow.shift() ?? options.cancelId ?? 0;
    },
    openExternal: (url: string) => {
      fake.opened.push(url);
      fake.app.emit('opened', url);
      return Promise.resolve();
    },
    onSessionEnd: (run: () => void) => void (fake.sessionEnds = run),
    reveal: (path: string) => void fake.revealed.push(path),
  } satisfies ElectronParts;
  return Object.assign(fake, { electron });
}
