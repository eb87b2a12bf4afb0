/** One launched command: its React root, its navigation stack, what it showed commit by commit, and what went wrong in it. */
import { EventEmitter } from 'node:events';
import { createElement, type ReactNode } from 'react';
import type { Form } from '@raycast/api';
import type { FieldHost } from './fields.js';
import type { Table } from './machine.js';
import { callback, createNode, content, slot, type HostNode } from './nodes.js';
import { createRoot, type Container, type Root } from './renderer.js';
import type { Services } from './services.js';
import { optionsOf, viewOf, type LevelState, type View } from './view.js';

/** What one commit showed. */
export interface Frame {
  /** performance.now() of the commit, ms. */
  at: number;
  kind: View['kind'];
  depth: number;
  isLoading: boolean;
  rows: number;
  /** The empty view was what one saw. */
  empty: boolean;
  /** The markdown shown, if any. */
  markdown: string | undefined;
  /** The whole window as text, where the launch asked for it. */
  text: string | undefined;
}

interface Level {
  key: number;
  element: ReactNode;
  onPop: (() => void) | undefined;
  state: LevelState;
  wanted: unknown;
  dropdown: HostNode | undefined;
}

/** Lets React and everything that is ready run: a commit scheduled before is on the tree afterwards. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export class Session extends EventEmitter<{ changed: [] }> implements FieldHost, Container {
  readonly root = createNode('root', {});
  readonly frames: Frame[] = [];
  readonly errors: Error[] = [];
  closed = false;
  /** Told of every top view that stands, to keep account of the actions it offers. */
  onView: (view: View) => void = () => undefined;
  snapshot: ((view: View) => string) | undefined;
  focused: string | undefined;
  private readonly react: Root;
  private levels: Level[] = [];
  private keys = 0;
  private scheduled = false;

  constructor(
    readonly services: Services,
    readonly drafts: Form.Values,
    readonly stored: Table,
    private readonly end: () => void,
  ) {
    super();
    this.setMaxListeners(0);
    this.react = createRoot(this, (error, components) => this.fail(error, components));
    services.window = {
      popToRoot: () => void setImmediate(() => void this.close()),
      clearSearchBar: () => this.search(''),
    };
    services.machine.on('changed', this.changed);
  }

  private readonly changed = (): void => void this.emit('changed');

  /** Keeps an error for the test: the next wait for this command rejects with it. */
  fail(error: unknown, components?: string): void {
    const { message = String(error), stack } = error as Partial<Error>;
    const shown = new Error(`${this.services.command}: ${message}${components ?? ''}`, { cause: error });
    if (stack !== undefined) shown.stack = `${shown.message}\n${stack}`;
    this.errors.push(shown);
    this.emit('changed');
  }

  /** Throws the first error that no wait has thrown yet. */
  check(): void {
    const error = this.errors.shift();
    if (error) throw error;
  }

  push(element: ReactNode, onPop?: () => void): void {
    this.levels = [
      ...this.levels,
      { key: ++this.keys, element, onPop, state: { typed: '', selected: undefined }, wanted: undefined, dropdown: undefined },
    ];
    this.focused = undefined;
    this.render();
  }
  pop(): void {
    const top = this.levels.at(-1);
    if (this.levels.length <= 1) {
      this.services.popToRoot();
      return;
    }
    this.levels = this.levels.slice(0, -1);
    this.focused = undefined;
    this.render();
    top?.onPop?.();
  }
  private render(done?: () => void): void {
    this.react.render(
      this.levels.map(({ key, element }) => createElement('level', { key }, element)),
      done,
    );
  }

  /** Unmounts the command and ends its process, as closing the window and going back to the root search does. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.levels = [];
    await new Promise<void>((resolve) => this.render(resolve));
    await flush();
    this.services.machine.off('changed', this.changed);
    this.end();
    this.emit('changed');
  }

  view(): View {
    return viewOf(content(this.root), this.state);
  }
  private get state(): LevelState {
    return this.levels.at(-1)?.state ?? { typed: '', selected: undefined };
  }

  committed(): void {
    const view = this.view();
    const { kind, depth, isLoading } = view;
    this.frames.push({
      at: performance.now(),
      kind,
      depth,
      isLoading,
      rows: view.rows.length,
      empty: view.empty !== undefined,
      markdown: view.detail?.markdown,
      text: this.snapshot?.(view),
    });
    this.refresh();
  }

  /** After a commit or an input: moves the selection, tells a new dropdown its value, then wakes those who wait. */
  private refresh(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      if (this.closed) return;
      this.guard(() => this.settle());
      this.emit('changed');
    });
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  private settle(): void {
    const level = this.levels.at(-1);
    const view = this.view();
    if (!level || !view.node) return;
    if (view.kind === 'list' || view.kind === 'grid') {
      this.settleDropdown(level, view);
      const wanted = view.node.props.selectedItemId;
      const moved = wanted !== level.wanted;
      const target =
        (moved ? view.rows.find((row) => row.id === wanted) : undefined) ??
        view.rows.find((row) => row.id === level.state.selected) ??
        view.rows[0];
      // A wanted row that is not there yet stays wanted until it comes.
      if (!moved || wanted === undefined || target?.id === wanted) level.wanted = wanted;
      this.choose(level, target?.id, view.node);
    }
    this.onView(this.view());
  }

  private settleDropdown(level: Level, view: View): void {
    const node = slot(view.node, 'searchBarAccessory');
    if (!node || node.type !== 'dropdown' || node === level.dropdown) return;
    const options = optionsOf(node);
    if (options.length === 0) return;
    level.dropdown = node;
    if (node.props.controlled === true) return;
    const start = options.find((option) => option.value === node.props.value) ?? options[0];
    callback(node, 'set')?.(start?.value);
  }

  private choose(level: Level, id: string | undefined, node: HostNode): void {
    if (level.state.selected === id) return;
    level.state.selected = id;
    callback(node, 'onSelectionChange')?.(id ?? null);
  }

  /** Moves the selection to the row `id` of the top view. */
  select(id: string): void {
    const level = this.levels.at(-1);
    const { node } = this.view();
    if (level && node) this.choose(level, id, node);
    this.refresh();
  }

  /** Types into the search bar: the whole text at once. */
  search(text: string): void {
    const level = this.levels.at(-1);
    const { node } = this.view();
    if (!level || !node) return;
    level.state.typed = text;
    this.guard(() => void callback(node, 'onSearchTextChange')?.(text));
    this.refresh();
  }

  /** Moves the focus to the form field `id`; the one that had it hears of it first. */
  focus(id: string | undefined): void {
    if (this.focused === id) return;
    const fields = this.view().fields;
    for (const [name, type] of [
      [this.focused, 'blur'],
      [id, 'focus'],
    ] as const) {
      const field = fields.find((one) => one.id === name);
      if (field) callback(field.node, type === 'blur' ? 'onBlur' : 'onFocus')?.({ target: { id: field.id, value: field.value }, type });
    }
    this.focused = id;
  }
}
