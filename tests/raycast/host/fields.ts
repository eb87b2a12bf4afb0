/** Form fields and the search bar's dropdown: they hold their value while nobody controls it, and tell every change. */
import type { Form, List } from '@raycast/api';
import { forwardRef, useImperativeHandle, useState, type Ref } from 'react';
import { component, element, type Kinds } from './components.js';
import type { HostApi } from './published.js';
import type { Table } from './machine.js';

/** What fields need of the launched command. */
export interface FieldHost {
  readonly drafts: Form.Values;
  /** Values kept by `storeValue`. */
  readonly stored: Table;
  focus(id: string): void;
}

interface Common<V> {
  id: string;
  value?: V;
  defaultValue?: V;
  storeValue?: boolean;
  onChange?: (value: V) => void;
}

const value = 'value';
const item = {
  id: value,
  title: value,
  info: value,
  error: value,
  storeValue: value,
  autoFocus: value,
  value,
  defaultValue: value,
  onChange: value,
  onBlur: value,
  onFocus: value,
} as const;
const items = { value, title: value, icon: value, keywords: value } as const;

/** A form field of node type `field`; its node carries the value that counts and `set`, which is what typing does. */
function field<P extends object, V>(host: FieldHost, kind: string, kinds: Kinds<P>, empty: V) {
  const Field = (given: P, ref: Ref<Form.ItemReference>) => {
    const props = given as P & Common<V>;
    const known = host.stored.all();
    const first = (): V => {
      if (host.drafts[props.id] !== undefined) return host.drafts[props.id] as V;
      const kept = known[`field:${props.id}`];
      if (props.storeValue === true && kept !== undefined) return kept as V;
      return props.defaultValue ?? empty;
    };
    const [own, setOwn] = useState(first);
    const set = (next: V): void => {
      setOwn(() => next);
      if (props.storeValue === true && next !== null) host.stored.set(`field:${props.id}`, next as string | boolean | string[]);
      props.onChange?.(next);
    };
    useImperativeHandle(ref, () => ({ focus: () => host.focus(props.id), reset: () => set(props.defaultValue ?? empty) }));
    return element('field', kinds, given, { kind, value: props.value === undefined ? own : props.value, set });
  };
  return Object.assign(forwardRef<Form.ItemReference, P>(Field as Parameters<typeof forwardRef<Form.ItemReference, P>>[0]), {
    displayName: `Form.${kind}`,
  });
}

export const isFullDay = (date?: Date | null): boolean =>
  date !== undefined && date !== null && date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0;

export function createForm(host: FieldHost, DateType: HostApi['Form']['DatePicker']['Type']): HostApi['Form'] {
  const DropdownItem = component<Form.Dropdown.Item.Props>('option', items);
  const DropdownSection = component<Form.Dropdown.Section.Props>('option-section', { title: value, children: 'children' });
  const TagItem = component<Form.TagPicker.Item.Props>('option', { value, title: value, icon: value });
  return Object.assign(
    component<Form.Props>('form', {
      actions: 'slot',
      children: 'children',
      enableDrafts: value,
      isLoading: value,
      navigationTitle: value,
      searchBarAccessory: 'slot',
    }),
    {
      TextField: field<Form.TextField.Props, string>(host, 'TextField', { ...item, placeholder: value }, ''),
      PasswordField: field<Form.PasswordField.Props, string>(host, 'PasswordField', { ...item, placeholder: value }, ''),
      TextArea: field<Form.TextArea.Props, string>(host, 'TextArea', { ...item, placeholder: value, enableMarkdown: value }, ''),
      Checkbox: field<Form.Checkbox.Props, boolean>(host, 'Checkbox', { ...item, label: value }, false),
      DatePicker: Object.assign(
        field<Form.DatePicker.Props, Date | null>(host, 'DatePicker', { ...item, type: value, min: value, max: value }, null),
        { Type: DateType, isFullDay },
      ),
      FilePicker: field<Form.FilePicker.Props, string[]>(
        host,
        'FilePicker',
        { ...item, canChooseFiles: value, canChooseDirectories: value, showHiddenFiles: value, allowMultipleSelection: value },
        [],
      ),
      TagPicker: Object.assign(
        field<Form.TagPicker.Props, string[]>(host, 'TagPicker', { ...item, placeholder: value, children: 'children' }, []),
        { Item: TagItem },
      ),
      Dropdown: Object.assign(
        field<Form.Dropdown.Props, string | undefined>(
          host,
          'Dropdown',
          {
            ...item,
            placeholder: value,
            children: 'children',
            filtering: value,
            isLoading: value,
            throttle: value,
            onSearchTextChange: value,
          },
          undefined,
        ),
        { Item: DropdownItem, Section: DropdownSection },
      ),
      Description: component<Form.Description.Props>('description', { title: value, text: value }),
      Separator: component<Form.Separator.Props>('separator', {}),
      LinkAccessory: component<Form.LinkAccessory.Props>('link-accessory', { target: value, text: value }),
      DropdownItem,
      DropdownSection,
      TagPickerItem: TagItem,
    },
  );
}

/** The search bar's dropdown. While a command does not control it, Raycast tells it the value it starts with (see `Session`). */
export function createDropdown(host: FieldHost): HostApi['List']['Dropdown'] {
  const kinds: Kinds<List.Dropdown.Props> = {
    id: value,
    tooltip: value,
    placeholder: value,
    storeValue: value,
    value,
    defaultValue: value,
    onChange: value,
    children: 'children',
    filtering: value,
    isLoading: value,
    throttle: value,
    onSearchTextChange: value,
  };
  const Dropdown = (props: List.Dropdown.Props) => {
    const key = `dropdown:${props.id ?? props.tooltip}`;
    const kept = props.storeValue === true ? host.stored.all()[key] : undefined;
    const [own, setOwn] = useState(typeof kept === 'string' ? kept : props.defaultValue);
    const set = (next: string): void => {
      setOwn(next);
      if (props.storeValue === true) host.stored.set(key, next);
      props.onChange?.(next);
    };
    return element('dropdown', kinds, props, { value: props.value ?? own, controlled: props.value !== undefined, set });
  };
  return Object.assign(Dropdown, {
    Item: component<List.Dropdown.Item.Props>('option', items),
    Section: component<List.Dropdown.Section.Props>('option-section', { title: value, children: 'children' }),
  });
}
