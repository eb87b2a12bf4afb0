/** A chat request for a provider of OpenAI's protocol. Pure. */

import { isPrivateHost } from '@mlx-manager/shared';

type Body = Readonly<Record<string, unknown>>;

/**
 * The same request as a stream that tells its usage. Options of a chat template are for engines, which run in one's own network: providers on the internet
 * refuse them. OpenAI itself refuses whatever it does not know, and `max_tokens` with its newer models.
 */
export function toOpenaiRequest(request: Body, baseUrl: string): Record<string, unknown> {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  const { chat_template_kwargs: template, ...rest } = request;
  const body: Record<string, unknown> = {
    ...rest,
    ...(template !== undefined && isPrivateHost(host) && { chat_template_kwargs: template }),
    stream: true,
    stream_options: { ...(request.stream_options as object | null | undefined), include_usage: true },
  };
  if (!isOpenai(host)) return body;
  const { top_k: _k, min_p: _p, repetition_penalty: _r, max_tokens: limit, ...known } = body;
  return {
    ...known,
    ...(limit !== undefined && limit !== null && { max_completion_tokens: known.max_completion_tokens ?? limit }),
    ...(Array.isArray(known.messages) && { messages: known.messages.map(withoutThinking) }),
  };
}

function isOpenai(host: string): boolean {
  return host === 'openai.com' || host.endsWith('.openai.com') || host.endsWith('.openai.azure.com');
}

function withoutThinking(message: unknown): unknown {
  if (typeof message !== 'object' || message === null) return message;
  const { reasoning_content: _thinking, ...rest } = message as Record<string, unknown>;
  return rest;
}
