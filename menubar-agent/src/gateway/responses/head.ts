/** What a response repeats of its request. */
import type { ResponseHead } from './events.js';
import { configured } from './request.js';
import type { Item, ResponsesRequest } from './schema.js';

/** Fields that clients read back as they gave them; what they left out is not there. */
const REPEATED = ['prompt_cache_key', 'prompt_cache_retention', 'safety_identifier', 'user'] as const;

/**
 * The head of the response to a request.
 * @param own id, moment (seconds since 1970) and model of the response.
 */
export function headOf(
  request: ResponsesRequest,
  items: readonly Item[],
  own: { id: string; createdAt: number; model: string },
): ResponseHead {
  const { text, reasoning } = configured(request, items);
  const repeated = REPEATED.filter((name) => request[name] !== undefined).map((name) => [name, request[name]] as const);
  return {
    id: own.id,
    object: 'response',
    created_at: own.createdAt,
    model: own.model,
    background: false,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? reasoning?.generate_summary ?? null },
    service_tier: 'default',
    store: request.store ?? true,
    temperature: request.temperature ?? null,
    text: { ...text, format: text?.format ?? { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? null,
    truncation: request.truncation ?? 'disabled',
    ...(Object.fromEntries(repeated) as Record<string, unknown>),
  };
}
