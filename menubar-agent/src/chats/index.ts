/** chats: conversations that the agent keeps, the runs that write answers into them, prompt templates and personas. */
export { AttachmentsService, type AttachmentsDeps } from './attachments.js';
export { ChatsService, type ChatOptions, type ChatsDeps } from './chats.js';
export { exportJson, exportMarkdown } from './export/index.js';
export { PromptsService, type PromptsDeps } from './prompts/index.js';
export { CHAT_CALLER, RunsService, type RunsDeps, type RunStorage } from './runs/index.js';
