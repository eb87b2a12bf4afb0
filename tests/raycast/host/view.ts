/** What the window shows, as plain data: read from the host nodes of the top level of the navigation stack. */
import { inside, isDate, slot, text, type HostNode } from './nodes.js';
import { actionsOf, type ActionView } from './action-view.js';

export interface Accessory {
  text?: string;
  tag?: string;
  date?: Date;
  icon?: unknown;
  color?: unknown;
  tooltip?: string;
}
export interface Row {
  id: string;
  title: string;
  subtitle: string | undefined;
  /** What the accessories say, in order: text, tag or date (ISO); an accessory with an icon only says its tooltip. */
  accessories: string[];
  accessoryViews: Accessory[];
  keywords: string[];
  icon: unknown;
  section: string | undefined;
  node: HostNode;
}
export interface Metadata {
  kind: 'label' | 'link' | 'tags' | 'separator';
  title: string;
  text: string | undefined;
  target?: string;
  icon?: unknown;
  tags?: { text: string; color: unknown; icon: unknown; press: (() => unknown) | undefined }[];
}
export interface DetailView {
  isLoading: boolean;
  markdown: string;
  metadata: Metadata[];
}
export interface Option {
  value: string;
  title: string;
  icon: unknown;
  section: string | undefined;
}
export interface Field {
  id: string;
  kind: string;
  title: string | undefined;
  label: string | undefined;
  value: unknown;
  error: string | undefined;
  info: string | undefined;
  placeholder: string | undefined;
  options: Option[];
  node: HostNode;
}
export interface View {
  kind: 'list' | 'grid' | 'detail' | 'form' | 'menu' | 'nothing';
  /** How many views lie below this one. */
  depth: number;
  title: string | undefined;
  isLoading: boolean;
  searchText: string;
  searchPlaceholder: string | undefined;
  dropdown: { value: string | undefined; tooltip: string; options: Option[] } | undefined;
  rows: Row[];
  sections: { title: string | undefined; subtitle: string | undefined; rows: Row[] }[];
  selected: Row | undefined;
  /** The empty view, when it is what one sees. */
  empty: { title: string; description: string | undefined; icon: unknown } | undefined;
  /** A Detail, or the selected row's when the list shows it. */
  detail: DetailView | undefined;
  fields: Field[];
  /** A form in reading order: fields, descriptions and separators. */
  form: ({ kind: 'field'; field: Field } | { kind: 'description'; title: string | undefined; text: string } | { kind: 'separator' })[];
  actions: ActionView[];
  node: HostNode | undefined;
}

const string = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function accessory(given: Record<string, unknown>): Accessory {
  const side = (key: 'text' | 'tag' | 'date') => given[key] as { value?: unknown; color?: unknown } | string | Date | undefined | null;
  const color = [side('text'), side('tag'), side('date')]
    .map((one) => (typeof one === 'object' ? (one as { color?: unknown } | null)?.color : undefined))
    .find(Boolean);
  const date = [side('date'), side('tag')]
    .map((one) => (isDate(one) ? one : (one as { value?: unknown } | undefined | null)?.value))
    .find(isDate);
  const [words, tag, tooltip] = [text(given.text), isDate(given.tag) ? undefined : text(given.tag), string(given.tooltip)];
  return {
    ...(words !== undefined && { text: words }),
    ...(tag !== undefined && { tag }),
    ...(date && { date }),
    ...(given.icon !== undefined && given.icon !== null && { icon: given.icon }),
    ...(color !== undefined && { color }),
    ...(tooltip !== undefined && { tooltip }),
  };
}

const accessoryText = (one: Accessory): string | undefined => one.text ?? one.tag ?? one.date?.toISOString() ?? one.tooltip;

export function rowOf(node: HostNode, section: string | undefined): Row {
  const { props } = node;
  const views = ((props.accessories ?? []) as Record<string, unknown>[]).map(accessory);
  if (typeof props.accessory === 'object' && props.accessory !== null) views.push(accessory(props.accessory as Record<string, unknown>));
  return {
    id: string(props.id) ?? `row-${node.id}`,
    title: text(props.title) ?? '',
    subtitle: text(props.subtitle),
    accessories: views.map(accessoryText).filter((words): words is string => words !== undefined && words !== ''),
    accessoryViews: views,
    keywords: (props.keywords ?? []) as string[],
    icon: props.icon ?? props.content,
    section,
    node,
  };
}

export function metadataOf(node: HostNode | undefined): Metadata[] {
  return inside(node, 'metadata-label', 'metadata-link', 'metadata-tags', 'metadata-separator').map((one) => {
    const title = text(one.props.title) ?? '';
    if (one.type === 'metadata-separator') return { kind: 'separator', title, text: undefined };
    if (one.type === 'metadata-link') return { kind: 'link', title, text: text(one.props.text), target: String(one.props.target) };
    if (one.type === 'metadata-label') return { kind: 'label', title, text: text(one.props.text), icon: one.props.icon };
    const tags = inside(one, 'metadata-tag').map((tag) => ({
      text: text(tag.props.text) ?? '',
      color: tag.props.color,
      icon: tag.props.icon,
      press: tag.props.onAction as (() => unknown) | undefined,
    }));
    return { kind: 'tags', title, text: tags.map((tag) => tag.text).join(', '), tags };
  });
}

const detailOf = (node: HostNode): DetailView => ({
  isLoading: node.props.isLoading === true,
  markdown: string(node.props.markdown) ?? '',
  metadata: metadataOf(slot(node, 'metadata')),
});

export function optionsOf(node: HostNode): Option[] {
  const option = (one: HostNode, section: string | undefined): Option => ({
    value: String(one.props.value),
    title: text(one.props.title) ?? '',
    icon: one.props.icon,
    section,
  });
  return inside(node, 'option', 'option-section').flatMap((one) =>
    one.type === 'option' ? [option(one, undefined)] : inside(one, 'option').map((inner) => option(inner, text(one.props.title))),
  );
}

/** A field as it stands; a dropdown that nobody set shows its first option. */
export function fieldOf(node: HostNode): Field {
  const { props } = node;
  const options = optionsOf(node);
  const value = props.kind === 'Dropdown' && !options.some((one) => one.value === props.value) ? options[0]?.value : props.value;
  return {
    id: String(props.id),
    kind: String(props.kind),
    title: text(props.title),
    label: text(props.label),
    value,
    error: string(props.error),
    info: string(props.info),
    placeholder: string(props.placeholder),
    options,
    node,
  };
}

/** What of the window is kept per level: the search text as typed and the selected row. */
export interface LevelState {
  typed: string;
  selected: string | undefined;
}

/** Whether Raycast itself filters: unless told otherwise, it does where the command does not listen to the search text. */
export function filters(node: HostNode): boolean {
  const { filtering, enableFiltering, onSearchTextChange } = node.props;
  if (filtering !== undefined) return filtering !== false;
  if (enableFiltering !== undefined) return enableFiltering === true;
  return onSearchTextChange === undefined;
}

function matches(row: Row, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const hay = [row.title, row.subtitle ?? '', ...row.keywords].map((one) => one.toLowerCase());
  return words.every((word) => hay.some((one) => one.includes(word)));
}

export const searchText = (node: HostNode, state: LevelState): string => string(node.props.searchText) ?? state.typed;

export function sectionsOf(node: HostNode, state: LevelState): View['sections'] {
  const search = searchText(node, state);
  const keep = (row: Row) => !filters(node) || search === '' || matches(row, search);
  const sections: View['sections'] = [];
  for (const one of inside(node, 'section', 'item')) {
    if (one.type === 'section') {
      const title = text(one.props.title);
      const rows = inside(one, 'item').map((item) => rowOf(item, title));
      sections.push({ title, subtitle: text(one.props.subtitle), rows: rows.filter(keep) });
      continue;
    }
    const last = sections.at(-1);
    const row = rowOf(one, undefined);
    if (!keep(row)) continue;
    if (last && last.title === undefined && !last.rows.some((other) => other.section !== undefined)) last.rows.push(row);
    else sections.push({ title: undefined, subtitle: undefined, rows: [row] });
  }
  return sections.filter((section) => section.rows.length > 0);
}

const kinds = ['list', 'grid', 'detail', 'form', 'menu'] as const;

export function viewOf(levels: readonly HostNode[], state: LevelState): View {
  const node = levels.at(-1) && inside(levels.at(-1), ...kinds)[0];
  const props = node?.props ?? {};
  const isLoading = props.isLoading === true;
  const kind = (node?.type ?? 'nothing') as View['kind'];
  const listing = node && (kind === 'list' || kind === 'grid') ? node : undefined;
  const sections = listing ? sectionsOf(listing, state) : [];
  const rows = sections.flatMap((section) => section.rows);
  const selected = rows.find((row) => row.id === state.selected);
  const own = listing && rows.length === 0 ? inside(listing, 'empty')[0] : undefined;
  const dropdown = slot(listing, 'searchBarAccessory');
  const empty = own
    ? { title: text(own.props.title) ?? '', description: text(own.props.description), icon: own.props.icon }
    : listing && rows.length === 0 && !isLoading
      ? { title: 'No Results', description: undefined, icon: undefined }
      : undefined;
  const itemDetail = props.isShowingDetail === true ? slot(selected?.node, 'detail') : undefined;
  const form: View['form'] =
    kind === 'form'
      ? inside(node, 'field', 'description', 'separator').map((one) =>
          one.type === 'field'
            ? { kind: 'field', field: fieldOf(one) }
            : one.type === 'description'
              ? { kind: 'description', title: text(one.props.title), text: String(one.props.text) }
              : { kind: 'separator' },
        )
      : [];
  const panel = slot(selected?.node, 'actions') ?? (selected ? undefined : slot(own, 'actions')) ?? slot(node, 'actions');
  return {
    kind,
    depth: Math.max(0, levels.length - 1),
    title: string(props.navigationTitle),
    isLoading,
    searchText: listing ? searchText(listing, state) : '',
    searchPlaceholder: string(props.searchBarPlaceholder),
    dropdown: dropdown && {
      value: string(dropdown.props.value) ?? optionsOf(dropdown)[0]?.value,
      tooltip: String(dropdown.props.tooltip),
      options: optionsOf(dropdown),
    },
    rows,
    sections,
    selected,
    empty,
    detail: node && kind === 'detail' ? detailOf(node) : itemDetail && detailOf(itemDetail),
    fields: form.flatMap((one) => (one.kind === 'field' ? [one.field] : [])),
    form,
    actions: actionsOf(panel),
    node,
  };
}
