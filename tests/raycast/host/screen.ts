/** A command's window in the hands of a test. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ActionView } from './action-view.js';
import { callback, slot } from './nodes.js';
import { perform } from './perform.js';
import { flush, type Session } from './session.js';
import { textOf } from './text.js';
import type { Field, Option, Row, View } from './view.js';
import { waitFor, type WaitOptions } from './wait.js';

// How long Raycast gathers typing for a command that asks for `throttle` is not published; this is long enough to gather and short to wait.
const throttleMs = 100;

export interface PressOptions {
  /** False: comes back once the handler was called; what its promise does later fails the next wait. Default true. */
  wait?: boolean;
  /** The date for an Action.PickDate. */
  date?: Date | null;
}

export class Screen {
  constructor(
    /** The launched command itself; tests rarely need it. */
    readonly session: Session,
    private readonly pressed: (view: ActionView) => void,
  ) {}

  /** True once the command was unmounted: by `close`, `popToRoot`, or `pop` on the first level. */
  get closed(): boolean {
    return this.session.closed;
  }
  /** Every commit since the launch, oldest first. */
  get frames() {
    return this.session.frames;
  }
  view(): View {
    return this.session.view();
  }
  text(): string {
    return textOf(this.view());
  }
  rows(): Row[] {
    return this.view().rows;
  }
  row(idOrTitle: string): Row | undefined {
    const rows = this.rows();
    return rows.find((row) => row.id === idOrTitle) ?? rows.find((row) => row.title === idOrTitle);
  }
  markdown(): string {
    return this.view().detail?.markdown ?? '';
  }
  fields(): Field[] {
    return this.view().fields;
  }
  field(id: string): Field {
    const field = this.fields().find((one) => one.id === id);
    if (!field) throw this.missing(`no field "${id}"`);
    return field;
  }
  /** The live action panel's actions, submenus' included, in order. The first is what Enter does. */
  actions(): ActionView[] {
    return this.view().actions.filter((action) => action.type !== 'action-submenu');
  }

  /**
   * Waits until `condition` answers something truthy, and answers that. Looks at each commit and each entry of the journal, not in between.
   * Rejects when the command fails, and after `timeout` ms (default 15 s) with the window's text.
   */
  until<T>(condition: () => T, options: WaitOptions = {}): Promise<NonNullable<T>> {
    return waitFor(
      this.session,
      condition,
      () => this.session.check(),
      () => this.text(),
      options,
    );
  }
  /** Waits for a row by id or title. */
  rowShown(idOrTitle: string, options?: WaitOptions): Promise<Row> {
    return this.until(() => this.row(idOrTitle), { what: `the row "${idOrTitle}"`, ...options });
  }
  /** Lets what is ready happen, then throws what went wrong, if anything. */
  async settle(): Promise<void> {
    await flush();
    this.session.check();
  }
  /** The errors so far, which then count as seen. */
  takeErrors(): Error[] {
    return this.session.errors.splice(0);
  }

  /** Sets the search text in one go, as pasting does. */
  async search(text: string): Promise<void> {
    const { node } = this.view();
    if (!node || (node.type !== 'list' && node.type !== 'grid')) throw this.missing('no search bar');
    if (node.props.throttle === true) await delay(throttleMs);
    this.session.search(text);
    await this.settle();
  }
  /** Types letter by letter after what is there. */
  async type(text: string): Promise<void> {
    for (const letter of text) {
      this.session.search(this.view().searchText + letter);
      await this.settle();
    }
  }
  /** Selects a row by id or exact title, once it is there. */
  async select(idOrTitle: string): Promise<void> {
    const row = await this.rowShown(idOrTitle);
    this.session.select(row.id);
    await this.settle();
  }
  /** Chooses in the search bar's dropdown, by value or title. */
  async dropdown(valueOrTitle: string): Promise<void> {
    const { dropdown, node } = this.view();
    const option = dropdown && this.option(dropdown.options, valueOrTitle);
    if (!option) throw this.missing(`no option "${valueOrTitle}" in the dropdown`);
    callback(slot(node, 'searchBarAccessory')!, 'set')?.(option.value);
    await this.settle();
  }
  /** Scrolls to the last row: asks for the next page where there is one, and tells whether it did. */
  async scrollToEnd(): Promise<boolean> {
    const pagination = this.view().node?.props.pagination as { hasMore: boolean; onLoadMore: () => void } | undefined;
    if (pagination?.hasMore !== true) return false;
    pagination.onLoadMore();
    await this.settle();
    return true;
  }

  /** Fills form fields in this order: each gets the focus, its new value, and the one before it its blur. A dropdown takes value or title. */
  async fill(values: Record<string, unknown>): Promise<void> {
    for (const [id, given] of Object.entries(values)) {
      const field = this.field(id);
      const value = field.kind === 'Dropdown' ? this.option(field.options, String(given))?.value : given;
      if (field.kind === 'Dropdown' && value === undefined) throw this.missing(`no option "${String(given)}" in the field "${id}"`);
      this.session.focus(id);
      await this.settle();
      callback(this.field(id).node, 'set')?.(value);
      await this.settle();
    }
  }
  /** Takes the focus from the field that has it (validation on blur happens here). */
  async blur(): Promise<void> {
    this.session.focus(undefined);
    await this.settle();
  }
  /** Presses the form's first SubmitForm action. */
  async submit(options?: PressOptions): Promise<void> {
    const action = this.actions().find((one) => one.type === 'action-submit');
    if (!action) throw this.missing('no SubmitForm action');
    await this.run(action, options);
  }

  /** Presses an action of the live panel by exact title, or by its path through submenus (`Sampling…/Reset`). Waits until it is offered, as a hand does. */
  async press(title: string, options?: PressOptions): Promise<void> {
    const what = { what: `the action "${title}"` };
    await this.until(() => this.offers(title) || this.submenusOn(title).length > 0, what);
    await this.openSubmenus(title);
    await this.until(() => this.offers(title), what);
    await this.run(this.action(title), options);
  }
  /** What Enter does: the panel's first action. */
  async enter(options?: PressOptions): Promise<void> {
    const [first] = this.actions();
    if (!first) throw this.missing('no action');
    await this.run(first, options);
  }
  /** Presses the action with this shortcut (`cmd+r`, modifiers in the order ctrl, opt, shift, cmd). */
  async key(shortcut: string, options?: PressOptions): Promise<void> {
    const action = await this.until(() => this.actions().find((one) => one.shortcut === shortcut), { what: `an action on ${shortcut}` });
    await this.run(action, options);
  }
  /** Presses a tag in the shown metadata that has an action. */
  async pressTag(text: string): Promise<void> {
    const tag = this.view()
      .detail?.metadata.flatMap((one) => one.tags ?? [])
      .find((one) => one.text === text && one.press);
    if (!tag) throw this.missing(`no tag "${text}" with an action`);
    await tag.press?.();
    await this.settle();
  }
  /** Esc on a pushed view: one level back; on the first level the command closes. */
  async back(): Promise<void> {
    this.session.pop();
    await this.settle();
  }
  /** Closes the window: the command is unmounted and its process ends. Errors that no wait has thrown are thrown here. */
  async close(): Promise<void> {
    await this.session.close();
    this.session.check();
  }

  private action(title: string): ActionView {
    const all = this.actions();
    const byPath = all.filter((one) => one.path === title);
    const found = byPath.length > 0 ? byPath : all.filter((one) => one.title === title);
    if (found.length > 1) throw this.missing(`${found.length} actions "${title}"`);
    if (!found[0]) throw this.missing(`no action "${title}"`);
    return found[0];
  }
  private offers(title: string): boolean {
    return this.actions().some((one) => one.path === title || one.title === title);
  }
  private submenusOn(path: string): ActionView[] {
    return this.view().actions.filter((one) => one.type === 'action-submenu' && path.startsWith(`${one.path}/`));
  }
  private async openSubmenus(path: string): Promise<void> {
    for (const menu of this.submenusOn(path)) {
      callback(menu.node, 'onOpen')?.();
      await this.settle();
    }
  }
  private async run(action: ActionView, options: PressOptions = {}): Promise<void> {
    const { session } = this;
    const view = this.view();
    if (!view.node) throw this.missing('nothing');
    this.pressed(action);
    const surface = {
      services: session.services,
      node: view.node,
      row: view.selected?.node,
      push: session.push.bind(session),
    };
    const done = Promise.resolve(perform(action, surface, options.date));
    if (options.wait === false) done.catch((error: unknown) => session.fail(error));
    else await done;
    await this.settle();
  }
  private option(options: Option[], wanted: string): Option | undefined {
    return options.find((one) => one.value === wanted) ?? options.find((one) => one.title === wanted);
  }
  private missing(what: string): Error {
    return new Error(`The window shows ${what}:\n${this.text()}`);
  }
}
