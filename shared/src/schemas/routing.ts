/** Routing rules: which requests are answered by another profile, or by a provider. Off until the owner turns `routing_enabled` on. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { timestamp } from './common.js';

/** What a request may need of the model that answers it. */
export const ROUTING_CAPABILITIES = ['tools', 'vision', 'thinking', 'json_schema', 'embeddings'] as const;
export type RoutingCapability = (typeof ROUTING_CAPABILITIES)[number];
/** Protocols a client may speak. */
export const ROUTING_PROTOCOLS = ['openai', 'anthropic', 'responses', 'ollama', 'internal'] as const;
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** Why the fallbacks are tried: the answer failed, the queue is full (or the wait was too long), the model does not fit into memory. */
export const FALLBACK_REASONS = ['failed', 'full', 'no_fit'] as const;
export type FallbackReason = (typeof FALLBACK_REASONS)[number];

const pattern = z.string().min(1).max(256);
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');

/** A window of local time. `to` before `from` goes over midnight; the hours after it belong to the day before. */
export const routingTime = wireObject(
  {
    /** Every day when empty. */
    days: z.array(z.enum(WEEKDAYS)).max(7).default([]),
    from: clock.nullable().default(null),
    /** Not included. */
    to: clock.nullable().default(null),
  },
  { strict: true, id: 'RoutingTime' },
);

/** All that is set must hold; a list holds when one of it does (capabilities: all). Patterns know `*` and `?`; case does not matter. */
export const routingMatch = wireObject(
  {
    /** Of the model as the client names it. */
    models: z.array(pattern).max(64).default([]),
    /** Estimated tokens of the prompt, both included. */
    minTokens: z.int().min(0).nullable().default(null),
    maxTokens: z.int().min(0).nullable().default(null),
    capabilities: z.array(z.enum(ROUTING_CAPABILITIES)).max(ROUTING_CAPABILITIES.length).default([]),
    time: routingTime.nullable().default(null),
    /** Of the client's own name (its user-agent). */
    clients: z.array(pattern).max(64).default([]),
    /** Of the API key's name. */
    keys: z.array(pattern).max(64).default([]),
    protocols: z.array(z.enum(ROUTING_PROTOCOLS)).max(ROUTING_PROTOCOLS.length).default([]),
  },
  { strict: true, id: 'RoutingMatch' },
);
export type RoutingMatch = z.output<typeof routingMatch>;

/** Who answers. Exactly one of the two. */
export const routingTarget = wireObject(
  {
    profileId: z.int().positive().nullable().default(null),
    providerId: z.int().positive().nullable().default(null),
    /** Model asked of the provider; null asks for the one the client named. */
    model: z.string().trim().min(1).max(256).nullable().default(null),
  },
  { strict: true, id: 'RoutingTarget' },
);
export type RoutingTarget = z.output<typeof routingTarget>;

export const routingRuleShape = {
  name: z.string().trim().min(1).max(80),
  enabled: z.boolean().default(true),
  match: routingMatch.default({
    models: [],
    minTokens: null,
    maxTokens: null,
    capabilities: [],
    time: null,
    clients: [],
    keys: [],
    protocols: [],
  }),
  /** Null: as without rules, by the name the client gave. */
  target: routingTarget.nullable().default(null),
  /** Tried in order when the target fails in one of the ways of `fallback_on`. With neither target nor fallbacks a rule keeps what it matches on this machine. */
  fallbacks: z.array(routingTarget).max(8).default([]),
  fallbackOn: z
    .array(z.enum(FALLBACK_REASONS))
    .min(1)
    .max(FALLBACK_REASONS.length)
    .default([...FALLBACK_REASONS]),
};

/** The new rule comes last unless `position` (0 is first) says otherwise. */
export const routingRuleCreate = wireObject(
  { ...routingRuleShape, position: z.int().min(0).optional() },
  { strict: true, id: 'RoutingRuleCreate' },
);
export type RoutingRuleCreate = z.output<typeof routingRuleCreate>;
export type RoutingRuleInput = Partial<RoutingRuleCreate> & Pick<RoutingRuleCreate, 'name'>;
export const routingRuleUpdate = wireObject(
  { ...partialShape(routingRuleShape), position: z.int().min(0).optional() },
  { strict: true, id: 'RoutingRuleUpdate' },
);
export type RoutingRuleUpdate = z.output<typeof routingRuleUpdate>;

export const routingRule = wireObject(
  {
    id: z.int(),
    ...routingRuleShape,
    /** Place in the order; 0 is asked first. */
    position: z.int(),
    /** Why the rule cannot work (its profile is gone), in a sentence; it is passed over then. */
    problem: z.string().nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { id: 'RoutingRule' },
);
export type RoutingRule = z.output<typeof routingRule>;

/** Every rule's id, once, in the new order. */
export const routingOrder = wireObject({ ids: z.array(z.int().positive()).max(1000) }, { strict: true });

/** A request as a client would send it (OpenAI's form), and who sends it when. Nothing is sent anywhere. */
export const routingTestRequest = wireObject(
  {
    model: z.string().min(1).max(1024),
    /** Estimated from `messages` (or `input`) when left out. */
    tokens: z.int().min(0).optional(),
    messages: z.array(z.record(z.string(), z.unknown())).optional(),
    input: z.union([z.string(), z.array(z.string())]).optional(),
    tools: z.array(z.unknown()).optional(),
    toolChoice: z.unknown().optional(),
    responseFormat: z.record(z.string(), z.unknown()).optional(),
    reasoningEffort: z.string().optional(),
    /** Needed besides what the request shows. */
    capabilities: z.array(z.enum(ROUTING_CAPABILITIES)).default([]),
    endpoint: z.enum(['/v1/chat/completions', '/v1/completions', '/v1/embeddings']).default('/v1/chat/completions'),
    protocol: z.enum(ROUTING_PROTOCOLS).default('openai'),
    client: z.string().max(256).nullable().default(null),
    key: z.string().max(256).nullable().default(null),
    /** Now when left out. */
    at: timestamp.optional(),
  },
  { id: 'RoutingTestRequest' },
);
export type RoutingTestRequest = z.output<typeof routingTestRequest>;

/** A target in words a person reads. */
const decidedTarget = wireObject({
  kind: z.enum(['model', 'profile', 'provider']),
  profileId: z.int().nullable(),
  providerId: z.int().nullable(),
  /** Name of the profile or provider; null for `model`. */
  name: z.string().nullable(),
  model: z.string().nullable(),
});
export const routingTestResult = wireObject(
  {
    /** Whether rules are used at all now. */
    enabled: z.boolean(),
    /** The rule that decides; null when none matches. */
    rule: wireObject({ id: z.int(), name: z.string() }).nullable(),
    target: decidedTarget,
    fallbacks: z.array(decidedTarget),
    /** What was found out about the request. */
    tokens: z.int(),
    capabilities: z.array(z.enum(ROUTING_CAPABILITIES)),
    /** Every rule in its order: taken, or the first condition that did not hold. */
    why: z.array(wireObject({ id: z.int(), name: z.string(), matched: z.boolean(), reason: z.string() })),
  },
  { id: 'RoutingTestResult' },
);
export type RoutingTestResult = z.output<typeof routingTestResult>;
