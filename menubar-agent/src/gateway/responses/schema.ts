/**
 * What OpenAI's clients send to `/v1/responses`. Loose: what it does not name is left alone, so that a newer client is no error;
 * what it names is checked, because an engine may die of a wrong type.
 * Source: OpenAI's API reference of the Responses API and the types of the `openai` package.
 */
import { z } from 'zod';

export const part = z.looseObject({ type: z.string() });
export type Part = z.output<typeof part>;
const content = z.union([z.string(), z.array(part)]);

export const textPart = z.looseObject({ text: z.string() });
export const refusalPart = z.looseObject({ refusal: z.string() });
export const imagePart = z.looseObject({
  // Engines fetch the address: only the web or the bytes themselves, no file of this machine.
  image_url: z
    .string()
    .regex(/^(https?:\/\/|data:image\/[\w.+-]+;base64,)/i, 'must be an http(s) address or a data: URL of an image')
    .nullish(),
});
export const filePart = z.looseObject({ filename: z.string().nullish(), file_data: z.string().nullish() });

/** One element of `input`. Without a type it is a message, as OpenAI's own short form has it. */
export const item = z.looseObject({ type: z.string().nullish(), id: z.string().nullish() });
export type Item = z.output<typeof item>;

export const messageItem = z.looseObject({ role: z.string(), content });
const call = { call_id: z.string().nullish(), id: z.string().nullish(), name: z.string().min(1), namespace: z.string().nullish() };
export const functionCallItem = z.looseObject({ ...call, arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish() });
export const customCallItem = z.looseObject({ ...call, input: z.string() });
/** Of a function, or of a custom tool. */
export const callOutputItem = z.looseObject({ call_id: z.string(), output: content.nullish() });
const texts = z.array(z.looseObject({ text: z.string() }));
export const reasoningItem = z.looseObject({ summary: texts.nullish(), content: texts.nullish(), encrypted_content: z.string().nullish() });

const format = z.looseObject({ type: z.string() });
const textConfig = z.looseObject({ format: format.nullish() });
const reasoningConfig = z.looseObject({
  effort: z.string().nullish(),
  summary: z.string().nullish(),
  generate_summary: z.string().nullish(),
});
/** Changes of the configuration that come as an element of `input`. */
export const configurationItem = z.looseObject({ text: textConfig.nullish(), reasoning: reasoningConfig.nullish() });

export const tool = z.looseObject({ type: z.string() });
export type Tool = z.output<typeof tool>;
export const functionTool = z.looseObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});
export const customTool = z.looseObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  format: z.looseObject({ type: z.string(), syntax: z.string().nullish(), definition: z.string().nullish() }).nullish(),
});
export const namespaceTool = z.looseObject({ name: z.string().min(1), tools: z.array(tool) });

export const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({
    type: z.string(),
    name: z.string().nullish(),
    namespace: z.string().nullish(),
    mode: z.string().nullish(),
    tools: z.array(z.looseObject({ type: z.string().nullish(), name: z.string().nullish() })).nullish(),
  }),
]);
export type ToolChoice = z.output<typeof toolChoice>;

export const responsesRequest = z.looseObject({
  model: z.string().min(1).max(1024).nullish(),
  input: z.union([z.string(), z.array(item)]).nullish(),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  max_output_tokens: z.int().positive().nullish(),
  max_tool_calls: z.int().nullish(),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  text: textConfig.nullish(),
  reasoning: reasoningConfig.nullish(),
  include: z.array(z.string()).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  truncation: z.string().nullish(),
  background: z.boolean().nullish(),
  user: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  // Not OpenAI's, but known to local servers.
  top_k: z.int().nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(64)]).nullish(),
  repetition_penalty: z.number().min(0).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish(),
});
export type ResponsesRequest = z.output<typeof responsesRequest>;
