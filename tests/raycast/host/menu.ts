/** A menu-bar command in the hands of a test. */
import { callback, inside, slot, text, type HostNode } from './nodes.js';
import { shortcutText } from './action-view.js';
import type { Session } from './session.js';
import { waitFor, type WaitOptions } from './wait.js';

export interface MenuItem {
  title: string;
  /** With the submenus above it: `Servers/qwen3/Stop`. */
  path: string;
  subtitle: string | undefined;
  section: string | undefined;
  shortcut: string | undefined;
  icon: unknown;
  tooltip: string | undefined;
  /** Grey: there is nothing to press. */
  enabled: boolean;
  /** The item that stands here while ⌥ is held. */
  alternate: MenuItem | undefined;
  node: HostNode;
}

export class Menu {
  constructor(
    readonly session: Session,
    private readonly pressed: (item: MenuItem) => void,
  ) {}

  private get node(): HostNode | undefined {
    return this.session.view().node;
  }
  /** What stands in the menu bar. */
  get title(): string | undefined {
    return text(this.node?.props.title);
  }
  get icon(): unknown {
    return this.node?.props.icon;
  }
  get tooltip(): string | undefined {
    return text(this.node?.props.tooltip);
  }
  get isLoading(): boolean {
    return this.node?.props.isLoading === true;
  }
  items(): MenuItem[] {
    return itemsOf(this.node);
  }
  text(): string {
    const lines = this.items().map(
      (item) =>
        `  ${item.enabled ? '' : '('}${item.path}${item.subtitle === undefined ? '' : `  ${item.subtitle}`}${item.enabled ? '' : ')'}`,
    );
    return [`[menu] ${this.title ?? ''}${this.isLoading ? ' (loading)' : ''}`, ...lines].join('\n');
  }
  until<T>(condition: () => T, options: WaitOptions = {}): Promise<NonNullable<T>> {
    return waitFor(
      this.session,
      condition,
      () => this.session.check(),
      () => this.text(),
      options,
    );
  }
  /** Clicks an item by title or path; the menu closes, and with it the command, once its handler is through. */
  async press(title: string, options: { click?: 'left-click' | 'right-click'; alternate?: boolean } = {}): Promise<void> {
    const found = this.items().filter((item) => item.path === title || item.title === title);
    const base = found.find((item) => item.path === title) ?? (found.length === 1 ? found[0] : undefined);
    const item = options.alternate === true ? base?.alternate : base;
    if (!item) throw new Error(`The menu has ${found.length === 0 ? 'no item' : `${found.length} items`} "${title}":\n${this.text()}`);
    if (!item.enabled) throw new Error(`The item "${title}" is grey:\n${this.text()}`);
    this.pressed(item);
    await callback(item.node, 'onAction')?.({ type: options.click ?? 'left-click' });
    await this.close();
  }
  async close(): Promise<void> {
    await this.session.close();
    this.session.check();
  }
}

export function itemsOf(menu: HostNode | undefined): MenuItem[] {
  const item = (node: HostNode, above: string, section: string | undefined): MenuItem => {
    const alternate = slot(node, 'alternate');
    const title = text(node.props.title) ?? '';
    return {
      title,
      path: above + title,
      subtitle: text(node.props.subtitle),
      section,
      shortcut: shortcutText(node.props.shortcut),
      icon: node.props.icon,
      tooltip: text(node.props.tooltip),
      enabled: callback(node, 'onAction') !== undefined,
      alternate: alternate && item(alternate, above, section),
      node,
    };
  };
  const walk = (node: HostNode, above: string, section: string | undefined): MenuItem[] =>
    inside(node, 'menu-item', 'menu-section', 'menu-submenu').flatMap((one) => {
      if (one.type === 'menu-item') return [item(one, above, section)];
      if (one.type === 'menu-section') return walk(one, above, text(one.props.title));
      return walk(one, `${above}${text(one.props.title) ?? ''}/`, section);
    });
  return menu ? walk(menu, '', undefined) : [];
}
