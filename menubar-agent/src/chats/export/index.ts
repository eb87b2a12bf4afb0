/** Chats as files. */
export { exportJson } from './json.js';
export { exportMarkdown } from './markdown.js';
