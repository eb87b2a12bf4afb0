/** `@raycast/api` for one launch of one command. */
import { join } from 'node:path';
import type { AI as PublishedAI, Clipboard, LaunchType as PublishedLaunchType, LocalStorage, Navigation, Toast } from '@raycast/api';
import { createAction, createActionPanel, createDetail, createGrid, createList, createMenuBarExtra } from './components.js';
import { createCache } from './cache.js';
import { createDropdown, createForm, isFullDay, type FieldHost } from './fields.js';
import { commonShortcuts, leftOut, publishedEnum, type HostApi, type Published } from './published.js';
import type { CommandInfo, Manifest } from './manifest.js';
import type { Services } from './services.js';
import type { Machine } from './machine.js';

export interface ApiOptions {
  services: Services;
  machine: Machine;
  manifest: Manifest;
  command: CommandInfo;
  preferences: Record<string, unknown>;
  assetsPath: string;
  supportPath: string;
  theme: 'light' | 'dark';
  launchType: PublishedLaunchType;
  launchContext: Record<string, unknown> | undefined;
  navigation: Navigation;
  fields: FieldHost;
}

/** Enums are the same for every launch. */
const enums = {
  Icon: publishedEnum<Published['Icon']>('Icon'),
  Color: publishedEnum<Published['Color']>('Color', 'Magenta'),
  ActionStyle: publishedEnum<Published['Action']['Style']>('ActionStyle', 'Regular'),
  AlertStyle: publishedEnum<Published['Alert']['ActionStyle']>('ActionStyle', 'Default'),
  ToastStyle: publishedEnum<Published['Toast']['Style']>('Style', 'Animated'),
  Mask: publishedEnum<Published['Image']['Mask']>('Mask'),
  Model: publishedEnum<Published['AI']['Model']>('Model'),
  LaunchType: publishedEnum<Published['LaunchType']>('LaunchType'),
  PopToRootType: publishedEnum<Published['PopToRootType']>('PopToRootType'),
  FormDate: publishedEnum<Published['Form']['DatePicker']['Type']>('DatePickerType'),
  ActionDate: publishedEnum<Published['Action']['PickDate']['Type']>('DatePickerType_2'),
  Inset: publishedEnum<Published['Grid']['Inset']>('GridInset'),
  ItemSize: publishedEnum<Published['Grid']['ItemSize']>('GridItemSize'),
  Fit: publishedEnum<Published['Grid']['Fit']>('GridFit'),
};

export function createApi(options: ApiOptions): HostApi {
  const { services, machine, manifest, command } = options;
  const Dropdown = createDropdown(options.fields);
  const Action = createAction(enums.ActionStyle, { Type: enums.ActionDate, isFullDay });
  const ToastClass = services.toastClass(enums.ToastStyle);
  const storage = machine.table('local-storage');

  const clipboard: HostApi['Clipboard'] = {
    copy: async (content: string | number | Clipboard.Content, copyOptions?: Clipboard.CopyOptions) => services.copy(content, copyOptions),
    paste: async (content) => services.paste(content),
    clear: async () => {
      machine.clipboard = [];
      services.note({ kind: 'clear-clipboard' });
    },
    read: async (read) => ({ text: '', ...machine.clipboard[read?.offset ?? 0] }),
    readText: async (read) => machine.clipboard[read?.offset ?? 0]?.text,
  };

  async function showToast(given: Toast.Options | Toast.Style, title?: string, message?: string): Promise<Toast> {
    const toastOptions =
      typeof given === 'object' ? given : { style: given, title: title ?? '', ...(message !== undefined && { message }) };
    const toast = new ToastClass(toastOptions);
    await toast.show();
    return toast as unknown as Toast;
  }

  /** The answer arrives whole, as one chunk; who listens to `data` gets it too. */
  const ask: HostApi['AI']['ask'] = (prompt: string, _options?: PublishedAI.AskOptions) => {
    const listeners: ((chunk: string) => void)[] = [];
    const answer = (async () => {
      if (!machine.ai) throw new Error('Raycast AI is not available (the test gave no host.ai).');
      const words = await machine.ai(prompt);
      for (const listener of listeners) listener(words);
      return words;
    })();
    return Object.assign(answer, { on: (_event: 'data', listener: (chunk: string) => void) => void listeners.push(listener) });
  };

  const api: HostApi = {
    Action,
    ActionPanel: createActionPanel(Action),
    AI: { Model: enums.Model, ask },
    Alert: { ActionStyle: enums.AlertStyle },
    Cache: createCache(join(options.supportPath, 'cache')),
    Clipboard: clipboard,
    Color: Object.assign({ Brown: { light: '#8f5e32', dark: '#c39a6b' } }, enums.Color),
    Detail: createDetail(),
    Form: createForm(options.fields, enums.FormDate),
    Grid: createGrid(Dropdown, enums),
    Icon: enums.Icon,
    Image: { Mask: enums.Mask },
    Keyboard: { Shortcut: { Common: commonShortcuts } },
    LaunchType: enums.LaunchType,
    List: createList(Dropdown),
    LocalStorage: {
      allItems: async <T extends LocalStorage.Values>() => storage.all() as LocalStorage.Values as T,
      getItem: async <T extends LocalStorage.Value>(key: string) => storage.all()[key] as T | undefined,
      setItem: async (key, value) => storage.set(key, value),
      removeItem: async (key) => storage.remove(key),
      clear: async () => storage.write({}),
    },
    MenuBarExtra: createMenuBarExtra(),
    PopToRootType: enums.PopToRootType,
    Toast: ToastClass,
    captureException: (error) => services.note({ kind: 'exception', error }),
    clearSearchBar: async () => services.window?.clearSearchBar(),
    closeMainWindow: async (close) => services.closeWindow(close),
    confirmAlert: async (alert) => services.confirm(alert),
    environment: {
      raycastVersion: '1.104.25',
      ownerOrAuthorName: manifest.author,
      extensionName: manifest.name,
      commandName: command.name,
      commandMode: command.mode,
      assetsPath: options.assetsPath,
      supportPath: options.supportPath,
      isDevelopment: false,
      appearance: options.theme,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- commands may still read it
      theme: options.theme,
      textSize: 'medium',
      launchType: options.launchType,
      canAccess: (what: unknown) => what === api.AI && machine.ai !== undefined,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- commands may still read it
      ...(options.launchContext && { launchContext: options.launchContext }),
    },
    getApplications: async () => machine.applications,
    getDefaultApplication: async () => machine.applications[0]!,
    getFrontmostApplication: async () => machine.applications[0]!,
    getPreferenceValues: () => ({ ...options.preferences }) as never,
    getSelectedFinderItems: async () => {
      if (machine.finderItems.length === 0) throw new Error('Cannot get the selected items: Finder is not the frontmost application.');
      return machine.finderItems.map((path) => ({ path }));
    },
    getSelectedText: async () => {
      if (machine.selectedText === undefined) throw new Error('Cannot copy selected text from frontmost application.');
      return machine.selectedText;
    },
    launchCommand: async (launch) => {
      const to = {
        name: launch.name,
        type: launch.type,
        arguments: (launch.arguments ?? {}) as Record<string, unknown>,
        context: (launch.context ?? undefined) as Record<string, unknown> | undefined,
        fallbackText: launch.fallbackText ?? undefined,
        extension: 'extensionName' in launch ? launch.extensionName : undefined,
      };
      if (to.extension === undefined && !manifest.commands.some((one) => one.name === to.name)) {
        throw new Error(`There is no command "${to.name}" in this extension.`);
      }
      services.note({ kind: 'launch', launch: to });
      await machine.onLaunch?.(to);
    },
    open: async (target, application) => services.open(target, application),
    openCommandPreferences: async () => services.note({ kind: 'preferences', of: 'command' }),
    openExtensionPreferences: async () => services.note({ kind: 'preferences', of: 'extension' }),
    popToRoot: async () => services.popToRoot(),
    showHUD: async (title, hud) => services.hud(title, hud),
    showInFinder: async (path) => services.showInFinder(String(path)),
    showToast,
    trash: async (paths) => services.trash((Array.isArray(paths) ? paths : [paths]).map(String)),
    updateCommandMetadata: async ({ subtitle }) => services.note({ kind: 'subtitle', subtitle: subtitle ?? undefined }),
    useNavigation: () => options.navigation,
  };
  return api;
}

/** The module as a command requires it: what the host leaves out says so when it is used. */
export function asModule(api: HostApi): HostApi {
  const out: readonly string[] = leftOut;
  return new Proxy(api, {
    get(target, name, receiver) {
      if (typeof name === 'string' && out.includes(name)) throw new Error(`The test host has no ${name} of @raycast/api.`);
      if (typeof name === 'string' && !(name in target) && !['__esModule', 'default', 'then'].includes(name)) {
        throw new Error(`@raycast/api publishes no ${name}.`);
      }
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}
