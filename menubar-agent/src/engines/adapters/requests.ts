/** What requests to engines have in common: forms that OpenAI's clients send and that some engine refuses or overlooks. */
import { AgentError } from '@mlx-manager/shared';
import type { LaunchSpec } from '../types.js';
import { refuseStrangeTokens } from './vocabulary.js';

/**
 * A request in the one form that every engine reads.
 * @throws AgentError INVALID_REQUEST for what would end the engine.
 *
 * - A null means "not given" at OpenAI; mlx_lm.server (400) and mlx_vlm.server (422) refuse it.
 * - `max_completion_tokens` becomes `max_tokens`: vllm-mlx and mlx_vlm.server overlook the new name.
 * - A seed below 0 is none: llama.cpp's clients mean "another one each time" by -1, at which mlx_lm.server breaks off the answer.
 * - `stop` is a list: vllm-mlx and mlx-openai-server refuse a text (422).
 * - Messages of the role `developer` become `system`: mlx-openai-server refuses the role (422), and with mlx_lm.server chat templates leave such a message out.
 */
export function plainRequest(body: Readonly<Record<string, unknown>>, spec: Pick<LaunchSpec, 'modelFolder'>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) if (value !== null && value !== undefined) plain[key] = value;
  if (plain.max_completion_tokens !== undefined) {
    plain.max_tokens = plain.max_completion_tokens;
    delete plain.max_completion_tokens;
  }
  refuseStrangeTokens(plain.logit_bias, spec);
  if (typeof plain.seed === 'number' && plain.seed < 0) delete plain.seed;
  if (typeof plain.stop === 'string') plain.stop = [plain.stop];
  if (Array.isArray(plain.messages)) plain.messages = plain.messages.map(withoutDeveloper);
  return plain;
}

/** The same, asking for the usage at the end of a stream. */
export function withUsage(body: Record<string, unknown>): Record<string, unknown> {
  if (body.stream !== true) return body;
  const options = typeof body.stream_options === 'object' && body.stream_options !== null ? body.stream_options : {};
  return { ...body, stream_options: { ...options, include_usage: true } };
}

function withoutDeveloper(message: unknown): unknown {
  if (typeof message !== 'object' || message === null) return message;
  return (message as { role?: unknown }).role === 'developer' ? { ...message, role: 'system' } : message;
}

/** Engines that compute the mask of a JSON schema by a Metal kernel answer 500 where there is no Metal: there the gateway checks the answer itself. */
export function withoutSchema(body: Record<string, unknown>): Record<string, unknown> {
  const { response_format: _format, ...rest } = body;
  return rest;
}

/** Base64 of a sound: what is no path and no address. */
const BASE64 = /^(?:data:[^,]*,)?[A-Za-z0-9+/=\s]*$/;

/**
 * Refuses sounds that mlx_vlm.server would open itself, as a file of this machine or an address: it does so with any `input_audio.data` that is not base64.
 * @throws AgentError INVALID_REQUEST
 */
export function refuseSoundAddresses(body: Readonly<Record<string, unknown>>): void {
  if (!Array.isArray(body.messages)) return;
  for (const { content } of body.messages as { content?: unknown }[]) {
    if (!Array.isArray(content)) continue;
    for (const part of content as { input_audio?: { data?: unknown } | null }[]) {
      const data = part.input_audio?.data;
      if (typeof data !== 'string' || (BASE64.test(data) && !data.startsWith('/'))) continue;
      throw new AgentError('INVALID_REQUEST', { problem: 'input_audio.data is not base64; a file or an address is not opened here' });
    }
  }
}
