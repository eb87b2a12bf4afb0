/** Ollama → OpenAI: a request. Pure; what is left out is told in `warnings`. */
import type { ChatCompletionRequest } from '@mlx-manager/shared';
import { decodeContext, type Turns } from './context.js';
import { imageUrl } from './images.js';
import type { OllamaChatRequest, OllamaGenerateRequest, OllamaMessage, OllamaOptions } from './schema.js';

type ChatMessage = ChatCompletionRequest['messages'][number];
type Body = Record<string, unknown>;

/** What an engine is asked. */
export interface Asked<B extends Body = Body> {
  readonly body: B;
  /** What was left out, a sentence each. */
  readonly warnings: readonly string[];
}

/** The chat request that asks the same as /api/chat. @throws AgentError INVALID_REQUEST. */
export function chatBody(request: OllamaChatRequest): Asked<ChatCompletionRequest> {
  const warnings: string[] = [];
  const tools = (request.tools ?? []).map((tool) => ({ ...tool, type: 'function' }));
  const body: ChatCompletionRequest = {
    model: request.model,
    messages: chatMessages(request.messages ?? []),
    ...(tools.length > 0 && { tools }),
    ...common(request, warnings),
    ...(request.logprobs === true && { logprobs: true, top_logprobs: request.top_logprobs ?? 0 }),
  };
  return { body, warnings };
}

/** A prompt with its system message as a conversation. */
export interface GenerateAsked extends Asked<ChatCompletionRequest> {
  /** The conversation up to the answer, for `context`. Pictures are not in it. */
  readonly turns: Turns;
}

/** The chat request that asks the same as /api/generate does with a template. @throws AgentError INVALID_REQUEST. */
export function generateBody(request: OllamaGenerateRequest): GenerateAsked {
  const warnings: string[] = [];
  if (request.template) warnings.push('template was left out: the model’s own chat template is used.');
  const before = request.context && request.context.length > 0 ? decodeContext(request.context) : [];
  if (before === null) warnings.push('context was left out: it is not of this server.');
  const system: Turns = request.system ? [{ role: 'system', content: request.system }] : [];
  const past = (before ?? []).filter((turn) => turn.role !== 'system' || system.length === 0);
  const turns: Turns = [...system, ...past, { role: 'user', content: request.prompt ?? '' }];
  const images = (request.images ?? []).map((image, i) => imageUrl(image, `body.images.${i}`));
  const messages: ChatMessage[] = turns.map((turn, i) =>
    i === turns.length - 1 ? { role: 'user', content: parts(turn.content, images) } : { ...turn },
  );
  const body = {
    model: request.model,
    messages,
    ...common(request, warnings),
    ...(request.logprobs === true && { logprobs: true, top_logprobs: request.top_logprobs ?? 0 }),
  };
  return { body, turns, warnings };
}

/** The completion request of /api/generate with `raw`: the prompt goes to the model as it is. */
export function rawBody(request: OllamaGenerateRequest): Asked {
  const warnings: string[] = [];
  const { chat_template_kwargs: _kwargs, reasoning_effort: _effort, response_format: format, ...rest } = common(request, warnings);
  if (format !== undefined) warnings.push('format was left out: it needs the model’s chat template.');
  return { body: { model: request.model, prompt: request.prompt ?? '', ...rest }, warnings };
}

/** Messages in OpenAI's form. Calls get an id where they have none, and results the id of the call they answer. */
function chatMessages(given: readonly OllamaMessage[]): ChatMessage[] {
  /** Calls without a result yet, in order. */
  const waiting: { id: string; name: string }[] = [];
  let made = 0;
  const idOf = (message: OllamaMessage): string => {
    const wanted = message.tool_call_id
      ? waiting.findIndex(({ id }) => id === message.tool_call_id)
      : Math.max(
          0,
          waiting.findIndex(({ name }) => name === message.tool_name),
        );
    const [call] = wanted < 0 ? [] : waiting.splice(wanted, 1);
    return message.tool_call_id || (call?.id ?? `call_${made++}`);
  };
  return given.map((message, i): ChatMessage => {
    const content = message.content ?? '';
    if (message.role === 'tool') {
      return { role: 'tool', tool_call_id: idOf(message), ...(message.tool_name && { name: message.tool_name }), content };
    }
    if (message.role !== 'assistant') {
      const images = (message.images ?? []).map((image, j) => imageUrl(image, `body.messages.${i}.images.${j}`));
      return { role: message.role, content: parts(content, images) };
    }
    const calls = (message.tool_calls ?? []).map((call) => {
      const id = call.id || `call_${made++}`;
      const { name, arguments: given } = call.function;
      waiting.push({ id, name });
      return { id, type: 'function', function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}) } };
    });
    return {
      role: 'assistant',
      content,
      // Templates that keep the thinking of a running tool loop read it here (Qwen3, GLM).
      ...(message.thinking && { reasoning_content: message.thinking }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  });
}

/** Plain text as a string: every template reads that. */
function parts(text: string, images: readonly string[]): unknown {
  if (images.length === 0) return text;
  const pictures = images.map((url) => ({ type: 'image_url', image_url: { url } }));
  return text === '' ? pictures : [{ type: 'text', text }, ...pictures];
}

function common(request: OllamaChatRequest | OllamaGenerateRequest, warnings: string[]): Body {
  return { ...sampling(request.options ?? {}, warnings), ...thinking(request.think), ...responseFormat(request.format) };
}

function thinking(think: OllamaChatRequest['think']): Body {
  if (think === undefined || think === null) return {};
  if (typeof think === 'boolean') return { chat_template_kwargs: { enable_thinking: think } };
  // gpt-oss knows three levels; Ollama reads its `max` as high there.
  const effort = think === 'max' ? 'high' : think;
  return { reasoning_effort: effort, chat_template_kwargs: { enable_thinking: true, reasoning_effort: effort } };
}

function responseFormat(format: OllamaChatRequest['format']): Body {
  if (format === undefined || format === null || format === '') return {};
  if (format === 'json') return { response_format: { type: 'json_object' } };
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: format } } };
}

/** Options with another name, or none, in OpenAI's form. */
const OWN_OPTIONS = new Set([
  'temperature',
  'top_p',
  'min_p',
  'top_k',
  'num_predict',
  'seed',
  'stop',
  'repeat_penalty',
  'presence_penalty',
  'frequency_penalty',
]);
/** What each ignored option is replaced by; others have no equivalent. */
const INSTEAD: Readonly<Record<string, string>> = { num_ctx: 'the context is the profile’s context_length' };

function sampling(options: OllamaOptions, warnings: string[]): Body {
  for (const [key, value] of Object.entries(options)) {
    if (OWN_OPTIONS.has(key) || value === null || value === undefined) continue;
    warnings.push(`options.${key.slice(0, 64)} was left out${INSTEAD[key] ? `: ${INSTEAD[key]}` : ''}.`);
  }
  const { temperature, top_p, min_p, top_k, num_predict, seed, stop, repeat_penalty, presence_penalty, frequency_penalty } = options;
  const stops = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((one) => one !== '');
  const given: Body = {
    temperature,
    top_p,
    min_p,
    // 0 and below switch it off, in Ollama as in OpenAI-like engines, which know only 0.
    top_k: typeof top_k === 'number' ? Math.max(0, Math.trunc(top_k)) : undefined,
    // -1 and -2 (and 0) are no limit.
    max_tokens: typeof num_predict === 'number' && num_predict >= 1 ? Math.trunc(num_predict) : undefined,
    // Below zero is random, which it is without.
    seed: typeof seed === 'number' && seed >= 0 ? Math.trunc(seed) : undefined,
    stop: stops.length > 0 ? stops : undefined,
    // 1 changes nothing but costs a pass over the logits.
    repetition_penalty: repeat_penalty === 1 ? undefined : repeat_penalty,
    presence_penalty,
    frequency_penalty,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
}
