/** The starter: a small model that needs no hub. */
export { buildStarter, type BuildStarterOptions } from './build.js';
export { isComplete, STARTER } from './starter.js';
