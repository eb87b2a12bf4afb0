/** gateway: `/v1`, one address for every client. */
export { registerGateway, BODY_LIMIT, type GatewayRoutesDeps } from './routes.js';
export { CHAT, COMPLETIONS } from './core/endpoints.js';
export { mediaIn } from './core/media-addresses.js';
export { EngineRefusal } from './core/refusal.js';
export { StallWatch } from './core/stall-watch.js';
export { Gateway } from './core/gateway.js';
export type { GatewayCoreDeps } from './core/deps.js';
export type { Shaping } from './core/shaping.js';
export { messagesRequest } from './anthropic/schema.js';
export { responsesRequest } from './responses/schema.js';
export { ModelIndex, nearestNames, type ModelIndexDeps } from './core/model-index.js';
export { ResponseStore } from './responses/store.js';
export { buildCall } from './core/new-call.js';
export { promptCounter, type PromptCount, type PromptCounter } from './core/count.js';
export { shaping } from './shaping/shaping.js';
export {
  OllamaListener,
  ollamaAreaOf,
  ollamaErrorShape,
  registerOllama,
  type OllamaListenerDeps,
  type OllamaOptions,
} from './ollama/index.js';
export type { Call, CallerInfo, Protocol } from './core/call.js';
export type { ChatChunk, ChatStream, ToolCallDelta } from './core/chunks.js';
export { conditionsOf, exportText, Metering, toRecord, type CountPrompt, type CountTokens, type MeteringDeps } from './metering/index.js';
export { Providers, type PassedRequest, type ProviderAnswer, type ProvidersDeps } from './providers/index.js';
export { fallsBack, Routing, unrouted, type Decision, type RoutingDeps, type RoutingFacts, type Target } from './routing/index.js';
export type { AnswerText, Trace, TraceSink } from './core/trace.js';
