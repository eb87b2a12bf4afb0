/** The tree that the reconciler builds: one node per element of Raycast, slots (`actions`, `detail`, …) as children of their own. */

/** What a component hands to the host for one prop. */
export type PropValue = unknown;

export interface HostNode {
  readonly id: number;
  readonly type: string;
  props: Readonly<Record<string, PropValue>>;
  children: HostNode[];
  parent: HostNode | undefined;
  /** React hides a subtree while it is suspended. */
  hidden: boolean;
}

let ids = 0;

export const createNode = (type: string, props: Readonly<Record<string, PropValue>>): HostNode => ({
  id: ++ids,
  type,
  props,
  children: [],
  parent: undefined,
  hidden: false,
});

/** Puts `child` under `parent`, at the end or before a sibling, taking it from where it was. */
export function place(parent: HostNode, child: HostNode, before?: HostNode): void {
  take(child);
  const at = before === undefined ? parent.children.length : parent.children.indexOf(before);
  parent.children.splice(at, 0, child);
  child.parent = parent;
}

export function take(child: HostNode): void {
  const { parent } = child;
  if (parent) parent.children.splice(parent.children.indexOf(child), 1);
  child.parent = undefined;
}

/** The visible children that are no slots. */
export const content = (node: HostNode): HostNode[] => node.children.filter((child) => child.type !== 'slot' && !child.hidden);

/** What was given in the prop `name`, which takes an element. */
export function slot(node: HostNode | undefined, name: string): HostNode | undefined {
  const found = node?.children.find((child) => child.type === 'slot' && child.props.name === name);
  return found && content(found)[0];
}

/** All visible nodes under `node` of these types, in order, without looking into slots or into found ones. */
export function inside(node: HostNode | undefined, ...types: string[]): HostNode[] {
  if (!node) return [];
  return content(node).flatMap((child) => (types.includes(child.type) ? [child] : inside(child, ...types)));
}

/** A text prop: Raycast takes a plain one or `{ value, tooltip | color }`. */
export function text(value: PropValue): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (isDate(value)) return value.toISOString();
  if (typeof value === 'object' && value !== null && 'value' in value) return text(value.value);
  return undefined;
}

/** A date of any realm: commands run outside jest's sandbox, so `instanceof` does not hold. */
export const isDate = (value: unknown): value is Date => Object.prototype.toString.call(value) === '[object Date]';

/** A prop that is a function, to be called with `call`. */
export type Callback = (...args: readonly unknown[]) => unknown;
export const callback = (node: HostNode, name: string): Callback | undefined => {
  const value = node.props[name];
  return typeof value === 'function' ? (value as Callback) : undefined;
};
