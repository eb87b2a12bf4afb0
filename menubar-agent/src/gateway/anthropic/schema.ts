/**
 * What Anthropic's clients send to `/v1/messages`. Loose: what it does not name is left alone, so that a newer client is no
 * error; what it names is checked, because an engine may die of a wrong type.
 * Source: Anthropic's Messages API reference and the types of @anthropic-ai/sdk.
 */
import { z } from 'zod';

export const block = z.looseObject({ type: z.string() });
export type Block = z.output<typeof block>;
const content = z.union([z.string(), z.array(block)]);

export const textBlock = z.looseObject({ text: z.string() });
export const thinkingBlock = z.looseObject({ thinking: z.string() });
export const toolUseBlock = z.looseObject({ id: z.string(), name: z.string().min(1), input: z.unknown() });
export const toolResultBlock = z.looseObject({ tool_use_id: z.string(), content: content.nullish(), is_error: z.boolean().nullish() });
export const imageBlock = z.looseObject({
  source: z.union([
    z.looseObject({ type: z.literal('base64'), media_type: z.string().regex(/^image\/[\w.+-]+$/), data: z.base64() }),
    // Engines fetch the address: only the web, no file of this machine.
    z.looseObject({ type: z.literal('url'), url: z.url({ protocol: /^https?$/ }) }),
  ]),
});
export const documentBlock = z.looseObject({
  title: z.string().nullish(),
  source: z.union([
    z.looseObject({ type: z.literal('text'), data: z.string() }),
    z.looseObject({ type: z.literal('content'), content }),
    z.looseObject({ type: z.enum(['base64', 'url', 'file']) }),
  ]),
});

export const tool = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()).nullish(),
});

export const messagesRequest = z.looseObject({
  model: z.string().min(1).max(1024).nullish(),
  messages: z.array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content })).min(1),
  system: content.nullish(),
  max_tokens: z.int().positive().nullish(),
  stream: z.boolean().nullish(),
  stop_sequences: z.array(z.string()).max(64).nullish(),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().nullish(),
  thinking: z.looseObject({ type: z.string() }).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z.looseObject({ type: z.string(), name: z.string().nullish(), disable_parallel_tool_use: z.boolean().nullish() }).nullish(),
});
export type MessagesRequest = z.output<typeof messagesRequest>;
