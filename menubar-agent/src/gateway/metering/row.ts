/** What a trace says, worked out for the record. Done after the request is over, off the hot path. */
import type { RequestRow } from '../../store/index.js';
import type { Trace } from '../core/trace.js';

/** Below this the time between tokens is that of one packet, not that of the engine: tokens that were held back, or only a few of them. */
const SPEED_WINDOW_MS = 50;
/** Longest text of a field a client writes itself, characters. */
const MAX_TEXT = 200;

/**
 * The record of a finished request.
 * Error messages are no part of it: an engine may quote the prompt in them.
 * @param captured whether prompt and answer are kept beside it.
 */
export function rowOf(trace: Trace, captured: boolean): RequestRow {
  const told = trace.completionTokens !== null;
  // About one event a token: the best guess where an engine tells nothing and no tokenizer is at hand.
  const guessed = !told && trace.pieces > 0;
  const completionTokens = told ? whole(trace.completionTokens) : guessed ? trace.pieces : null;
  const totalMs = milliseconds(trace.endTick - trace.startedTick);
  return {
    id: trace.id,
    startedAt: Math.round(trace.startedAt),
    protocol: trace.protocol,
    endpoint: trace.endpoint,
    model: short(trace.model) ?? '',
    stream: trace.stream,
    keyId: trace.keyId,
    keyName: trace.keyName,
    client: short(trace.client),
    priority: trace.priority,
    profileId: trace.profileId,
    profileName: trace.profileName,
    modelPath: trace.modelPath,
    engine: trace.engine,
    provider: trace.provider,
    rule: trace.rule,
    queueMs: milliseconds(trace.queueMs),
    loadMs: milliseconds(trace.loadMs),
    firstTokenMs: cameAsStream(trace, completionTokens) ? milliseconds(trace.firstTokenTick - trace.startedTick) : null,
    totalMs,
    promptTokens: whole(trace.promptTokens),
    completionTokens,
    cachedTokens: whole(trace.cachedTokens),
    reasoningTokens: whole(trace.reasoningTokens),
    counted: trace.counted || guessed,
    tokensPerSecond: speedOf(trace, completionTokens),
    finishReason: short(trace.finishReason),
    status: whole(trace.status) ?? 0,
    errorCode: short(trace.errorCode),
    outcome: trace.outcome,
    captured,
  };
}

/**
 * Completion tokens a second while the engine generated: from the first token to the end where tokens came one after another, over the whole
 * time at the engine where the answer came at once or nearly so. Null when nothing was generated.
 */
export function speedOf(trace: Trace, completionTokens: number | null): number | null {
  if (completionTokens === null || completionTokens < 1) return null;
  const generating = trace.endTick - trace.firstTokenTick;
  if (cameAsStream(trace, completionTokens) && completionTokens > 1 && generating >= SPEED_WINDOW_MS)
    return rate(completionTokens - 1, generating);
  return rate(completionTokens, trace.endTick - trace.startedTick - trace.queueMs - trace.loadMs);
}

/** Whether the first token was seen when it was made. An answer of many tokens in one piece says nothing of its first one. */
function cameAsStream(trace: Trace, completionTokens: number | null): boolean {
  return trace.firstTokenTick > 0 && (trace.pieces > 1 || (completionTokens ?? 0) <= 1);
}

function rate(tokens: number, ms: number): number | null {
  const value = (tokens / ms) * 1000;
  return ms > 0 && Number.isFinite(value) ? Math.round(value * 100) / 100 : null;
}

/** Milliseconds to the microsecond; never negative, never a NaN that a database would refuse. */
function milliseconds(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.round(value * 1000) / 1000) : 0;
}

/** A count as an engine tells it, which may be anything. */
function whole(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
}

const short = (text: string | null): string | null => (text === null || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`);
