/**
 * What Ollama's clients send. Loose: what it does not name is left alone, so that a newer client is no error; what it names is checked,
 * because an engine may die of a wrong type. Null stands for "not given", as in Ollama.
 * Source: Ollama's `api/types.go` and `docs/api.md`, 0.32.
 */
import { z } from 'zod';

const name = z.string().min(1).max(1024);
/** `name` is the old word for `model`; some clients still send it, some send both. */
const named = { model: z.string().max(1024).nullish(), name: z.string().max(1024).nullish() };

export const toolCall = z.looseObject({
  id: z.string().nullish(),
  function: z.looseObject({
    name: z.string().min(1),
    // An object; some clients keep OpenAI's string.
    arguments: z.union([z.record(z.string(), z.unknown()), z.string()]).nullish(),
  }),
});

export const message = z.looseObject({
  role: z.string().transform((role) => role.toLowerCase()),
  content: z.string().nullish(),
  thinking: z.string().nullish(),
  /** Base64. */
  images: z.array(z.string()).max(64).nullish(),
  tool_calls: z.array(toolCall).nullish(),
  tool_name: z.string().nullish(),
  tool_call_id: z.string().nullish(),
});
export type OllamaMessage = z.output<typeof message>;

const options = z.looseObject({
  temperature: z.number().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().nullish(),
  num_predict: z.number().nullish(),
  seed: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(64)]).nullish(),
  repeat_penalty: z.number().min(0).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
});
export type OllamaOptions = z.output<typeof options>;

const keepAlive = z.union([z.string(), z.number()]).nullish();

const generating = {
  model: name,
  stream: z.boolean().nullish(),
  /** `"json"`, a JSON schema, or `""` for none (Home Assistant sends that: home-assistant/core 132973). */
  format: z.union([z.enum(['', 'json']), z.record(z.string(), z.unknown())]).nullish(),
  keep_alive: keepAlive,
  options: options.nullish(),
  think: z.union([z.boolean(), z.enum(['low', 'medium', 'high', 'max'])]).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
};

export const chatRequest = z.looseObject({
  ...generating,
  messages: z.array(message).nullish(),
  tools: z.array(z.looseObject({ type: z.string().nullish(), function: z.looseObject({ name: z.string().min(1) }) })).nullish(),
});
export type OllamaChatRequest = z.output<typeof chatRequest>;

export const generateRequest = z.looseObject({
  ...generating,
  prompt: z.string().nullish(),
  suffix: z.string().nullish(),
  system: z.string().nullish(),
  template: z.string().nullish(),
  raw: z.boolean().nullish(),
  images: z.array(z.string()).max(64).nullish(),
  context: z.array(z.int().min(0)).nullish(),
});
export type OllamaGenerateRequest = z.output<typeof generateRequest>;

export const embedRequest = z.looseObject({
  model: name,
  input: z.union([z.string(), z.array(z.string()).max(4096)]).nullish(),
  dimensions: z.int().min(0).nullish(),
  keep_alive: keepAlive,
});

/** The older form: one text, one vector. */
export const embeddingsRequest = z.looseObject({ model: name, prompt: z.string().nullish(), keep_alive: keepAlive });

export const modelRequest = z
  .looseObject(named)
  .transform((given) => given.model || given.name || '')
  .refine((model) => model !== '', 'model is required');

export const pullRequest = z
  .looseObject({ ...named, stream: z.boolean().nullish() })
  .transform((given) => ({ model: given.model || given.name || '', stream: given.stream !== false }))
  .refine(({ model }) => model !== '', 'model is required');
