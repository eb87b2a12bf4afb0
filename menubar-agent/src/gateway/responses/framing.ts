/** The frames of the Responses API: named events; a failure is the stream's last event, `response.failed`. */
import { AgentError } from '@mlx-manager/shared';
import { openaiErrorAnswer } from '../../http/index.js';
import type { Framing, GatewayFailure } from '../core/framing.js';
import { encodeEvent } from './events.js';
import type { ResponsesStream } from './stream.js';

/** One per answer. @param opening the stream's first events: they have the first numbers, whenever they are sent. */
export function responsesFraming(stream: ResponsesStream): Framing {
  const opening = stream.start().map(encodeEvent).join('');
  return {
    contentType: 'text/event-stream; charset=utf-8',
    open: () => opening,
    keepAlive: () => encodeEvent(stream.keepAlive()),
    failure: (error) => stream.fail(failureOf(error)).map(encodeEvent).join(''),
    refusal: (error) => ({ status: error.status || 500, body: { error: errorOf(error) } }),
  };
}

interface OpenaiError {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
}

/** The words by which engines say that the prompt is longer than the model can read. */
const TOO_LONG = /context (length|window|size)|maximum context|too many tokens|prompt is too long/i;
/** Codex makes its conversation shorter when it reads this code, and gives up at any other. */
const TOO_LONG_CODE = 'context_length_exceeded';

function errorOf(error: GatewayFailure): OpenaiError {
  if (error instanceof AgentError) return (openaiErrorAnswer(error) as { error: OpenaiError }).error;
  const code = error.status < 500 && TOO_LONG.test(error.message) ? TOO_LONG_CODE : error.fields.code;
  return { message: error.message, ...error.fields, code };
}

/** The error of a response that failed. Its code is one of OpenAI's own list, since typed clients refuse any other. */
function failureOf(error: GatewayFailure): { code: string; message: string } {
  const { message, code } = errorOf(error);
  if (code === TOO_LONG_CODE) return { code, message };
  if (error.status !== 429) return { code: error.status < 500 ? 'invalid_prompt' : 'server_error', message };
  // Codex waits as long as this sentence says before it tries again.
  const wait = error instanceof AgentError ? error.details.retryAfter : Number(error.retryAfter ?? Number.NaN);
  const when = typeof wait === 'number' && Number.isFinite(wait) ? ` Please try again in ${Math.ceil(wait)}s.` : '';
  return { code: 'rate_limit_exceeded', message: message + when };
}
