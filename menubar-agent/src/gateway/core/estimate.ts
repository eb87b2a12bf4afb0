/** How many tokens a prompt has, about: where the model's own tokenizer is not at hand. */
import type { ChatCompletionRequest } from '@mlx-manager/shared';

const BYTES_PER_TOKEN = 3.6;
/** What templates put around a message (role and borders). */
const TOKENS_PER_MESSAGE = 4;
/** Models cut a picture into some hundred to some thousand patches; Anthropic's own rule of thumb gives a large one 1,600. */
export const TOKENS_PER_IMAGE = 1600;

/**
 * Estimates what the model will read: system prompt, messages, tools, calls and results. UTF-8 bytes by {@link BYTES_PER_TOKEN}, which is near for
 * English, code and JSON and for Chinese or Japanese (three bytes, about one token a letter).
 * @returns tokens, at least 1.
 */
export function estimateTokens(body: ChatCompletionRequest): number {
  let bytes = body.tools ? Buffer.byteLength(JSON.stringify(body.tools)) : 0;
  let tokens = 0;
  for (const { role: _role, content, tool_call_id: _id, ...rest } of body.messages) {
    tokens += TOKENS_PER_MESSAGE;
    // Calls and thinking.
    if (Object.keys(rest).length > 0) bytes += Buffer.byteLength(JSON.stringify(rest));
    for (const part of Array.isArray(content) ? (content as Record<string, unknown>[]) : [{ text: content }]) {
      if (typeof part.text === 'string') bytes += Buffer.byteLength(part.text);
      else if (part.type === 'image_url') tokens += TOKENS_PER_IMAGE;
    }
  }
  return Math.max(1, tokens + Math.ceil(bytes / BYTES_PER_TOKEN));
}

/** The same for any request in OpenAI's form: a chat, a text completion, embeddings. */
export function estimateRequest(body: Readonly<Record<string, unknown>>): number {
  if (Array.isArray(body.messages)) return estimateTokens(body as ChatCompletionRequest);
  const texts = [body.prompt, body.input].flat().filter((one) => typeof one === 'string');
  return estimateTokens({ model: '', messages: texts.map((content) => ({ role: 'user', content })) });
}
