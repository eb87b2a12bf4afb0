/** The contract between the agent and everything that talks to it. */
export * from './wire.js';
export * from './errors.js';
export * from './agent-error.js';
export * from './problems.js';
export * from './form-problems.js';
export * from './schemas/index.js';
export * from './routes.js';
export * from './first-data.js';
export * from './templates.js';
export * from './connect/index.js';
export * from './version.js';
export * as format from './format.js';
export { createClient } from './client/client.js';
export type { CallArgs, CallResult, Client, ClientOptions, FetchAnswer, FetchLike, LiveRequest, Page } from './client/client.js';
export { readSse } from './client/sse.js';
export type { ByteBody } from './client/sse.js';
export { applyRunEvent, chatState, codeBlocks, textOf } from './client/chat-state.js';
export type { ChatState } from './client/chat-state.js';
