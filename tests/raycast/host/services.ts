/** Everything a command asks of Raycast and of the Mac, noted in the journal under the command's name. */
import { mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Alert, Application, Toast } from '@raycast/api';
import type { HostApi } from './published.js';
import type { Entry, Machine, ShownToast } from './machine.js';
import { copied } from './perform.js';

/** What the window does when a command asks for it. */
export interface Window {
  popToRoot(): void;
  clearSearchBar(): void;
}
type Loose<T> = T extends unknown ? Omit<T, 'at' | 'command'> : never;
type PopType = { popToRootType?: string } | undefined;

export class Services {
  window: Window | undefined;
  constructor(
    readonly machine: Machine,
    readonly command: string,
    private readonly fail: (error: unknown) => void,
  ) {}

  note(entry: Loose<Entry>): void {
    this.machine.note(this.command, entry);
  }
  copy(content: unknown, options: { concealed?: boolean; transient?: boolean } = {}): void {
    this.machine.clipboard.unshift(copied(content));
    this.note({ kind: 'copy', content: copied(content), concealed: options.concealed === true, transient: options.transient === true });
  }
  paste(content: unknown): void {
    this.note({ kind: 'paste', content: copied(content) });
    this.closeWindow();
  }
  open(target: string, application?: unknown): void {
    const name = typeof application === 'string' ? application : (application as Application | undefined)?.name;
    this.note({ kind: 'open', target, application: name });
  }
  showInFinder(path: string): void {
    this.note({ kind: 'show-in-finder', path });
    this.closeWindow();
  }
  /** Moves files into the host's own trash. */
  trash(paths: string[]): void {
    const bin = join(this.machine.folder, 'Trash');
    mkdirSync(bin, { recursive: true });
    for (const path of paths) renameSync(path, join(bin, basename(path)));
    this.note({ kind: 'trash', paths });
  }
  hud(title: string, options?: PopType): void {
    this.note({ kind: 'hud', title });
    this.closeWindow(options);
  }
  closeWindow(options?: PopType): void {
    this.note({ kind: 'close-window' });
    if (options?.popToRootType === 'immediate') this.popToRoot();
  }
  popToRoot(): void {
    this.note({ kind: 'pop-to-root' });
    this.window?.popToRoot();
  }

  /** Asks the test; an alert nobody expected fails it. */
  confirm(options: Alert.Options): boolean {
    const { answer } = this.machine;
    if (answer === undefined) {
      const error = new Error(`An alert nobody answers: "${options.title}" (${options.message ?? ''}). Set host.answer.`);
      this.fail(error);
      throw error;
    }
    const yes = typeof answer === 'function' ? answer(options) : answer;
    this.note({
      kind: 'alert',
      title: options.title,
      message: options.message,
      primary: options.primaryAction?.title ?? 'Confirm',
      destructive: (options.primaryAction?.style as string | undefined) === 'destructive',
      answer: yes,
    });
    (yes ? options.primaryAction : options.dismissAction)?.onAction?.();
    return yes;
  }

  /** The published class `Toast`: a toast is shown by `show`, and every change of a shown one is seen at once. */
  toastClass(Style: HostApi['Toast']['Style']): HostApi['Toast'] {
    const { machine, note } = { machine: this.machine, note: this.note.bind(this) };
    class HostToast implements InstanceType<HostApi['Toast']> {
      static readonly Style = Style;
      private shown: ShownToast | undefined;
      constructor(private options: Toast.Options) {}
      private change(options: Partial<Toast.Options>): void {
        this.options = { ...this.options, ...options };
        if (!this.shown) return;
        Object.assign(this.shown, this.state());
        const line = this.line();
        if (this.shown.history.at(-1) !== line) this.shown.history.push(line);
        machine.emit('changed');
      }
      private state() {
        const { title, message, style = Style.Success, primaryAction, secondaryAction } = this.options;
        return { title, message, style, primaryAction, secondaryAction };
      }
      private line(): string {
        const { style, title, message } = this.state();
        return [style, title, message].filter((part) => part !== undefined && part !== '').join(' ');
      }
      get style() {
        return this.state().style;
      }
      set style(style) {
        this.change({ style });
      }
      get title() {
        return this.options.title;
      }
      set title(title) {
        this.change({ title });
      }
      get message() {
        return this.options.message;
      }
      set message(message) {
        this.options.message = message as string;
        this.change({});
      }
      get primaryAction() {
        return this.options.primaryAction;
      }
      set primaryAction(action) {
        this.options.primaryAction = action as Toast.ActionOptions;
        this.change({});
      }
      get secondaryAction() {
        return this.options.secondaryAction;
      }
      set secondaryAction(action) {
        this.options.secondaryAction = action as Toast.ActionOptions;
        this.change({});
      }
      async show(): Promise<void> {
        // Raycast shows one toast at a time: a new one takes the old one's place.
        for (const { toast } of machine.entries('toast')) toast.visible = false;
        if (this.shown) this.shown.visible = true;
        else {
          const handle = this as unknown as Toast;
          this.shown = { id: machine.journal.length, ...this.state(), visible: true, history: [this.line()], handle };
          note({ kind: 'toast', toast: this.shown });
        }
        machine.emit('changed');
      }
      async hide(): Promise<void> {
        if (this.shown) this.shown.visible = false;
        machine.emit('changed');
      }
    }
    return HostToast;
  }
}
