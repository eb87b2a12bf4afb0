/** Routing: which requests another profile or a provider answers. */
export { unrouted } from './decide.js';
export { fallsBack } from './fallback.js';
export { inTurn } from './in-turn.js';
export { Routing, type RoutingDeps } from './service.js';
export type { Decision, RoutingFacts, Target, Verdict } from './types.js';
