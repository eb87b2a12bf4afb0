/** Prompt templates and personas. */
export { PromptsService, type PromptsDeps } from './service.js';
