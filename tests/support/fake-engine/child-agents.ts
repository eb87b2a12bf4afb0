/** Bundles the small agent once and starts as many as a test wants. */
import type { Server } from '@mlx-manager/shared';
import { bundle, startChild, type Bundle, type Child } from '../child.js';
import type { ChildTask } from './agent-child.js';

/** @returns a file inside the project, where its packages are found; and how to remove it. */
export const bundleAgent = (): Promise<Bundle> => bundle('fake-engine/agent-child');

export const startAgent = (file: string, task: ChildTask): Child<Server> => startChild<Server>(file, [JSON.stringify({ ...task })]);
