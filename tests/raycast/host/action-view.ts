/** The action panel as plain data. */
import { commonShortcuts } from './published.js';
import { inside, text, type HostNode } from './nodes.js';

export interface ActionView {
  title: string;
  /** With the submenus above it: `Sampling…/Reset`. */
  path: string;
  section: string | undefined;
  shortcut: string | undefined;
  icon: unknown;
  destructive: boolean;
  /** `action`, `action-copy`, `action-push`, … or `action-submenu`. */
  type: string;
  node: HostNode;
}

/** Titles that Raycast gives where a command gives none (@raycast/api's `@defaultValue`s). */
const defaultTitles: Record<string, string> = {
  'action-copy': 'Copy to Clipboard',
  'action-browser': 'Open in Browser',
  'action-open-with': 'Open With',
  'action-paste': 'Paste in Active App',
  'action-finder': 'Show in Finder',
  'action-trash': 'Move to Trash',
  'action-quick-look': 'Quick Look',
  'action-submit': 'Submit Form',
  'action-quicklink': 'Create Quicklink',
  'action-snippet': 'Create Snippet',
  'action-mcp-server': 'Install MCP Server',
};
const types = [
  'action',
  'action-copy',
  'action-quicklink',
  'action-snippet',
  'action-mcp-server',
  'action-open',
  'action-browser',
  'action-open-with',
  'action-paste',
  'action-date',
  'action-push',
  'action-finder',
  'action-submit',
  'action-quick-look',
  'action-trash',
];

interface Keys {
  modifiers: readonly string[];
  key: string;
}

/** `cmd+shift+c`, with the modifiers in Apple's order; a shortcut per platform reads as macOS's. */
export function shortcutText(shortcut: unknown): string | undefined {
  if (typeof shortcut !== 'object' || shortcut === null) return undefined;
  const keys = ('macOS' in shortcut ? shortcut.macOS : shortcut) as Keys;
  const order = ['ctrl', 'opt', 'alt', 'shift', 'cmd'];
  return [...keys.modifiers]
    .sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .concat(keys.key)
    .join('+');
}

/** The text of one of `Keyboard.Shortcut.Common`. */
export const commonShortcut = (name: keyof typeof commonShortcuts): string | undefined => shortcutText(commonShortcuts[name]);

/** All actions of a panel in order, submenus followed by what they hold. */
export function actionsOf(panel: HostNode | undefined): ActionView[] {
  const walk = (node: HostNode, above: string, section: string | undefined): ActionView[] =>
    inside(node, ...types, 'action-section', 'action-submenu').flatMap((one) => {
      if (one.type === 'action-section') return walk(one, above, text(one.props.title));
      const title = text(one.props.title) ?? defaultTitles[one.type] ?? '';
      const view: ActionView = {
        title,
        path: above + title,
        section,
        shortcut: shortcutText(one.props.shortcut),
        icon: one.props.icon,
        destructive: one.props.style === 'destructive',
        type: one.type,
        node: one,
      };
      return one.type === 'action-submenu' ? [view, ...walk(one, `${above}${title}/`, section)] : [view];
    });
  return panel ? walk(panel, '', undefined) : [];
}
