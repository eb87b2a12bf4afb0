/** What goes out to clients of the Responses API. Source: OpenAI's reference of its response object and streaming events. */

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export type OutputText = {
  type: 'output_text';
  text: string;
  annotations: never[];
  /** Always a list: pydantic models refuse null. */
  logprobs: unknown[];
};
export type ReasoningText = {
  type: 'reasoning_text';
  text: string;
};
export type SummaryText = {
  type: 'summary_text';
  text: string;
};

// Types, not interfaces: what goes out comes back as input, whose fields are open.
export type MessageItem = {
  id: string;
  type: 'message';
  role: 'assistant';
  status: ItemStatus;
  content: OutputText[];
};
export type ReasoningItem = {
  id: string;
  type: 'reasoning';
  summary: SummaryText[];
  content?: ReasoningText[];
  encrypted_content?: string;
};
export type FunctionCallItem = {
  id: string;
  type: 'function_call';
  status: ItemStatus;
  call_id: string;
  name: string;
  namespace?: string;
  arguments: string;
};
export type CustomCallItem = {
  id: string;
  type: 'custom_tool_call';
  status: ItemStatus;
  call_id: string;
  name: string;
  namespace?: string;
  input: string;
};
export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem | CustomCallItem;

export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** What of a response is known before the model has said anything. */
export interface ResponseHead extends Record<string, unknown> {
  id: string;
  object: 'response';
  /** Seconds since 1970. */
  created_at: number;
  model: string;
}

export interface ResponseObject extends ResponseHead {
  status: ResponseStatus;
  error: { code: string; message: string } | null;
  incomplete_details: { reason: 'max_output_tokens' | 'content_filter' } | null;
  output: OutputItem[];
  usage: ResponseUsage | null;
  /** Seconds since 1970. */
  completed_at: number | null;
}

interface OfItem {
  item_id: string;
  output_index: number;
}
type Lifecycle = 'created' | 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** An event before it has its number. */
export type EventBody =
  | { type: `response.${Lifecycle}`; response: ResponseObject }
  | { type: 'response.output_item.added' | 'response.output_item.done'; output_index: number; item: OutputItem }
  | ({
      type: 'response.content_part.added' | 'response.content_part.done';
      content_index: number;
      part: OutputText | ReasoningText;
    } & OfItem)
  | ({ type: 'response.output_text.delta'; content_index: number; delta: string; logprobs: unknown[] } & OfItem)
  | ({ type: 'response.output_text.done'; content_index: number; text: string; logprobs: unknown[] } & OfItem)
  | ({ type: 'response.reasoning_text.delta'; content_index: number; delta: string } & OfItem)
  | ({ type: 'response.reasoning_text.done'; content_index: number; text: string } & OfItem)
  | ({
      type: 'response.reasoning_summary_part.added' | 'response.reasoning_summary_part.done';
      summary_index: number;
      part: SummaryText;
    } & OfItem)
  | ({ type: 'response.reasoning_summary_text.delta'; summary_index: number; delta: string } & OfItem)
  | ({ type: 'response.reasoning_summary_text.done'; summary_index: number; text: string } & OfItem)
  | ({ type: 'response.function_call_arguments.delta' | 'response.custom_tool_call_input.delta'; delta: string } & OfItem)
  | ({ type: 'response.function_call_arguments.done'; name: string; arguments: string } & OfItem)
  | ({ type: 'response.custom_tool_call_input.done'; input: string } & OfItem)
  | { type: 'keepalive' };

export type ResponsesEvent = EventBody & { sequence_number: number };

/** An event as its bytes on the wire. */
export const encodeEvent = (event: ResponsesEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
