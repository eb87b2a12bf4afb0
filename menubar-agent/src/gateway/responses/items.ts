/** The events of one item each, from its first to its last. */
import type { CustomCallItem, EventBody, FunctionCallItem, MessageItem, OutputItem, OutputText, ReasoningItem } from './events.js';
import { sealReasoning } from './sealed.js';
import { customInput, type ToolIdentity } from './tools.js';

/** Where events go, and which item of the output this is. */
export interface Sink {
  emit(event: EventBody): void;
  readonly index: number;
}

export interface ItemWriter {
  /** The item as it is in the final response, told that it is whole. */
  item(): OutputItem;
  /** Its last events. @param item as it really ended. */
  done(item: OutputItem): void;
}

export interface TextWriter extends ItemWriter {
  push(text: string, logprobs: unknown[]): void;
}

export class MessageWriter implements TextWriter {
  #text = '';
  readonly #logprobs: unknown[] = [];

  constructor(
    private readonly id: string,
    private readonly sink: Sink,
  ) {
    sink.emit({ type: 'response.output_item.added', output_index: sink.index, item: this.#item('in_progress', []) });
    sink.emit({
      type: 'response.content_part.added',
      ...this.#place,
      part: { type: 'output_text', text: '', annotations: [], logprobs: [] },
    });
  }

  get #place(): { item_id: string; output_index: number; content_index: number } {
    return { item_id: this.id, output_index: this.sink.index, content_index: 0 };
  }

  #item(status: MessageItem['status'], content: OutputText[]): MessageItem {
    return { id: this.id, type: 'message', role: 'assistant', status, content };
  }

  push(delta: string, logprobs: unknown[]): void {
    if (delta === '') return;
    this.#text += delta;
    this.#logprobs.push(...logprobs);
    this.sink.emit({ type: 'response.output_text.delta', ...this.#place, delta, logprobs });
  }

  item(): MessageItem {
    return this.#item('completed', [{ type: 'output_text', text: this.#text, annotations: [], logprobs: [...this.#logprobs] }]);
  }

  done(item: OutputItem): void {
    const part: OutputText = { type: 'output_text', text: this.#text, annotations: [], logprobs: [...this.#logprobs] };
    this.sink.emit({ type: 'response.output_text.done', ...this.#place, text: this.#text, logprobs: part.logprobs });
    this.sink.emit({ type: 'response.content_part.done', ...this.#place, part });
    this.sink.emit({ type: 'response.output_item.done', output_index: this.sink.index, item: structuredClone(item) });
  }
}

export class ReasoningWriter implements TextWriter {
  #text = '';

  constructor(
    private readonly id: string,
    private readonly sink: Sink,
    private readonly form: { readonly summary: boolean; readonly encrypted: boolean },
  ) {
    sink.emit({ type: 'response.output_item.added', output_index: sink.index, item: { id, type: 'reasoning', summary: [] } });
    if (form.summary) {
      const part = { type: 'summary_text' as const, text: '' };
      sink.emit({ type: 'response.reasoning_summary_part.added', ...this.#place, summary_index: 0, part });
    } else {
      const part = { type: 'reasoning_text' as const, text: '' };
      sink.emit({ type: 'response.content_part.added', ...this.#place, content_index: 0, part });
    }
  }

  get #place(): { item_id: string; output_index: number } {
    return { item_id: this.id, output_index: this.sink.index };
  }

  push(delta: string): void {
    if (delta === '') return;
    this.#text += delta;
    if (this.form.summary) this.sink.emit({ type: 'response.reasoning_summary_text.delta', ...this.#place, summary_index: 0, delta });
    else this.sink.emit({ type: 'response.reasoning_text.delta', ...this.#place, content_index: 0, delta });
  }

  item(): ReasoningItem {
    const text = this.#text;
    return {
      id: this.id,
      type: 'reasoning',
      summary: this.form.summary ? [{ type: 'summary_text', text }] : [],
      ...(!this.form.summary && { content: [{ type: 'reasoning_text' as const, text }] }),
      ...(this.form.encrypted && { encrypted_content: sealReasoning(text) }),
    };
  }

  done(item: OutputItem): void {
    const text = this.#text;
    if (this.form.summary) {
      this.sink.emit({ type: 'response.reasoning_summary_text.done', ...this.#place, summary_index: 0, text });
      this.sink.emit({
        type: 'response.reasoning_summary_part.done',
        ...this.#place,
        summary_index: 0,
        part: { type: 'summary_text', text },
      });
    } else {
      this.sink.emit({ type: 'response.reasoning_text.done', ...this.#place, content_index: 0, text });
      this.sink.emit({ type: 'response.content_part.done', ...this.#place, content_index: 0, part: { type: 'reasoning_text', text } });
    }
    this.sink.emit({ type: 'response.output_item.done', output_index: this.sink.index, item: structuredClone(item) });
  }
}

/** The call of a function, or of a custom tool: then its input goes out whole, because it must first be taken out of the arguments. */
export class CallWriter implements ItemWriter {
  #arguments = '';

  constructor(
    private readonly id: string,
    private readonly sink: Sink,
    private readonly callId: string,
    private readonly identity: ToolIdentity,
  ) {
    sink.emit({ type: 'response.output_item.added', output_index: sink.index, item: this.#item('in_progress', '') });
  }

  get #place(): { item_id: string; output_index: number } {
    return { item_id: this.id, output_index: this.sink.index };
  }

  #item(status: FunctionCallItem['status'], text: string): FunctionCallItem | CustomCallItem {
    const { kind, name, namespace } = this.identity;
    const { id, callId: call_id } = this;
    const own = { status, call_id, name, ...(namespace !== null && { namespace }) };
    return kind === 'custom'
      ? { id, type: 'custom_tool_call', ...own, input: text }
      : { id, type: 'function_call', ...own, arguments: text };
  }

  push(delta: string): void {
    this.#arguments += delta;
    if (this.identity.kind === 'function') this.sink.emit({ type: 'response.function_call_arguments.delta', ...this.#place, delta });
  }

  item(): FunctionCallItem | CustomCallItem {
    // A client parses them as they are: nothing is no JSON.
    if (this.#arguments.trim() === '') this.push('{}');
    return this.#item('completed', this.identity.kind === 'custom' ? customInput(this.#arguments) : this.#arguments);
  }

  done(item: OutputItem): void {
    if (item.type === 'custom_tool_call') {
      if (item.input !== '') this.sink.emit({ type: 'response.custom_tool_call_input.delta', ...this.#place, delta: item.input });
      this.sink.emit({ type: 'response.custom_tool_call_input.done', ...this.#place, input: item.input });
    } else {
      const { name } = this.identity;
      this.sink.emit({ type: 'response.function_call_arguments.done', ...this.#place, name, arguments: this.#arguments });
    }
    this.sink.emit({ type: 'response.output_item.done', output_index: this.sink.index, item: structuredClone(item) });
  }
}
