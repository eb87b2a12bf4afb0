/** Requests as they were measured at the gateway, their totals, and alerts. Durations are milliseconds. */
import * as z from 'zod';
import { wireObject } from '../wire.js';
import { priority, queryInt, timestamp } from './common.js';

export const REQUEST_OUTCOMES = ['ok', 'error', 'refused', 'cancelled'] as const;
export const requestOutcome = z.enum(REQUEST_OUTCOMES);
export type RequestOutcome = z.output<typeof requestOutcome>;

/** What is known of a request when it begins. */
const begunShape = {
  /** UUID; also the id of the answer. */
  id: z.string(),
  startedAt: timestamp,
  /** `openai`, `anthropic`, `responses`, `ollama`, `internal`. */
  protocol: z.string(),
  endpoint: z.string(),
  /** The model as the client named it. */
  model: z.string(),
  stream: z.boolean(),
  keyId: z.int().nullable(),
  keyName: z.string().nullable(),
  client: z.string().nullable(),
  priority,
};

export const requestRecord = wireObject(
  {
    ...begunShape,
    profileId: z.int().nullable(),
    profileName: z.string().nullable(),
    modelPath: z.string().nullable(),
    engine: z.string().nullable(),
    /** Provider that answered in place of this machine; null for a local answer. */
    provider: z.string().nullable(),
    /** Routing rule that decided; null for none. */
    rule: z.string().nullable(),
    /** Waited for a turn, without the load. */
    queueMs: z.number(),
    /** Waited for the model to load. */
    loadMs: z.number(),
    /** From the arrival of the request, queue and load included; null without a stream of tokens. */
    firstTokenMs: z.number().nullable(),
    totalMs: z.number(),
    promptTokens: z.int().nullable(),
    completionTokens: z.int().nullable(),
    /** Prompt tokens that came from the engine's prefix cache, where it tells. */
    cachedTokens: z.int().nullable(),
    /** Completion tokens that were thinking, where the engine tells. */
    reasoningTokens: z.int().nullable(),
    /** Whether tokens were counted by the agent, not told by the engine. */
    counted: z.boolean(),
    /** Completion tokens a second while the engine generated; null when unknown. */
    tokensPerSecond: z.number().nullable(),
    finishReason: z.string().nullable(),
    /** HTTP status of the answer; a stream that broke keeps the 200 it began with. */
    status: z.int(),
    errorCode: z.string().nullable(),
    outcome: requestOutcome,
    /** Whether prompt and answer were kept. */
    captured: z.boolean(),
  },
  { id: 'RequestRecord' },
);
export type RequestRecord = z.output<typeof requestRecord>;

/** What was asked and answered; kept only while the setting `capture_requests` is on. Texts over the limit are cut. */
export const requestCapture = wireObject(
  {
    /** The request's body in OpenAI's form, as JSON text; images and other long strings are cut. */
    prompt: z.string(),
    answer: z.string().nullable(),
    reasoning: z.string().nullable(),
    errorMessage: z.string().nullable(),
    truncated: z.boolean(),
  },
  { id: 'RequestCapture' },
);
export type RequestCapture = z.output<typeof requestCapture>;
export const requestDetail = wireObject({ request: requestRecord, capture: requestCapture.nullable() }, { id: 'RequestDetail' });
export type RequestDetail = z.output<typeof requestDetail>;

const filterShape = {
  /** A profile's id. */
  profile: queryInt(1, 1e15).optional(),
  /** Text in the model's name, as asked for or as served; case does not matter. */
  model: z.string().max(200).optional(),
  /** An API key's id. */
  key: queryInt(1, 1e15).optional(),
  /** Text in the client's name; case does not matter. */
  client: z.string().max(200).optional(),
  protocol: z.string().max(32).optional(),
  outcome: requestOutcome.optional(),
  status: queryInt(0, 599).optional(),
  /** Begun at or after. */
  since: timestamp.optional(),
  /** Begun before. */
  until: timestamp.optional(),
  /** Took at least this long. */
  minMs: queryInt(0, 1e9).optional(),
  /** Text in id, model, profile, key, client, endpoint or error code; case does not matter. Prompts are not searched. */
  search: z.string().max(200).optional(),
};
export const requestFilter = wireObject(filterShape);
export type RequestFilter = z.output<typeof requestFilter>;

export const requestsQuery = wireObject(
  {
    ...filterShape,
    limit: queryInt(1, 500).default(50),
    /** From the `Link: rel="next"` of the page before. */
    cursor: z
      .string()
      .regex(/^\d{1,15}$/, 'must come from a Link header')
      .optional(),
  },
  { strict: true },
);
export type RequestsQuery = z.output<typeof requestsQuery>;
export const requestIdParams = wireObject({ id: z.string().min(1).max(64) });

/** One message of the live stream; the event's name is `begun` or `finished`. `begun` knows only what the request says. */
export const requestBegun = wireObject(begunShape, { id: 'RequestBegun' });
export type RequestBegun = z.output<typeof requestBegun>;

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
export const exportRequestsQuery = wireObject({ ...filterShape, format: z.enum(EXPORT_FORMATS).default('jsonl') }, { strict: true });
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const SUMMARY_GROUPS = ['profile', 'key', 'client', 'model'] as const;
export const requestSummaryQuery = wireObject({ ...filterShape, by: z.enum(SUMMARY_GROUPS).default('profile') }, { strict: true });
export type SummaryGroup = (typeof SUMMARY_GROUPS)[number];

const statistics = {
  requests: z.int(),
  /** Outcome `error`. */
  errors: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  /** Null when nothing was measured. */
  avgFirstTokenMs: z.number().nullable(),
  p50FirstTokenMs: z.number().nullable(),
  p95FirstTokenMs: z.number().nullable(),
  avgTokensPerSecond: z.number().nullable(),
  p50TokensPerSecond: z.number().nullable(),
  /** 95 of 100 requests were at most this fast. */
  p95TokensPerSecond: z.number().nullable(),
};
export const requestStatistics = wireObject(statistics, { id: 'RequestStatistics' });
export type RequestStatistics = z.output<typeof requestStatistics>;
export const requestSummary = wireObject(
  {
    total: requestStatistics,
    /** Most requests first. `id` is that of the profile or key; null for a client, a model, and for requests without one. */
    groups: z.array(wireObject({ id: z.int().nullable(), name: z.string().nullable(), ...statistics })),
  },
  { id: 'RequestSummary' },
);
export type RequestSummary = z.output<typeof requestSummary>;

const usageShape = {
  requests: z.int(),
  /** Requests under way, those that wait included. */
  active: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  /** Completion tokens a second over the last five seconds; 0 when it was not watched. */
  tokensPerSecond: z.number(),
};
export const serverUsage = wireObject(
  {
    profileId: z.int(),
    profileName: z.string().nullable(),
    ...usageShape,
    /** Requests that wait for a turn. */
    queued: z.int(),
  },
  { id: 'ServerUsage' },
);
export type ServerUsage = z.output<typeof serverUsage>;
export const keyUsage = wireObject({ keyId: z.int(), keyName: z.string().nullable(), ...usageShape }, { id: 'KeyUsage' });
export type KeyUsage = z.output<typeof keyUsage>;
/** Totals: of a server since it was started, of a key since the agent was. */
export const usage = wireObject({ servers: z.array(serverUsage), keys: z.array(keyUsage) }, { id: 'Usage' });
export type Usage = z.output<typeof usage>;

export const ALERT_KINDS = ['memory', 'engine', 'error_rate', 'slow_first_token'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
export const alert = wireObject(
  {
    /** `memory`, or kind and profile: `engine:3`. */
    id: z.string(),
    kind: z.enum(ALERT_KINDS),
    severity: z.enum(['warning', 'critical']),
    profileId: z.int().nullable(),
    profileName: z.string().nullable(),
    /** What happened. */
    message: z.string(),
    /** What to do. */
    action: z.string(),
    raisedAt: timestamp,
  },
  { id: 'Alert' },
);
export type Alert = z.output<typeof alert>;
