/** OpenAI's frames: server-sent events, errors as `{ error: { message, type, code, param } }`. */
import { AgentError } from '@mlx-manager/shared';
import { openaiErrorAnswer } from '../../http/index.js';
import type { Framing, GatewayFailure } from '../core/framing.js';

export const openaiFraming: Framing = {
  contentType: 'text/event-stream; charset=utf-8',
  open: () => '',
  // A comment: every reader of event streams skips it.
  keepAlive: () => ': keep-alive\n\n',
  close: () => 'data: [DONE]\n\n',
  failure: (error) => `data: ${JSON.stringify(bodyOf(error))}\n\n`,
  refusal: (error) => ({ status: error.status || 500, body: bodyOf(error) }),
};

const bodyOf = (error: GatewayFailure): unknown =>
  error instanceof AgentError ? openaiErrorAnswer(error) : { error: { message: error.message, ...error.fields } };
