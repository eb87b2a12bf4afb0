/** Short notices, from anywhere on the page. Drawn by `<Toasts>`. */
import type { AgentError } from '@mlx-manager/shared';

export interface Notice {
  readonly id: number;
  readonly tone: 'good' | 'bad' | 'plain';
  readonly title: string;
  readonly text?: string;
  readonly button?: { readonly label: string; readonly run: () => void };
}

let notices: readonly Notice[] = [];
let next = 1;
const watchers = new Set<() => void>();

function set(list: readonly Notice[]): void {
  notices = list;
  for (const changed of [...watchers]) changed();
}

/** At most this many at once; the oldest goes. */
const SHOWN = 3;

function add(notice: Omit<Notice, 'id'>): number {
  const id = next++;
  // The same word twice is one notice.
  const others = notices.filter((one) => one.title !== notice.title || one.text !== notice.text);
  set([...others, { ...notice, id }].slice(-SHOWN));
  return id;
}

export const toast = {
  /** Something worked. */
  done: (title: string, text?: string, button?: Notice['button']): number =>
    add({ tone: 'good', title, ...(text !== undefined && { text }), ...(button && { button }) }),
  /** Something to know. */
  tell: (title: string, text?: string, button?: Notice['button']): number =>
    add({ tone: 'plain', title, ...(text !== undefined && { text }), ...(button && { button }) }),
  /** Something failed: what happened, and what to do now. */
  failed: (error: AgentError, button?: Notice['button']): number =>
    add({ tone: 'bad', title: error.message, text: error.action, ...(button && { button }) }),
  close: (id: number): void => set(notices.filter((one) => one.id !== id)),
};

export const toasts = {
  list: (): readonly Notice[] => notices,
  watch: (changed: () => void): (() => void) => {
    watchers.add(changed);
    return () => watchers.delete(changed);
  },
};
