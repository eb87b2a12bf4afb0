/** Anthropic's frames: named events; a real `ping` keeps a stream alive, since some clients do not count comments as life. */
import { AgentError } from '@mlx-manager/shared';
import { anthropicErrorAnswer, anthropicErrorBody, type AnthropicError } from '../../http/index.js';
import type { Framing, GatewayFailure } from '../core/framing.js';
import { encodeEvent, type StreamEvent } from './events.js';

/** @param start the events a stream opens with. */
export function anthropicFraming(start: () => readonly StreamEvent[]): Framing {
  return {
    contentType: 'text/event-stream; charset=utf-8',
    open: () => start().map(encodeEvent).join(''),
    keepAlive: () => encodeEvent({ type: 'ping' }),
    failure: (error) => encodeEvent(bodyOf(error)),
    refusal: (error) => ({ status: error.status || 500, body: bodyOf(error) }),
  };
}

const bodyOf = (error: GatewayFailure): AnthropicError =>
  error instanceof AgentError ? anthropicErrorAnswer(error) : anthropicErrorBody(error.status, error.message);
