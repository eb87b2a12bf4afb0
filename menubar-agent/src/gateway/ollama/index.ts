/** Ollama's API, on a listener of its own. */
export { ollamaAreaOf, ollamaErrorShape, registerOllama } from './routes.js';
export { OllamaListener, type OllamaListenerDeps } from './listener.js';
export type { OllamaOptions } from './deps.js';
