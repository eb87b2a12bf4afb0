/** The part of OpenAI's API that the agent reads itself. What it does not name passes through untouched. */
import * as z from 'zod';
import { modelType, timestamp } from './common.js';
import { characteristics } from './models.js';
import { serverState } from './servers.js';

/** `loaded`: answers at once. `startable`: the first request loads it. */
export const OPENAI_MODEL_STATES = ['loaded', 'loading', 'startable', 'not_downloaded'] as const;

/** A profile as OpenAI's, Anthropic's and LM Studio's clients read a model. */
export const openaiModel = z.looseObject({
  /** The profile's name; of a model without one its hub id or folder. */
  id: z.string(),
  object: z.literal('model'),
  type: z.literal('model'),
  display_name: z.string(),
  /** Seconds since 1970. */
  created: z.int(),
  created_at: timestamp,
  owned_by: z.string(),
  /** From here on MLX Manager's own. */
  /** Null for a model that gets its profile with its first request. */
  profile_id: z.int().nullable(),
  aliases: z.array(z.string()),
  /** Hub id, or folder. */
  model: z.string(),
  model_type: modelType,
  state: z.enum(OPENAI_MODEL_STATES),
  server_state: serverState,
  /** Tokens; null when unknown. */
  context_window: z.int().nullable(),
  /** The same, as Anthropic’s clients call it. */
  max_input_tokens: z.int().nullable(),
  /** Null when the model is not here. */
  characteristics: characteristics.nullable(),
});
/** As it goes over the wire. */
export type OpenaiModel = z.input<typeof openaiModel>;
export const openaiModels = z.object({
  object: z.literal('list'),
  data: z.array(openaiModel),
  /** Anthropic's clients page by these; there is one page. */
  has_more: z.boolean(),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
});

/**
 * Types of what OpenAI names are checked here: an engine may die of a wrong one (`stop: 5` ends mlx_lm.server's generation thread).
 */
const generation = {
  /** Left out: the choice is ours, as with `auto`. */
  model: z.string().min(1).max(1024).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({}).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(64)]).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  n: z.int().positive().nullish(),
  seed: z.int().nullish(),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().min(0).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  logprobs: z.union([z.boolean(), z.int().min(0)]).nullish(),
};
export const chatCompletionRequest = z.looseObject({
  ...generation,
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  top_logprobs: z.int().min(0).nullish(),
  tools: z.array(z.looseObject({})).nullish(),
  tool_choice: z.union([z.string(), z.looseObject({})]).nullish(),
  response_format: z.looseObject({}).nullish(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish(),
});
export type ChatCompletionRequest = z.output<typeof chatCompletionRequest>;

/** A prompt as text; token ids are an engine's own affair and not passed on. */
export const completionRequest = z.looseObject({
  ...generation,
  prompt: z.union([z.string(), z.array(z.string()).min(1)]),
  max_tokens: z.int().positive().nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
});

export const embeddingsRequest = z.looseObject({
  /** Left out: the choice is ours, as with `auto`. */
  model: z.string().min(1).max(1024).nullish(),
  input: z.union([z.string(), z.array(z.string()).min(1).max(4096)]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().positive().nullish(),
});

export const openaiError = z.object({
  error: z.object({ message: z.string(), type: z.string(), code: z.string().nullable(), param: z.string().nullable() }),
});
