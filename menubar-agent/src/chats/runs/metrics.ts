/** How an answer went, from what the gateway wrote down. */
import type { AnswerMetrics, MessagePart } from '@mlx-manager/shared';
import type { Trace } from '../../gateway/index.js';

/** @param trace of the last try. @param waitedMs tries and pauses before it. */
export function metricsOf(trace: Trace, parts: readonly MessagePart[], waitedMs: number): AnswerMetrics {
  const end = trace.endTick === 0 ? performance.now() : trace.endTick;
  const first = trace.firstTokenTick;
  // About one a piece, where the engine was stopped before it told.
  const completion = trace.completionTokens ?? (trace.pieces > 0 ? trace.pieces : null);
  const writing = first === 0 ? 0 : end - first;
  const thought = parts.flatMap((part) => (part.type === 'thinking' && part.durationMs !== null ? [part.durationMs] : []));
  return {
    promptTokens: trace.promptTokens,
    completionTokens: completion,
    cachedTokens: trace.cachedTokens,
    reasoningTokens: trace.reasoningTokens,
    // The first token is there when the clock starts.
    tokensPerSecond: completion !== null && completion > 1 && writing > 0 ? round(((completion - 1) * 1000) / writing) : null,
    firstTokenMs: first === 0 ? null : Math.round(waitedMs + first - trace.startedTick),
    totalMs: Math.round(waitedMs + end - trace.startedTick),
    loadMs: Math.round(trace.loadMs),
    queueMs: Math.round(trace.queueMs),
    thinkingMs: thought.length === 0 ? null : thought.reduce((sum, ms) => sum + ms, 0),
    finishReason: trace.finishReason,
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
