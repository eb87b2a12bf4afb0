/** Raycast around one built extension. */
import type { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { createElement, type FunctionComponent } from 'react';
import type { Form, LaunchType, Toast } from '@raycast/api';
import { account, accountLaunch } from './account.js';
import type { ActionView } from './action-view.js';
import { asModule, createApi } from './api.js';
import { load, type Loaded } from './loader.js';
import { Machine, type Answer, type Launch, type ShownToast } from './machine.js';
import { argumentValues, commandOf, preferenceValues, readManifest, type CommandInfo, type Manifest } from './manifest.js';
import { Menu } from './menu.js';
import { publishedEnum } from './published.js';
import { Screen } from './screen.js';
import { Services } from './services.js';
import { flush, Session } from './session.js';
import { textOf } from './text.js';
import { waitFor, type WaitOptions } from './wait.js';

export interface HostOptions {
  /** The folder that `ray build -o` wrote: `await builtExtension()`. */
  folder: string;
  /** What the user set; the manifest's defaults fill the rest. */
  preferences?: Record<string, unknown>;
  /** The extension's data (Cache, LocalStorage, …); give the same folder to a second host to see what the first left. Default: a temporary one. */
  supportPath?: string;
  /** The commands' environment, over the test's own. HOME is a temporary folder unless given. */
  env?: Record<string, string | undefined>;
  theme?: 'light' | 'dark';
}
export interface LaunchOptions {
  arguments?: Record<string, string>;
  fallbackText?: string;
  launchContext?: Record<string, unknown>;
  draftValues?: Form.Values;
  launchType?: 'userInitiated' | 'background';
  /** Keep the window's text of every commit in `screen.frames[…].text`. */
  snapshots?: boolean;
}
/** A tool for Raycast's AI: call it, or look at what it asks the user to confirm first. */
export type Tool = ((input?: unknown) => Promise<unknown>) & {
  confirmation: ((input?: unknown) => Promise<Confirmation | undefined>) | undefined;
};
export interface Confirmation {
  style?: string;
  message?: string;
  info?: { name: string; value?: string }[];
  image?: unknown;
}

const outer = runInThisContext('process') as NodeJS.Process;
const LaunchTypes = publishedEnum<Record<'UserInitiated' | 'Background', LaunchType>>('LaunchType');

export class Host {
  readonly machine: Machine;
  readonly manifest: Manifest;
  private readonly sessions = new Set<Session>();
  private readonly strayErrors: Error[] = [];
  private readonly home: string;
  private readonly temporary: string;
  private readonly rejectionListeners: NodeJS.UnhandledRejectionListener[];
  private readonly restoreConsole: () => void;

  constructor(private readonly options: HostOptions) {
    this.temporary = mkdtempSync(join(tmpdir(), 'raycast-host-'));
    this.home = join(this.temporary, 'home');
    mkdirSync(this.home);
    this.manifest = readManifest(options.folder);
    const support = options.supportPath ?? join(this.temporary, 'support');
    mkdirSync(support, { recursive: true });
    this.machine = new Machine(support);
    // While commands run, what nobody caught in them is theirs; jest's own listeners come back at the end.
    this.rejectionListeners = outer.listeners('unhandledRejection');
    outer.removeAllListeners('unhandledRejection');
    outer.on('unhandledRejection', this.stray);
    this.restoreConsole = this.hearReact();
  }

  /** React's own complaints (a missing key, a state set while rendering) fail the command that caused them. */
  private hearReact(): () => void {
    /* eslint-disable no-console -- React speaks through it */
    const original = console.error;
    console.error = (...parts: unknown[]) => {
      const [format, ...rest] = parts.map(String);
      this.stray(new Error((format ?? '').replaceAll('%s', () => rest.shift() ?? '')));
    };
    return () => {
      console.error = original;
    };
    /* eslint-enable no-console */
  }
  /** An error that nobody caught: it fails the command that runs. A command that has ended has no process left to fail. */
  private readonly stray = (reason: unknown): void => {
    const session = [...this.sessions].findLast((one) => !one.closed);
    if (session) session.fail(reason);
    else if (this.sessions.size === 0) this.strayErrors.push(reason as Error);
  };

  // What commands did, in order of time; `machine.journal` has all of it with times.
  get toasts(): ShownToast[] {
    return this.machine.entries('toast').map((entry) => entry.toast);
  }
  /** The toast one sees now. */
  get toast(): ShownToast | undefined {
    return this.toasts.findLast((toast) => toast.visible);
  }
  get huds(): string[] {
    return this.machine.entries('hud').map((entry) => entry.title);
  }
  get alerts() {
    return this.machine.entries('alert');
  }
  /** Texts that commands copied, oldest first. */
  get copied(): (string | undefined)[] {
    return this.machine.entries('copy').map((entry) => entry.content.text ?? entry.content.file);
  }
  get pasted(): (string | undefined)[] {
    return this.machine.entries('paste').map((entry) => entry.content.text ?? entry.content.file);
  }
  get opened(): string[] {
    return this.machine.entries('open').map((entry) => entry.target);
  }
  get launched(): Launch[] {
    return this.machine.entries('launch').map((entry) => entry.launch);
  }
  get logs(): string[] {
    return this.machine.entries('log').map((entry) => `${entry.level}: ${entry.text}`);
  }
  /** How alerts are answered. Unset, an alert fails the test. */
  set answer(answer: Answer | undefined) {
    this.machine.answer = answer;
  }

  /** Waits on the journal (for no-view commands and menus; a screen has its own `until`). */
  until<T>(condition: () => T, options: WaitOptions = {}): Promise<NonNullable<T>> {
    const events: EventEmitter<{ changed: [] }> = this.machine;
    // A toast's handle leads back to what is shown.
    const plain = (key: string, value: unknown): unknown => (key === 'handle' ? undefined : value);
    const describe = () => this.machine.journal.map((entry) => JSON.stringify(entry, plain)).join('\n');
    return waitFor(events, condition, () => this.check(), describe, options);
  }
  /** Presses the button of the toast one sees. */
  async pressToast(title: string): Promise<void> {
    const { toast } = this;
    const action = [toast?.primaryAction, toast?.secondaryAction].find((one) => one?.title === title);
    if (!toast || !action) throw new Error(`No toast with "${title}"; one sees ${toast ? toast.history.join(' → ') : 'none'}.`);
    const handler: (toast: Toast) => unknown = action.onAction;
    await handler(toast.handle);
    await flush();
    this.check();
  }

  /** Opens a `view` command's window; comes back after its first commit. */
  async launch(name: string, options: LaunchOptions = {}): Promise<Screen> {
    const command = commandOf(this.manifest, name);
    if (command.mode !== 'view')
      throw new Error(`${name} is a ${command.mode} command: use host.${command.mode === 'no-view' ? 'run' : 'menu'}.`);
    const session = this.mount(command, options);
    const screen = new Screen(session, (action) => this.account(name, action, true));
    await screen.until(() => session.frames.length > 0, { what: 'the first commit' });
    await screen.settle();
    return screen;
  }
  /** Runs a `no-view` command to its end. */
  async run(name: string, options: LaunchOptions = {}): Promise<void> {
    const command = commandOf(this.manifest, name);
    if (command.mode !== 'no-view') throw new Error(`${name} is a ${command.mode} command.`);
    const { session, loaded, props } = this.start(command, options);
    try {
      await (loaded.exports.default as (props: object) => unknown)(props);
      await flush();
      session.check();
    } finally {
      await session.close();
      this.sessions.delete(session);
    }
  }
  /** Opens a `menu-bar` command; comes back when it has loaded, with its menu open. */
  async menu(name: string, options: LaunchOptions & WaitOptions = {}): Promise<Menu> {
    const command = commandOf(this.manifest, name);
    if (command.mode !== 'menu-bar') throw new Error(`${name} is a ${command.mode} command.`);
    const session = this.mount(command, options);
    const menu = new Menu(session, (item) => this.account(name, { ...item, type: 'menu-item', destructive: false }, true));
    session.onView = () => {
      for (const item of menu.items()) if (item.enabled) this.account(name, { ...item, type: 'menu-item', destructive: false }, false);
    };
    await menu.until(() => session.frames.length > 0 && !menu.isLoading, { what: 'the menu to have loaded', ...options });
    return menu;
  }
  /** A tool for Raycast's AI, as built. */
  tool(name: string): Tool {
    const info: CommandInfo = { name: `tools/${name}`, title: name, mode: 'no-view' };
    const { session, loaded } = this.start(info, {});
    const through = (fn: unknown) => async (input?: unknown) => {
      const answer = await (fn as (input?: unknown) => unknown)(input);
      await flush();
      session.check();
      return answer;
    };
    const { default: run, confirmation } = loaded.exports;
    return Object.assign(through(run), {
      confirmation: typeof confirmation === 'function' ? (through(confirmation) as Tool['confirmation']) : undefined,
    });
  }

  /** Closes what is open and throws what went wrong unseen. */
  async close(): Promise<void> {
    for (const session of this.sessions) await session.close();
    await flush();
    outer.off('unhandledRejection', this.stray);
    for (const listener of this.rejectionListeners) outer.on('unhandledRejection', listener);
    this.restoreConsole();
    const errors = [...this.sessions].flatMap((session) => session.errors).concat(this.strayErrors);
    this.sessions.clear();
    rmSync(this.temporary, { recursive: true, force: true });
    if (errors[0]) throw errors[0];
  }

  private account(command: string, action: ActionView, pressed: boolean): void {
    account(`${this.manifest.name}/${command}`, action, pressed);
  }
  private check(): void {
    for (const session of this.sessions) session.check();
    const error = this.strayErrors.shift();
    if (error) throw error;
  }

  private mount(command: CommandInfo, options: LaunchOptions): Session {
    const { session, loaded, props } = this.start(command, options);
    session.onView = (view) => {
      for (const action of view.actions) this.account(command.name, action, false);
    };
    if (options.snapshots === true) session.snapshot = textOf;
    session.push(createElement(loaded.exports.default as FunctionComponent<object>, props));
    return session;
  }

  private start(command: CommandInfo, options: LaunchOptions): { session: Session; loaded: Loaded; props: object } {
    const { folder, env = {} } = this.options;
    const tool = command.name.startsWith('tools/');
    const preferences = preferenceValues(this.manifest, tool ? undefined : command, this.ownPreferences(tool ? undefined : command));
    const given = tool ? {} : argumentValues(command, options.arguments ?? {});
    const services = new Services(this.machine, command.name, (error) => session.fail(error));
    let loaded: Loaded | undefined = undefined as Loaded | undefined;
    const session: Session = new Session(
      services,
      options.draftValues ?? {},
      this.machine.table(`stored-${command.name.replace('/', '-')}`),
      () => loaded?.end(),
    );
    const launchType = options.launchType === 'background' ? LaunchTypes.Background : LaunchTypes.UserInitiated;
    const api = createApi({
      services,
      machine: this.machine,
      manifest: this.manifest,
      command,
      preferences,
      assetsPath: join(folder, 'assets'),
      supportPath: this.machine.folder,
      theme: this.options.theme ?? 'dark',
      launchType,
      launchContext: options.launchContext,
      navigation: { push: (element, onPop) => session.push(element, onPop), pop: () => session.pop() },
      fields: session,
    });
    this.sessions.add(session);
    accountLaunch(`${this.manifest.name}/${command.name}`);
    loaded = load({
      file: join(folder, `${command.name}.js`),
      api: asModule(api),
      env: { ...process.env, PATH: personsPath(), HOME: this.home, ...env },
      log: (level, text) => services.note({ kind: 'log', level, text }),
    });
    const props = {
      launchType,
      arguments: given,
      ...(options.draftValues && { draftValues: options.draftValues }),
      ...(options.launchContext && { launchContext: options.launchContext }),
      ...(options.fallbackText !== undefined && { fallbackText: options.fallbackText }),
    };
    return { session, loaded, props };
  }

  /** The preferences the test set, without those that belong to other commands. */
  private ownPreferences(command: CommandInfo | undefined): Record<string, unknown> {
    const set = this.options.preferences ?? {};
    const others = this.manifest.commands.filter((one) => one !== command).flatMap((one) => one.preferences ?? []);
    const mine = [...(this.manifest.preferences ?? []), ...(command?.preferences ?? [])];
    const foreign = (name: string) => others.some((one) => one.name === name) && !mine.some((one) => one.name === name);
    return Object.fromEntries(Object.entries(set).filter(([name]) => !foreign(name)));
  }
}

export const createHost = (options: HostOptions): Host => new Host(options);

/** The PATH without what npm put there: `mlx-manager` of this repository is not what a person has installed. */
const personsPath = (): string =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter);
