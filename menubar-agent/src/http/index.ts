/** http: what api and gateway share: server, Host and Origin guard, sign-in, SSE writer, error answers. */
export { Access, SESSION_SECONDS, type AccessDeps, type Caller } from './access.js';
export { anthropicErrorAnswer, anthropicErrorBody, errorAnswer, openaiErrorAnswer, toAgentError, type AnthropicError } from './errors.js';
export { HttpServer, type Handler, type HttpDeps, type StreamHandler } from './server.js';
export { SseStream, type SseMessage } from './sse.js';
