/** Runs. */
export { CHAT_CALLER } from './generation.js';
export { RunsService } from './service.js';
export type { Answerer, RunsDeps, RunStorage, RunTimings } from './types.js';
