/** The Mac around Raycast, as far as a command can see or touch it: what the test decides, and a journal of what the command did. */
import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Alert, Application, LaunchType, Toast } from '@raycast/api';

export interface Copied {
  text?: string;
  file?: string;
  html?: string;
}

/** A toast as it is now; `history` holds every state it had ("ANIMATED Starting…"). */
export interface ShownToast {
  readonly id: number;
  style: Toast.Style;
  title: string;
  message: string | undefined;
  primaryAction: Toast.ActionOptions | undefined;
  secondaryAction: Toast.ActionOptions | undefined;
  visible: boolean;
  history: string[];
  readonly handle: Toast;
}

export interface Launch {
  name: string;
  type: LaunchType;
  arguments: Record<string, unknown>;
  context: Record<string, unknown> | undefined;
  fallbackText: string | undefined;
  /** Set when the command belongs to another extension. */
  extension: string | undefined;
}

export type Entry = { readonly at: number; readonly command: string } & (
  | { kind: 'toast'; toast: ShownToast }
  | { kind: 'hud'; title: string }
  | { kind: 'alert'; title: string; message: string | undefined; primary: string; destructive: boolean; answer: boolean }
  | { kind: 'copy'; content: Copied; concealed: boolean; transient: boolean }
  | { kind: 'paste'; content: Copied }
  | { kind: 'clear-clipboard' }
  | { kind: 'open'; target: string; application: string | undefined }
  | { kind: 'show-in-finder'; path: string }
  | { kind: 'trash'; paths: string[] }
  | { kind: 'quicklink'; link: string; name: string | undefined }
  | { kind: 'snippet'; text: string; name: string | undefined; keyword: string | undefined }
  | { kind: 'mcp-server'; server: unknown }
  | { kind: 'quick-look'; path: string; name: string | undefined }
  | { kind: 'close-window' }
  | { kind: 'pop-to-root' }
  | { kind: 'preferences'; of: 'extension' | 'command' }
  | { kind: 'launch'; launch: Launch }
  | { kind: 'subtitle'; subtitle: string | undefined }
  | { kind: 'exception'; error: unknown }
  | { kind: 'log'; level: string; text: string }
);
export type EntryOf<K extends Entry['kind']> = Extract<Entry, { kind: K }>;
type Loose<T> = T extends unknown ? Omit<T, 'at' | 'command'> : never;

/** How alerts are answered: always so, or by looking at them. */
export type Answer = boolean | ((alert: Alert.Options) => boolean);

export class Machine extends EventEmitter<{ changed: [] }> {
  readonly journal: Entry[] = [];
  clipboard: Copied[] = [];
  selectedText: string | undefined;
  finderItems: string[] = [];
  applications: Application[] = [{ name: 'TextEdit', path: '/System/Applications/TextEdit.app', bundleId: 'com.apple.TextEdit' }];
  answer: Answer | undefined;
  ai: ((prompt: string) => string | Promise<string>) | undefined;
  /** Runs a command that another one launches; until a test says otherwise, launches are recorded only. */
  onLaunch: ((launch: Launch) => void | Promise<void>) | undefined;

  constructor(readonly folder: string) {
    super();
    this.setMaxListeners(0);
  }

  note(command: string, entry: Loose<Entry>): void {
    this.journal.push({ ...entry, at: performance.now(), command });
    this.emit('changed');
  }

  entries<K extends Entry['kind']>(kind: K): EntryOf<K>[] {
    return this.journal.filter((entry): entry is EntryOf<K> => entry.kind === kind);
  }

  /** A small table of values kept in a file, so that the next launch finds them. */
  table(name: string): Table {
    return new Table(join(this.folder, `${name}.json`));
  }
}

export class Table {
  constructor(private readonly file: string) {}

  all(): Record<string, string | number | boolean | string[]> {
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as Record<string, string | number | boolean>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }
  write(values: Record<string, string | number | boolean | string[]>): void {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.part`, JSON.stringify(values));
    renameSync(`${this.file}.part`, this.file);
  }
  set(key: string, value: string | number | boolean | string[]): void {
    this.write({ ...this.all(), [key]: value });
  }
  remove(key: string): void {
    const { [key]: _gone, ...rest } = this.all();
    this.write(rest);
  }
}
