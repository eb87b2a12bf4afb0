/** http: what api and gateway share: server, Host and Origin guard, sign-in, API keys and their limits, SSE writer, error answers. */
export { Access, SESSION_SECONDS, type AccessDeps, type Area, type Caller, type Passage } from './access.js';
export { ApiKeys, type ApiKeyRecord, type ApiKeyStorage } from './api-keys.js';
export { priorityOf, PRIORITY_HEADER, type CallerKey } from './caller-key.js';
export { anthropicErrorAnswer, anthropicErrorBody, errorAnswer, openaiErrorAnswer, toAgentError, type AnthropicError } from './errors.js';
export { enforceLimits, RateLimits, type HeaderStyle, type RateHeaders, type RateVerdict } from './limits.js';
export { HttpServer, readJson, type Handler, type HttpDeps, type StreamHandler } from './server.js';
export { Sharing, type SharingDeps } from './sharing.js';
export { SseStream, type SseMessage } from './sse.js';
