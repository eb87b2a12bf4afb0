/** From an HTTP request to a call. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { priorityOf } from '../../http/index.js';
import type { Call, CallerInfo, Protocol } from './call.js';
import { AUTO } from './model-index.js';
import { clientLeft } from './respond.js';
import type { Passable } from './passed.js';
import type { Trace } from './trace.js';

/** Longest name of a client that is kept. */
const MAX_CLIENT = 120;

/** What a protocol's route knows of its request. */
export interface Asked {
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly model: string;
  /** In OpenAI's form. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly stream: boolean;
  /** Left out: the answer is always translated. */
  readonly passable?: Passable;
}

/**
 * Who asks, from what is known of the request.
 * @throws AgentError INVALID_REQUEST for a priority that is none.
 */
export function callerOf(request: FastifyRequest, serviceTier?: unknown): CallerInfo {
  const agent = request.headers['user-agent'];
  const { key } = request.caller;
  return {
    key,
    keyId: key?.id ?? null,
    keyName: key?.name ?? null,
    client: agent?.slice(0, MAX_CLIENT) ?? null,
    priority: priorityOf(request.headers, key, serviceTier),
    mayUse: ({ name, aliases, modelPath }) => key === null || key.mayUse([name, ...aliases, modelPath]),
  };
}

/** A call for an HTTP request. It is aborted when the client leaves. */
export function newCall(request: FastifyRequest, reply: FastifyReply, asked: Asked): Call {
  return buildCall(asked, callerOf(request, asked.body.service_tier), clientLeft(reply));
}

/** A call for whoever asks inside the agent. */
export function buildCall(asked: Asked, caller: CallerInfo, signal: AbortSignal): Call {
  const id = randomUUID();
  return { passable: null, ...asked, id, caller, signal, answerHeaders: {}, trace: newTrace(id, asked, caller) };
}

/** The model's name in the answer: the one that was asked for; for `auto` the one that was found. */
export const answeringName = ({ model, trace }: Call): string => (model.toLowerCase() === AUTO ? (trace.profileName ?? model) : model);

function newTrace(id: string, asked: Asked, caller: CallerInfo): Trace {
  return {
    id,
    startedAt: Date.now(),
    startedTick: performance.now(),
    protocol: asked.protocol,
    endpoint: asked.endpoint,
    model: asked.model,
    stream: asked.stream,
    keyId: caller.keyId,
    keyName: caller.keyName,
    client: caller.client,
    priority: caller.priority,
    profileId: null,
    profileName: null,
    modelPath: null,
    engine: null,
    provider: null,
    rule: null,
    queueMs: 0,
    loadMs: 0,
    firstTokenTick: 0,
    pieces: 0,
    promptTokens: null,
    completionTokens: null,
    cachedTokens: null,
    reasoningTokens: null,
    counted: false,
    finishReason: null,
    status: 200,
    errorCode: null,
    errorMessage: null,
    outcome: 'ok',
    endTick: 0,
  };
}
