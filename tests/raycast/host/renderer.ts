/** React's own reconciler over `HostNode`s: what react-dom is to a page, this is to Raycast's window. */
import { createContext, type ReactNode } from 'react';
import createReconciler, { type HostConfig, type OpaqueRoot } from 'react-reconciler';
import { ConcurrentRoot, DefaultEventPriority, NoEventPriority } from 'react-reconciler/constants.js';
import { createNode, place, take, type HostNode } from './nodes.js';

export interface Container {
  readonly root: HostNode;
  /** After each change of the tree, before effects run. */
  committed(): void;
}

type Props = Readonly<Record<string, unknown>>;
type Config = HostConfig<
  string,
  Props,
  Container,
  HostNode,
  HostNode,
  HostNode,
  HostNode,
  HostNode,
  HostNode,
  object,
  never,
  NodeJS.Timeout,
  -1,
  null
>;

let priority: number = NoEventPriority;
const nothing = (): void => undefined;
const context = {};

/** The props React gives a host element, without what only React reads. */
const plain = ({ children: _children, ...props }: Props): Props => props;

const config: Config = {
  supportsMutation: true,
  supportsPersistence: false,
  supportsHydration: false,
  supportsMicrotasks: true,
  scheduleMicrotask: queueMicrotask,
  isPrimaryRenderer: true,
  noTimeout: -1,
  scheduleTimeout: setTimeout,
  cancelTimeout: clearTimeout,

  createInstance: (type, props) => createNode(type, plain(props)),
  createTextInstance(text) {
    throw new Error(`The text ${JSON.stringify(text)} stands among elements: Raycast shows text only in props.`);
  },
  appendInitialChild: place,
  finalizeInitialChildren: () => false,
  shouldSetTextContent: () => false,
  getRootHostContext: () => context,
  getChildHostContext: (parent) => parent,
  getPublicInstance: (instance) => instance,
  prepareForCommit: () => null,
  resetAfterCommit: (container) => container.committed(),
  preparePortalMount: nothing,

  appendChild: place,
  appendChildToContainer: (container, child) => place(container.root, child),
  insertBefore: place,
  insertInContainerBefore: (container, child, before) => place(container.root, child, before),
  removeChild: (_parent, child) => take(child),
  removeChildFromContainer: (_container, child) => take(child),
  clearContainer: (container) => [...container.root.children].forEach(take),
  commitUpdate(instance, _type, _old, props) {
    instance.props = plain(props);
  },
  hideInstance(instance) {
    instance.hidden = true;
  },
  unhideInstance(instance) {
    instance.hidden = false;
  },
  detachDeletedInstance: nothing,

  setCurrentUpdatePriority(next) {
    priority = next;
  },
  getCurrentUpdatePriority: () => priority,
  resolveUpdatePriority: () => (priority === NoEventPriority ? DefaultEventPriority : priority),
  resolveEventType: () => null,
  resolveEventTimeStamp: () => -1.1,
  trackSchedulerEvent: nothing,
  shouldAttemptEagerTransition: () => false,
  requestPostPaintCallback: nothing,
  maySuspendCommit: () => false,
  preloadInstance: () => true,
  startSuspendingCommit: nothing,
  suspendInstance: nothing,
  waitForCommitToBeReady: () => null,
  NotPendingTransition: null,
  // The reconciler reads React's own context object; its published type names another shape of the same thing.
  HostTransitionContext: createContext(null) as unknown as Config['HostTransitionContext'],
  resetFormInstance: nothing,
  getInstanceFromNode: () => null,
  beforeActiveInstanceBlur: nothing,
  afterActiveInstanceBlur: nothing,
  prepareScopeUpdate: nothing,
  getInstanceFromScope: () => null,
};

const reconciler = createReconciler(config);

export interface Root {
  /** Renders `element`; `done` is called once it is on the tree. */
  render(element: ReactNode, done?: () => void): void;
}

/** A root of React whose uncaught errors go to `failed` (the tree is empty then, as React does it). */
export function createRoot(container: Container, failed: (error: unknown, components: string | undefined) => void): Root {
  const root: OpaqueRoot = reconciler.createContainer(
    container,
    ConcurrentRoot,
    null,
    false,
    null,
    '',
    (error, info) => failed(error, info.componentStack ?? undefined),
    nothing,
    (error, info) => failed(error, info.componentStack ?? undefined),
    nothing,
    null,
  );
  return { render: (element, done) => reconciler.updateContainer(element, root, null, done ?? null) };
}
