/** The pages of the window, in the order of the sidebar. */
import Boxes from 'lucide-react/icons/boxes';
import Activity from 'lucide-react/icons/activity';
import MessagesSquare from 'lucide-react/icons/messages-square';
import Plug from 'lucide-react/icons/plug';
import ScrollText from 'lucide-react/icons/scroll-text';
import Server from 'lucide-react/icons/server';
import Settings from 'lucide-react/icons/settings';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import type { LucideIcon } from 'lucide-react';
import { lazyPart, type LazyPart, type PartModule } from '../lib/lazy-part.js';
import { hub } from '../lib/live.js';

type Load = () => Promise<PartModule>;

/** Milliseconds in which it gets known that the agent is away. */
const KNOWN_MS = 500;
/** A page whose script cannot be fetched because the agent is away comes once it is back; otherwise it failed. */
async function fetched(load: Load): Promise<PartModule> {
  for (let again = false; ; again = true) {
    try {
      return await load();
    } catch (error) {
      if (again && hub.connection !== 'away') throw error;
      await new Promise<void>((resolve) => {
        if (hub.connection !== 'away') setTimeout(resolve, KNOWN_MS);
        else {
          const stop = hub.watch(() => {
            if (hub.connection === 'away') return;
            stop();
            resolve();
          });
        }
      });
    }
  }
}

export interface PageEntry extends LazyPart {
  /** First part of its address. */
  readonly name: string;
  readonly title: string;
}
export interface SidebarEntry extends PageEntry {
  readonly Icon: LucideIcon;
}

const page = (name: string, title: string, load: Load): PageEntry => ({ name, title, ...lazyPart(load, () => fetched(load)) });
const entry = (name: string, title: string, Icon: LucideIcon, load: Load): SidebarEntry => ({ ...page(name, title, load), Icon });

export const SIDEBAR: readonly SidebarEntry[] = [
  entry('models', 'Models', Boxes, () => import('../pages/models/index.js')),
  entry('servers', 'Servers', Server, () => import('../pages/servers/index.js')),
  entry('requests', 'Requests', Activity, () => import('../pages/requests/index.js')),
  entry('profiles', 'Profiles', SlidersHorizontal, () => import('../pages/profiles/index.js')),
  entry('logs', 'Logs', ScrollText, () => import('../pages/logs/index.js')),
  entry('chat', 'Chat', MessagesSquare, () => import('../pages/chat/index.js')),
  entry('connect', 'Connect', Plug, () => import('../pages/connect/index.js')),
  entry('settings', 'Settings', Settings, () => import('../pages/settings/index.js')),
];

export const PAGES: readonly PageEntry[] = [...SIDEBAR, page('welcome', 'Welcome', () => import('../pages/welcome/index.js'))];

/** The page of an address; undefined when there is none. */
export const pageOf = (location: string): PageEntry | undefined => {
  const name = location.split('/')[1];
  return PAGES.find((one) => one.name === name);
};
