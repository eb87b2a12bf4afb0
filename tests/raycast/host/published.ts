/**
 * What @raycast/api publishes: its types, and the values of its enums, read from those types. The package itself throws outside Raycast,
 * so the host is typed by it and never loads it.
 */
import type * as Api from '@raycast/api';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Published = typeof Api;

/**
 * Names that the host leaves out: this extension signs in nowhere, reads no browser and moves no windows; the others are undocumented or
 * deprecated twins of what is there. A command that uses one gets an error that says so.
 */
export const leftOut = [
  'BrowserExtension',
  'OAuth',
  'WindowManagement',
  'ActionPanelItem',
  'ActionPanelSection',
  'ActionPanelSubmenu',
  'AlertActionStyle',
  'CopyToClipboardAction',
  'FormCheckbox',
  'FormDatePicker',
  'FormDropdown',
  'FormDropdownItem',
  'FormDropdownSection',
  'FormSeparator',
  'FormTagPicker',
  'FormTagPickerItem',
  'FormTextArea',
  'FormTextField',
  'ImageMask',
  'ListItem',
  'ListSection',
  'OpenAction',
  'OpenInBrowserAction',
  'OpenWithAction',
  'PasteAction',
  'PushAction',
  'ShowInFinderAction',
  'SubmitFormAction',
  'ToastStyle',
  'TrashAction',
  'allLocalStorageItems',
  'clearClipboard',
  'clearLocalStorage',
  'copyTextToClipboard',
  'getLocalStorageItem',
  'pasteText',
  'preferences',
  'randomId',
  'removeLocalStorageItem',
  'render',
  'setLocalStorageItem',
  'specialKeys',
  'unstable_AI',
  'useActionPanel',
  'useId',
  'useUnstableAI',
] as const satisfies readonly (keyof Published)[];

/** A published class without its private parts, which only the original can have. */
type Open<C> = C extends new (...args: infer A) => infer I
  ? (new (...args: A) => Pick<I, keyof I>) & Omit<Pick<C, keyof C>, 'prototype'>
  : never;

/** Everything the host must offer (`default` is TypeScript's view of a CommonJS module), exactly as published: a name or a signature that changes there stops this from compiling. */
export type HostApi = {
  [Name in Exclude<keyof Published, (typeof leftOut)[number] | 'default'>]: Name extends 'Cache' | 'Toast'
    ? Open<Published[Name]>
    : Published[Name];
};

const types = readFileSync(join(import.meta.dirname, '../../../raycast-extension/node_modules/@raycast/api/types/index.d.ts'), 'utf8');

/** The values of the published enum `name` (`AI.Model` is `Model`; two enums of one name are told apart by `member`). */
export function publishedEnum<T>(name: string, member?: string): T {
  const bodies = [...types.matchAll(new RegExp(`enum ${name} \\{([\\s\\S]*?)\\n\\s*\\}`, 'g'))].map((found) => found[1] ?? '');
  const body = bodies.find((text) => member === undefined || new RegExp(`\\b${member} = `).test(text));
  if (body === undefined) throw new Error(`@raycast/api publishes no enum ${name}${member === undefined ? '' : ` with ${member}`}.`);
  const values = [...body.matchAll(/^\s*"?([^\s"*/][^"=]*?)"? = "([^"]*)"/gm)].map(([, key, value]) => [key, value]);
  if (values.length === 0) throw new Error(`The published enum ${name} has no values.`);
  return Object.freeze(Object.fromEntries(values)) as T;
}

type Common = Published['Keyboard']['Shortcut']['Common'];

/** The keys of the common shortcuts on macOS, as @raycast/eslint-plugin 2.x lists them (`prefer-common-shortcut`): the types name none. */
export const commonShortcuts: Common = {
  Copy: { modifiers: ['cmd', 'shift'], key: 'c' },
  CopyDeeplink: { modifiers: ['cmd', 'shift'], key: 'c' },
  CopyName: { modifiers: ['cmd', 'opt'], key: 'c' },
  CopyPath: { modifiers: ['cmd', 'ctrl'], key: 'c' },
  Save: { modifiers: ['cmd'], key: 's' },
  Duplicate: { modifiers: ['cmd', 'shift'], key: 's' },
  Edit: { modifiers: ['cmd'], key: 'e' },
  MoveDown: { modifiers: ['cmd', 'shift'], key: 'arrowDown' },
  MoveUp: { modifiers: ['cmd', 'shift'], key: 'arrowUp' },
  New: { modifiers: ['cmd'], key: 'n' },
  Open: { modifiers: ['cmd'], key: 'o' },
  OpenWith: { modifiers: ['cmd', 'shift'], key: 'o' },
  Pin: { modifiers: ['cmd'], key: '.' },
  Refresh: { modifiers: ['cmd'], key: 'r' },
  Remove: { modifiers: ['ctrl'], key: 'd' },
  RemoveAll: { modifiers: ['ctrl', 'shift'], key: 'd' },
  ToggleQuickLook: { modifiers: ['cmd'], key: 'y' },
};
