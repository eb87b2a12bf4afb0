/** The shell: icon, dropdown, window, menus and notifications around an agent. It only shows and passes on; the agent does the work. */
import { join } from 'node:path';
import { AgentError, type AgentEvent } from '@mlx-manager/shared';
import type { AgentPaths, Logger } from '../core/index.js';
import { AgentKeeper, type Attached } from './agent-keeper.js';
import { AgentWatch } from './agent-watch.js';
import { applicationMenu } from './app-menu.js';
import type { ElectronParts, TrayPlace } from './electron-parts.js';
import { guard } from './guard.js';
import { agentEnvironment, type Env } from './login-environment.js';
import { newsOf, wanted, type News } from './news.js';
import { quitAnswer, quitPlan } from './quit.js';
import { startProfile } from './start-profile.js';
import { describe, runningServers, trayState, trayTitle, type Snapshot } from './state.js';
import { toTemplate, trayMenu, type Command } from './tray-menu.js';
import { Windows } from './windows.js';

export interface ShellDeps {
  readonly electron: ElectronParts;
  readonly paths: AgentPaths;
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  readonly logger: Logger;
  /** Options behind `start --headless`. */
  readonly agentArgs: readonly string[];
  /** Told what the agent prints. */
  readonly onLine: (line: string) => void;
  readonly backoff?: (failures: number) => number;
}

export class Shell {
  readonly watch: AgentWatch;
  readonly #keeper: AgentKeeper;
  readonly #windows: Windows;
  #place: TrayPlace | null = null;
  #shown = { image: '', title: '', tip: '' };
  #shortcut: string | null = null;
  /** The trouble that was told last. */
  #problem: string | null = null;
  #leaving = false;
  #quitting = false;
  #running: Promise<void> | null = null;

  constructor(private readonly deps: ShellDeps) {
    const { electron, paths, logger, env, platform } = deps;
    this.#keeper = new AgentKeeper({
      paths,
      logger,
      fork: (environment) => this.#fork(environment),
      environment: () =>
        agentEnvironment({
          env,
          platform,
          file: join(paths.secrets, 'login-environment.json'),
          onProblem: (error) => logger.warn({ err: error }, 'the login shell did not tell its environment'),
        }),
      onLine: deps.onLine,
    });
    this.watch = new AgentWatch({
      keeper: this.#keeper,
      paths,
      logger,
      now: () => Date.now(),
      onChange: (now) => this.#show(now),
      onEvent: (event, before) => this.#tellNews(event, before),
      onAttached: (agent) => this.#attached(agent),
      ...(deps.backoff && { backoff: deps.backoff }),
    });
    this.#windows = new Windows({
      electron,
      home: paths.home,
      logger,
      agent: () => this.watch.agent,
      snapshot: () => this.watch.snapshot,
      now: () => Date.now(),
    });
  }

  /** Begins. Resolves when the icon is there; false when another instance has the lock, which then opens its window. */
  async start(): Promise<boolean> {
    const { app } = this.deps.electron;
    if (!app.requestSingleInstanceLock()) {
      app.quit();
      return false;
    }
    app.enableSandbox();
    app.on('second-instance', () => this.run({ do: 'open', route: null }));
    app.on('activate', () => this.run({ do: 'open', route: null }));
    // The icon stays when the last window closes.
    app.on('window-all-closed', () => undefined);
    app.on('before-quit', (event) => {
      if (this.#quitting) return;
      event.preventDefault();
      void this.quit('as-set');
    });
    await app.whenReady();
    // Lives in the menu bar; with a window it is in the Dock too.
    app.dock?.hide();
    const { electron, logger } = this.deps;
    guard({
      electron,
      address: () => this.watch.agent?.address ?? null,
      openPage: (route) => this.run({ do: 'open', route }),
      openInBrowser: (path) => this.run({ do: 'browse', path }),
      leaving: () => this.#leaving,
      onStay: () => this.#windows.stayed(),
      onProblem: (err, what) => logger.warn({ err }, what),
    });
    electron.onSessionEnd(() => (this.#leaving = true));
    electron.setApplicationMenu(applicationMenu((command) => this.run(command), !app.isPackaged));
    this.#place = electron.createTray(this.#image('loading'));
    this.#place.tray.on('right-click', () => this.#popUp());
    this.#windows.attach(this.#place);
    this.#show(this.watch.snapshot);
    this.#running = this.watch.run();
    if (this.#windows.neverOpened) this.run({ do: 'open', route: null });
    return true;
  }

  /** Does what a menu entry says; a failure is told in a notification. */
  run(command: Command): void {
    this.#run(command).catch((error: unknown) => {
      this.deps.logger.warn({ err: error, command }, 'a command failed');
      const told = error instanceof AgentError ? `${error.message} ${error.action}` : 'It was not expected: the log says more.';
      // What its owner did just now is answered, whatever they want to hear of the rest.
      this.#notify({ id: 'command', title: 'That Did Not Work', body: told, route: '/servers', failure: true }, 'all');
    });
  }

  /** Ends the shell, and its own agent; asks what happens to the servers where the owner wants to be asked. */
  async quit(servers: 'as-set' | 'stop' | 'keep'): Promise<void> {
    if (this.#quitting) return;
    this.#quitting = true;
    const { electron, logger } = this.deps;
    const plan = quitPlan(this.watch.snapshot, servers, this.#leaving);
    let keepServers = plan.kind === 'end' ? plan.keepServers : undefined;
    if (plan.kind === 'ask') {
      const { response, checkboxChecked } = await electron.ask(plan.question);
      const answer = quitAnswer(response, checkboxChecked);
      if (!answer.quit) {
        this.#quitting = false;
        return;
      }
      keepServers = answer.keepServers;
      if (answer.remember) await this.#remember(answer.keepServers);
    }
    // While the agent is there, so that what is not saved can be.
    if (!this.#leaving && !(await this.#windows.close())) {
      this.#quitting = false;
      return;
    }
    this.watch.end();
    if (this.#shortcut !== null) electron.shortcuts.unregister(this.#shortcut);
    try {
      // Also one that is just starting; an agent that is not ours is left alone.
      await this.#keeper.end(keepServers);
      await this.#running;
    } catch (error) {
      logger.error({ err: error }, 'the agent did not end in good order');
    }
    electron.app.quit();
  }

  async #run(command: Command): Promise<void> {
    const { electron, paths } = this.deps;
    switch (command.do) {
      case 'open':
        return this.#windows.open(command.route);
      case 'go':
        this.#windows.go(command.by);
        return;
      case 'browse': {
        // The browser has no session of ours.
        const { url } = await this.#client().createLink();
        return electron.openExternal(`${url}&to=${command.path}`);
      }
      case 'start':
        return startProfile(this.#client(), (question) => electron.ask(question), command.profileId);
      case 'stop':
        await this.#client().stopServer({ params: { profileId: command.profileId } });
        return;
      case 'stop-all':
        await Promise.all(runningServers(this.watch.snapshot).map(({ profileId }) => this.#client().stopServer({ params: { profileId } })));
        return;
      case 'copy':
        electron.clipboard.writeText(command.text);
        return;
      case 'launch-at-login':
        electron.app.setLoginItemSettings({ openAtLogin: command.on });
        return;
      case 'start-agent':
        this.watch.retry();
        return;
      case 'show-log':
        electron.reveal(join(paths.logs, 'agent.log'));
        return;
      case 'quit':
        return this.quit(command.servers);
    }
  }

  #client(): Attached['client'] {
    const { agent } = this.watch;
    if (!agent) throw new AgentError('AGENT_NOT_RUNNING', { address: 'its address' });
    return agent.client;
  }

  #fork(env: Env): ReturnType<ElectronParts['fork']> {
    const { electron } = this.deps;
    const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return electron.fork(
      join(electron.app.getAppPath(), 'dist', 'cli.js'),
      ['start', '--headless', '--unless-running', ...this.deps.agentArgs],
      {
        env: { ...given, ...(electron.app.isPackaged && { MLX_MANAGER_APP: bundleOf(electron.app.getPath('exe')) }) },
        serviceName: 'MLX Manager Agent',
        stdio: 'pipe',
      },
    );
  }

  async #attached(agent: Attached): Promise<void> {
    this.deps.logger.info({ address: agent.address, own: agent.own }, 'attached to an agent');
    await this.#windows.refresh();
  }

  #show(now: Snapshot): void {
    const tray = this.#place?.tray;
    if (tray) {
      const next = { image: this.#image(trayState(now)), title: trayTitle(now), tip: `MLX Manager: ${describe(now)}` };
      // Each call draws the menu bar anew.
      if (next.image !== this.#shown.image) tray.setImage(next.image);
      if (next.title !== this.#shown.title) tray.setTitle(next.title, { fontType: 'monospacedDigit' });
      if (next.tip !== this.#shown.tip) tray.setToolTip(next.tip);
      this.#shown = next;
    }
    if (now.settings) this.#bind(now.settings.quickChatShortcut);
    if (now.agent !== 'running') void this.#windows.tell();
    if (now.agent === 'failed' && now.problem !== this.#problem)
      this.#notify({ id: 'agent', title: 'MLX Manager Did Not Start', body: describe(now), route: '/', failure: true });
    this.#problem = now.agent === 'failed' ? now.problem : null;
  }

  #bind(keys: string | null): void {
    if (keys === this.#shortcut) return;
    const { shortcuts } = this.deps.electron;
    if (this.#shortcut !== null) shortcuts.unregister(this.#shortcut);
    this.#shortcut = keys;
    if (keys === null || register(shortcuts, keys, () => this.run({ do: 'open', route: '/chat' }))) return;
    this.deps.logger.warn({ keys }, 'the shortcut belongs to another program');
    const body = `${keys} belongs to another program. Choose other keys in the settings.`;
    this.#notify({ id: 'shortcut', title: 'Shortcut Not Available', body, route: '/settings', failure: true });
  }

  #tellNews(event: AgentEvent, before: Snapshot): void {
    const news = newsOf(before, event);
    if (news) this.#notify(news);
  }

  /** @param setting what its owner wants to hear of. */
  #notify(news: News, setting = this.watch.snapshot.settings?.notifications): void {
    if (!wanted(news, setting)) return;
    const notification = this.deps.electron.createNotification({ id: news.id, title: news.title, body: news.body });
    notification.on('click', () => this.run({ do: 'open', route: news.route }));
    notification.show();
  }

  #popUp(): void {
    const { app } = this.deps.electron;
    const entries = trayMenu({
      now: this.watch.snapshot,
      launchAtLogin: app.isPackaged && app.getLoginItemSettings().openAtLogin,
      canLaunchAtLogin: app.isPackaged,
    });
    this.#place?.popUp(toTemplate(entries, (command) => this.run(command)));
  }

  async #remember(keepServers: boolean): Promise<void> {
    try {
      await this.#client().updateSettings({ body: { askOnQuit: false, keepServersRunning: keepServers } });
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'the answer was not kept: it will be asked again');
    }
  }

  /** Template images: macOS colors them for its menu bar, and takes the file with `@2x` where it needs it. */
  #image(state: string): string {
    return join(this.deps.electron.app.getAppPath(), 'assets', 'tray', `${state}Template.png`);
  }
}

/** A name that Electron does not know throws; for its owner that is the same as keys that cannot be had. */
function register(shortcuts: ElectronParts['shortcuts'], keys: string, run: () => void): boolean {
  try {
    return shortcuts.register(keys, run);
  } catch {
    return false; // said by the caller, with the keys
  }
}

/** The app of an executable: `/Applications/X.app/Contents/MacOS/X` → `/Applications/X.app`. */
const bundleOf = (executable: string): string => executable.replace(/\.app\/Contents\/.*$/, '.app');
