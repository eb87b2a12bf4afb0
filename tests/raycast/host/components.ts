/**
 * Raycast's components as React components over host nodes. Each names every published prop: one that is added or renamed in @raycast/api
 * stops this from compiling, and one that a command gives and Raycast does not know is an error.
 */
import type { Action, ActionPanel, Detail, Form, Grid, List, MenuBarExtra } from '@raycast/api';
import { createElement, type FunctionComponent, type ReactNode } from 'react';
import type { HostApi } from './published.js';

/** `slot`: an element given as a prop, rendered beneath the node so that its hooks live; `children`: what stands between the tags. */
export type Kind = 'value' | 'slot' | 'children';
export type Kinds<P> = Record<keyof Required<P>, Kind>;

const known = (type: string, kinds: Record<string, Kind>, props: object): void => {
  const strange = Object.keys(props).find((name) => !(name in kinds) && name !== 'ref');
  if (strange !== undefined) throw new Error(`${type} has no property "${strange}" in @raycast/api.`);
};

/** The host node for `props`: values stay props, slots and children become nodes beneath it. */
export function element(type: string, kinds: Record<string, Kind>, props: object, extra: Record<string, unknown> = {}): ReactNode {
  known(type, kinds, props);
  const entries = Object.entries(props) as [string, unknown][];
  const values = Object.fromEntries(entries.filter(([name]) => kinds[name] === 'value'));
  const slots = entries
    .filter(([name, value]) => kinds[name] === 'slot' && value !== undefined && value !== null)
    .map(([name, value]) => createElement('slot', { key: `slot:${name}`, name }, value as ReactNode));
  const children = entries.filter(([name]) => kinds[name] === 'children').map(([, value]) => value as ReactNode);
  return createElement(type, { ...values, ...extra }, ...slots, ...children);
}

export const component = <P extends object>(type: string, kinds: Kinds<P>): FunctionComponent<P> =>
  Object.assign((props: P) => element(type, kinds, props), { displayName: type });

const value = 'value';
const slot = 'slot';
const children = 'children';

const metadata = () =>
  Object.assign(component<Detail.Metadata.Props>('metadata', { children }), {
    Label: component<Detail.Metadata.Label.Props>('metadata-label', { title: value, text: value, icon: value }),
    Separator: component<Detail.Metadata.Separator.Props>('metadata-separator', {}),
    Link: component<Detail.Metadata.Link.Props>('metadata-link', { title: value, target: value, text: value }),
    TagList: Object.assign(component<Detail.Metadata.TagList.Props>('metadata-tags', { title: value, children }), {
      Item: component<Detail.Metadata.TagList.Item.Props>('metadata-tag', { text: value, icon: value, color: value, onAction: value }),
    }),
  });

const empty = component<List.EmptyView.Props>('empty', { title: value, description: value, icon: value, actions: slot });
const search = { filtering: value, isLoading: value, throttle: value, onSearchTextChange: value } as const;
const rows = {
  ...search,
  actions: slot,
  children,
  enableFiltering: value,
  navigationTitle: value,
  onSelectionChange: value,
  pagination: value,
  searchBarAccessory: slot,
  searchBarPlaceholder: value,
  searchText: value,
  selectedItemId: value,
} as const;

export const createList = (Dropdown: HostApi['List']['Dropdown']): HostApi['List'] =>
  Object.assign(component<List.Props>('list', { ...rows, isShowingDetail: value }), {
    EmptyView: empty,
    Dropdown,
    Section: component<List.Section.Props>('section', { id: value, title: value, subtitle: value, children }),
    Item: Object.assign(
      component<List.Item.Props>('item', {
        id: value,
        title: value,
        subtitle: value,
        keywords: value,
        icon: value,
        accessoryIcon: value,
        accessoryTitle: value,
        accessories: value,
        quickLook: value,
        actions: slot,
        detail: slot,
      }),
      {
        Detail: Object.assign(component<List.Item.Detail.Props>('item-detail', { isLoading: value, markdown: value, metadata: slot }), {
          Metadata: metadata(),
        }),
      },
    ),
  });

export const createGrid = (
  Dropdown: HostApi['Grid']['Dropdown'],
  enums: Pick<HostApi['Grid'], 'Inset' | 'ItemSize' | 'Fit'>,
): HostApi['Grid'] =>
  Object.assign(
    component<Grid.Props>('grid', { ...rows, columns: value, itemSize: value, aspectRatio: value, fit: value, inset: value }),
    enums,
    {
      EmptyView: empty,
      Dropdown,
      Section: component<Grid.Section.Props>('section', {
        title: value,
        subtitle: value,
        columns: value,
        aspectRatio: value,
        fit: value,
        inset: value,
        children,
      }),
      Item: component<Grid.Item.Props>('item', {
        id: value,
        content: value,
        title: value,
        subtitle: value,
        keywords: value,
        accessory: value,
        quickLook: value,
        actions: slot,
      }),
    },
  );

export const createDetail = (): HostApi['Detail'] =>
  Object.assign(
    component<Detail.Props>('detail', { isLoading: value, navigationTitle: value, markdown: value, metadata: slot, actions: slot }),
    { Metadata: metadata() },
  );

export const createActionPanel = (RaycastAction: HostApi['Action']): HostApi['ActionPanel'] =>
  Object.assign(component<ActionPanel.Props>('action-panel', { title: value, children }), {
    Section: component<ActionPanel.Section.Props>('action-section', { title: value, children }),
    Submenu: component<ActionPanel.Submenu.Props>('action-submenu', {
      ...search,
      id: value,
      title: value,
      icon: value,
      shortcut: value,
      onOpen: value,
      autoFocus: value,
      children,
    }),
    Item: RaycastAction,
  });

const looks = { title: value, icon: value, shortcut: value } as const;

export const createAction = (
  Style: HostApi['Action']['Style'],
  dates: Pick<HostApi['Action']['PickDate'], 'Type' | 'isFullDay'>,
): HostApi['Action'] =>
  Object.assign(component<Action.Props>('action', { ...looks, id: value, style: value, onAction: value, autoFocus: value }), {
    Style,
    CopyToClipboard: component<Action.CopyToClipboard.Props>('action-copy', {
      ...looks,
      content: value,
      transient: value,
      concealed: value,
      onCopy: value,
    }),
    CreateQuicklink: component<Action.CreateQuicklink.Props>('action-quicklink', { ...looks, quicklink: value }),
    CreateSnippet: component<Action.CreateSnippet.Props>('action-snippet', { ...looks, snippet: value }),
    InstallMCPServer: component<Action.InstallMCPServer.Props>('action-mcp-server', { ...looks, server: value }),
    Open: component<Action.Open.Props>('action-open', { ...looks, target: value, application: value, onOpen: value }),
    OpenInBrowser: component<Action.OpenInBrowser.Props>('action-browser', { ...looks, url: value, onOpen: value }),
    OpenWith: component<Action.OpenWith.Props>('action-open-with', { ...looks, path: value, onOpen: value }),
    Paste: component<Action.Paste.Props>('action-paste', { ...looks, content: value, onPaste: value }),
    PickDate: Object.assign(
      component<Action.PickDate.Props>('action-date', { ...looks, onChange: value, type: value, min: value, max: value }),
      dates,
    ),
    Push: component<Action.Push.Props>('action-push', { ...looks, target: value, onPush: value, onPop: value }),
    ShowInFinder: component<Action.ShowInFinder.Props>('action-finder', { ...looks, path: value, onShow: value }),
    SubmitForm: Object.assign(
      <T extends Form.Values>(props: Action.SubmitForm.Props<T>) =>
        element('action-submit', { ...looks, style: value, onSubmit: value }, props) as ReturnType<HostApi['Action']['SubmitForm']>,
      { displayName: 'action-submit' },
    ),
    ToggleQuickLook: component<Action.ToggleQuickLook.Props>('action-quick-look', looks),
    Trash: component<Action.Trash.Props>('action-trash', { ...looks, paths: value, onTrash: value }),
  });

export const createMenuBarExtra = (): HostApi['MenuBarExtra'] =>
  Object.assign(component<MenuBarExtra.Props>('menu', { isLoading: value, title: value, tooltip: value, icon: value, children }), {
    Item: component<MenuBarExtra.Item.Props>('menu-item', {
      title: value,
      subtitle: value,
      icon: value,
      tooltip: value,
      onAction: value,
      shortcut: value,
      alternate: slot,
    }),
    Section: component<MenuBarExtra.Section.Props>('menu-section', { title: value, children }),
    Separator: component<Detail.Metadata.Separator.Props>('menu-separator', {}),
    Submenu: component<MenuBarExtra.Submenu.Props>('menu-submenu', { title: value, icon: value, children }),
  });
