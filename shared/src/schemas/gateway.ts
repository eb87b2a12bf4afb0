/** The part of OpenAI's API that the agent reads itself. What it does not name passes through untouched. */
import { z } from 'zod';

export const openaiModel = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  /** MLX Manager's own: the profile behind the name. */
  profile_id: z.int(),
  state: z.string(),
  context_window: z.int().nullable(),
});
export type OpenaiModel = z.output<typeof openaiModel>;
export const openaiModels = z.object({ object: z.literal('list'), data: z.array(openaiModel) });

export const chatCompletionRequest = z.looseObject({
  model: z.string().min(1).max(1024),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().nullish(),
});
export type ChatCompletionRequest = z.output<typeof chatCompletionRequest>;

export const openaiError = z.object({
  error: z.object({ message: z.string(), type: z.string(), code: z.string().nullable(), param: z.string().nullable() }),
});
