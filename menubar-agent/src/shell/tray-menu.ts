/** The native menu behind the icon: a pure function of what is known. */
import type { MenuItemConstructorOptions } from 'electron';
import { describe, runningServers, type Snapshot } from './state.js';

/** What a menu entry does. */
export type Command =
  | { readonly do: 'start' | 'stop'; readonly profileId: number }
  | { readonly do: 'stop-all' }
  | { readonly do: 'copy'; readonly text: string }
  | { readonly do: 'open'; readonly route: string | null }
  | { readonly do: 'go'; readonly by: -1 | 1 }
  | { readonly do: 'browse'; readonly path: string }
  | { readonly do: 'launch-at-login'; readonly on: boolean }
  | { readonly do: 'start-agent' }
  | { readonly do: 'show-log' }
  | { readonly do: 'quit'; readonly servers: 'as-set' | 'stop' | 'keep' };

export interface MenuEntry {
  readonly label?: string;
  readonly type?: 'separator' | 'checkbox';
  readonly enabled?: boolean;
  readonly checked?: boolean;
  readonly accelerator?: string;
  readonly command?: Command;
  readonly submenu?: readonly MenuEntry[];
}

export interface MenuFacts {
  readonly now: Snapshot;
  readonly launchAtLogin: boolean;
  /** Only a packaged app can be a login item. */
  readonly canLaunchAtLogin: boolean;
}

const LINE: MenuEntry = { type: 'separator' };
/** More profiles than that are better searched in the window. */
const MAX_PROFILES = 30;
const MAX_LABEL = 48;

/** The entries, top to bottom. */
export function trayMenu({ now, launchAtLogin, canLaunchAtLogin }: MenuFacts): MenuEntry[] {
  const ready = now.agent === 'running';
  return [
    { label: short(describe(now), 90), enabled: false },
    ...(now.agent === 'stopped' || now.agent === 'failed'
      ? [
          { label: 'Start the Agent', command: { do: 'start-agent' } } satisfies MenuEntry,
          { label: 'Show the Log in the Finder', command: { do: 'show-log' } } satisfies MenuEntry,
        ]
      : []),
    LINE,
    ...(ready ? serverEntries(now) : []),
    { label: 'Open MLX Manager', accelerator: 'Command+O', enabled: ready, command: { do: 'open', route: null } },
    { label: 'New Chat', enabled: ready, command: { do: 'open', route: '/chat' } },
    { label: 'Logs', enabled: ready, command: { do: 'open', route: '/logs' } },
    ...(now.address === null
      ? []
      : [{ label: 'Copy Address for Clients', command: { do: 'copy', text: `${now.address}/v1` } } satisfies MenuEntry]),
    LINE,
    { label: 'Settings…', accelerator: 'Command+,', enabled: ready, command: { do: 'open', route: '/settings' } },
    {
      label: 'Launch at Login',
      type: 'checkbox',
      checked: launchAtLogin,
      enabled: canLaunchAtLogin,
      command: { do: 'launch-at-login', on: !launchAtLogin },
    },
    LINE,
    ...quitEntries(now),
  ];
}

function serverEntries(now: Snapshot): MenuEntry[] {
  const running = runningServers(now);
  const stopped = now.profiles.filter((profile) => !running.some((server) => server.profileId === profile.id));
  const entries: MenuEntry[] = running.map((server) => ({
    label: short(`Stop ${server.profileName}${server.state === 'starting' ? ' (Loading)' : ''}`),
    // launchd's are stopped by it, which the agent does; what stops already is on its way.
    enabled: server.state !== 'stopping',
    command: { do: 'stop', profileId: server.profileId },
  }));
  if (running.length > 1) entries.push({ label: 'Stop All Servers', command: { do: 'stop-all' } });
  if (stopped.length > 0) {
    const shown = stopped.slice(0, MAX_PROFILES);
    const submenu: MenuEntry[] = shown.map((profile) => ({ label: short(profile.name), command: { do: 'start', profileId: profile.id } }));
    if (stopped.length > shown.length)
      submenu.push(LINE, { label: `All ${stopped.length} Profiles…`, command: { do: 'open', route: '/profiles' } });
    entries.push({ label: 'Start', submenu });
  } else if (running.length === 0) {
    entries.push({ label: 'Find a Model…', command: { do: 'open', route: '/models' } });
  }
  return [...entries, LINE];
}

/** What becomes of the servers is said where it is decided. */
function quitEntries(now: Snapshot): MenuEntry[] {
  if (now.agent !== 'running' || !now.own) {
    const label = now.agent === 'running' ? 'Quit (the Agent Goes On)' : 'Quit MLX Manager';
    return [{ label, accelerator: 'Command+Q', command: { do: 'quit', servers: 'as-set' } }];
  }
  const running = runningServers(now).length;
  if (running === 0) return [{ label: 'Quit MLX Manager', accelerator: 'Command+Q', command: { do: 'quit', servers: 'as-set' } }];
  const servers = running === 1 ? '1 Server' : `${running} Servers`;
  return [
    { label: `Quit and Stop ${servers}`, command: { do: 'quit', servers: 'stop' } },
    { label: `Quit and Keep ${servers} Running`, command: { do: 'quit', servers: 'keep' } },
  ];
}

/** A label that does not make the menu as wide as the screen: its ends say most. */
export function short(text: string, most = MAX_LABEL): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

/** Electron's template of the entries. */
export function toTemplate(entries: readonly MenuEntry[], run: (command: Command) => void): MenuItemConstructorOptions[] {
  return entries.map(({ command, submenu, ...rest }) => ({
    ...rest,
    ...(submenu && { submenu: toTemplate(submenu, run) }),
    ...(command && { click: () => run(command) }),
  }));
}
