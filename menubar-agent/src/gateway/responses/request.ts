/** Responses → chat completions: a request. Pure; what is left out is told in `warnings`. */
import { AgentError, type ChatCompletionRequest } from '@mlx-manager/shared';
import { toMessages, type ChatMessage } from './input.js';
import { configurationItem, type Item, type ResponsesRequest } from './schema.js';
import { ToolBook } from './tools.js';

/** A request that was understood. */
export interface ChatRequest {
  readonly body: ChatCompletionRequest;
  readonly tools: ToolBook;
  /** What was left out, a sentence each. */
  readonly warnings: readonly string[];
}

export const LOGPROBS = 'message.output_text.logprobs';
export const ENCRYPTED_REASONING = 'reasoning.encrypted_content';

/** Efforts that mean: do not think. Local models can think or not; few can think less. */
const NO_THINKING = new Set(['none', 'minimal']);
/** gpt-oss and its like know three. */
const EFFORTS: Readonly<Record<string, string>> = { low: 'low', medium: 'medium', high: 'high' };

/** The input as a list, whatever its form. */
export function itemsOf({ input }: Pick<ResponsesRequest, 'input'>): Item[] {
  if (typeof input !== 'string') return input ?? [];
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
}

/**
 * The chat request that asks the same.
 * @param items the whole conversation: what `previous_response_id` stands for, then the request's own input; references are resolved.
 * @throws AgentError INVALID_REQUEST when something known lacks what it needs.
 */
export function toChatRequest(request: ResponsesRequest, items: readonly Item[]): ChatRequest {
  const warnings: string[] = [];
  for (const name of ['conversation', 'prompt'] as const) {
    if (request[name] === undefined || request[name] === null) continue;
    throw new AgentError('INVALID_REQUEST', { problem: `body.${name}: OpenAI’s servers keep these; send the text itself in input` });
  }
  if (request.background === true) warnings.push('"background" was left out: the answer is given at once.');
  const { text, reasoning } = configured(request, items);
  const tools = new ToolBook(request.tools ?? [], warnings);
  const { system, messages } = toMessages(items, warnings);
  const instructions = [request.instructions ?? '', ...system].filter((one) => one.trim() !== '');
  const said: ChatMessage[] = messages.length > 0 ? [...messages] : [{ role: 'user', content: '' }]; // templates want somebody to have spoken
  if (instructions.length > 0) said.unshift({ role: 'system', content: instructions.join('\n\n') });
  const body: ChatCompletionRequest = {
    ...(typeof request.model === 'string' && { model: request.model }),
    messages: said,
    ...sampling(request),
    ...thinking(reasoning, request.chat_template_kwargs),
    ...responseFormat(text),
    ...tools.fields(request.tool_choice, warnings),
    ...(request.parallel_tool_calls === false && { parallel_tool_calls: false }),
    ...(wantsLogprobs(request) && { logprobs: true, top_logprobs: request.top_logprobs ?? 0 }),
  };
  return { body, tools, warnings };
}

export const wantsLogprobs = ({ include, top_logprobs }: ResponsesRequest): boolean =>
  include?.includes(LOGPROBS) === true || (top_logprobs ?? 0) > 0;

/** The configuration as later items of the input change it. */
export function configured(request: ResponsesRequest, items: readonly Item[]): Pick<ResponsesRequest, 'text' | 'reasoning'> {
  let { text, reasoning } = request;
  for (const item of items) {
    if (item.type !== 'configuration_update') continue;
    const update = configurationItem.safeParse(item);
    if (!update.success) continue; // of a newer form: the request's own configuration stands
    if (update.data.text) text = { ...text, ...update.data.text };
    if (update.data.reasoning) reasoning = { ...reasoning, ...update.data.reasoning };
  }
  return { text, reasoning };
}

function sampling(request: ResponsesRequest): Partial<ChatCompletionRequest> {
  const { temperature, top_p, top_k, min_p, seed, stop, repetition_penalty, presence_penalty, frequency_penalty } = request;
  const all = { max_tokens: request.max_output_tokens, temperature, top_p, top_k, min_p, seed, stop };
  const penalties = { repetition_penalty, presence_penalty, frequency_penalty };
  return Object.fromEntries(Object.entries({ ...all, ...penalties }).filter(([, value]) => value !== undefined && value !== null));
}

/** Without an effort the model does as its template has it. */
function thinking(reasoning: ResponsesRequest['reasoning'], own: ResponsesRequest['chat_template_kwargs']): Partial<ChatCompletionRequest> {
  const effort = reasoning?.effort;
  const asked =
    typeof effort !== 'string'
      ? {}
      : NO_THINKING.has(effort)
        ? { enable_thinking: false }
        : { enable_thinking: true, reasoning_effort: EFFORTS[effort] ?? 'high' }; // xhigh, max and what may come
  const kwargs = { ...asked, ...own };
  return Object.keys(kwargs).length === 0 ? {} : { chat_template_kwargs: kwargs };
}

function responseFormat(text: ResponsesRequest['text']): Partial<ChatCompletionRequest> {
  const format = text?.format;
  switch (format?.type) {
    case 'json_schema': {
      const { type: _type, ...schema } = format;
      if (typeof schema.schema !== 'object' || schema.schema === null) {
        throw new AgentError('INVALID_REQUEST', { problem: 'body.text.format.schema: it must be a JSON schema' });
      }
      return { response_format: { type: 'json_schema', json_schema: { name: 'answer', ...schema } } };
    }
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    default:
      return {};
  }
}
