/** What quitting means for the servers. Pure. */
import type { MessageBoxOptions } from 'electron';
import { runningServers, type Snapshot } from './state.js';

export type QuitPlan =
  /** The agent is another's: it goes on. */
  | { readonly kind: 'leave' }
  /** `undefined` leaves it to the setting. */
  | { readonly kind: 'end'; readonly keepServers: boolean | undefined }
  | { readonly kind: 'ask'; readonly question: MessageBoxOptions };

export interface QuitAnswer {
  readonly quit: boolean;
  readonly keepServers: boolean;
  /** Not to be asked again. */
  readonly remember: boolean;
}

const BUTTONS = ['Stop Servers', 'Keep Running', 'Cancel'] as const;

/**
 * @param servers what the menu entry said.
 * @param leaving the session ends: nobody must be asked, or the logout waits.
 */
export function quitPlan(now: Snapshot, servers: 'as-set' | 'stop' | 'keep', leaving: boolean): QuitPlan {
  if (!now.own) return { kind: 'leave' };
  if (servers !== 'as-set') return { kind: 'end', keepServers: servers === 'keep' };
  const running = runningServers(now);
  // Its servers outlive a session that ends no more than we do: they are ended in good order.
  if (leaving) return { kind: 'end', keepServers: false };
  if (running.length === 0 || now.agent !== 'running' || now.settings?.askOnQuit === false) return { kind: 'end', keepServers: undefined };
  const names = running.map((one) => one.profileName);
  const told = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return {
    kind: 'ask',
    question: {
      type: 'question',
      message: running.length === 1 ? 'Stop the server too?' : `Stop ${running.length} servers too?`,
      detail: `${told.join(', ')}. Servers that keep running hold their memory and are taken over at the next start; until then nobody can reach them through MLX Manager.`,
      buttons: [...BUTTONS],
      defaultId: now.settings?.keepServersRunning === true ? 1 : 0,
      cancelId: 2,
      checkboxLabel: 'Do not ask again',
      checkboxChecked: false,
    },
  };
}

/** What was answered. @param response the button's place. */
export function quitAnswer(response: number, remember: boolean): QuitAnswer {
  return { quit: response === 0 || response === 1, keepServers: response === 1, remember: remember && response !== 2 };
}
