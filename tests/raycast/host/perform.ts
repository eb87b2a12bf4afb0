/** What pressing each kind of action does, as Raycast does it. */
import type { ReactNode } from 'react';
import type { Copied } from './machine.js';
import { callback, inside, type HostNode } from './nodes.js';
import type { ActionView } from './action-view.js';
import type { Services } from './services.js';
import { fieldOf } from './view.js';

/** What an action needs of the screen it stands on. */
export interface Surface {
  readonly services: Services;
  push(target: ReactNode, onPop?: () => void): void;
  /** The view that the panel belongs to, and its selected row. */
  readonly node: HostNode;
  readonly row: HostNode | undefined;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);

/** Runs an action; answers what its handler answered (a promise to wait for, or not). */
export function perform(view: ActionView, surface: Surface, date?: Date | null): unknown {
  const { node } = view;
  const { props } = node;
  const { services } = surface;
  const then = (name: string, ...args: unknown[]): unknown => callback(node, name)?.(...args);
  switch (view.type) {
    case 'action':
      return then('onAction');
    case 'action-copy': {
      services.copy(props.content, { concealed: props.concealed === true, transient: props.transient === true });
      const done = then('onCopy', props.content);
      services.hud('Copied to Clipboard');
      return done;
    }
    case 'action-paste':
      services.paste(props.content);
      return then('onPaste', props.content);
    case 'action-browser':
      services.open(String(props.url));
      services.closeWindow();
      return then('onOpen', props.url);
    case 'action-open':
      services.open(String(props.target), props.application);
      services.closeWindow();
      return then('onOpen', props.target);
    case 'action-open-with':
      services.open(String(props.path), services.machine.applications[0]);
      services.closeWindow();
      return then('onOpen', props.path);
    case 'action-finder':
      services.showInFinder(String(props.path));
      return then('onShow', props.path);
    case 'action-trash':
      services.trash(list(props.paths));
      return then('onTrash', props.paths);
    case 'action-push': {
      const done = then('onPush');
      surface.push(props.target as ReactNode, callback(node, 'onPop'));
      return done;
    }
    case 'action-submit': {
      const values = Object.fromEntries(inside(surface.node, 'field').map((field) => [fieldOf(field).id, fieldOf(field).value]));
      return then('onSubmit', values);
    }
    case 'action-quicklink': {
      const { link, name } = props.quicklink as { link: string; name?: string };
      services.note({ kind: 'quicklink', link, name });
      return;
    }
    case 'action-snippet': {
      const { text, name, keyword } = props.snippet as { text: string; name?: string; keyword?: string };
      services.note({ kind: 'snippet', text, name, keyword });
      return;
    }
    case 'action-mcp-server': {
      services.note({ kind: 'mcp-server', server: props.server });
      return;
    }
    case 'action-quick-look': {
      const look = surface.row?.props.quickLook as { path: string; name?: string | null } | undefined;
      if (!look) throw new Error(`"${view.title}" has nothing to look at: the selected row has no quickLook.`);
      services.note({ kind: 'quick-look', path: look.path, name: look.name ?? undefined });
      return;
    }
    case 'action-date':
      if (date === undefined) throw new Error(`"${view.title}" asks for a date: press it with one.`);
      return then('onChange', date);
    default:
      throw new Error(`The host does not know what "${view.title}" (${view.type}) does.`);
  }
}

/** Clipboard content in its three published forms. */
export function copied(content: unknown): Copied {
  if (typeof content === 'string' || typeof content === 'number') return { text: String(content) };
  const { text, file, html } = content as { text?: string; file?: { toString(): string }; html?: string };
  return {
    ...(text !== undefined && { text }),
    ...(file !== undefined && { file: file.toString() }),
    ...(html !== undefined && { html }),
  };
}
