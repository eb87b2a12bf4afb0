/** OpenAI → Anthropic: a whole answer. It is the streamed one, put together; so both say the same. */
import type { Message, StreamEvent } from './events.js';
import { parseInput } from './json-repair.js';
import { AnthropicStream, type StreamOptions } from './stream.js';

/**
 * The message that the events tell.
 * @param events all of one answer, message_start first.
 */
export function messageOf(events: readonly StreamEvent[]): Message {
  let message: Message | undefined;
  const inputs = new Map<number, string>();
  for (const event of events) {
    if (event.type === 'message_start') message = { ...event.message, content: [] };
    if (!message) throw new Error('an answer begins with message_start');
    switch (event.type) {
      case 'content_block_start':
        message.content.push({ ...event.content_block });
        break;
      case 'content_block_delta': {
        const block = message.content[event.index];
        const { delta } = event;
        if (delta.type === 'text_delta' && block?.type === 'text') block.text += delta.text;
        if (delta.type === 'thinking_delta' && block?.type === 'thinking') block.thinking += delta.thinking;
        if (delta.type === 'signature_delta' && block?.type === 'thinking') block.signature = delta.signature;
        if (delta.type === 'input_json_delta') inputs.set(event.index, (inputs.get(event.index) ?? '') + delta.partial_json);
        break;
      }
      case 'content_block_stop': {
        const block = message.content[event.index];
        if (block?.type === 'tool_use') block.input = parseInput(inputs.get(event.index) ?? '');
        break;
      }
      case 'message_delta':
        Object.assign(message, event.delta, { usage: event.usage });
        break;
      case 'message_start':
      case 'message_stop':
      case 'ping':
    }
  }
  if (!message) throw new Error('an answer has events');
  return message;
}

/** A chat completion that came whole, as a message. */
export function toMessage(completion: unknown, options: StreamOptions): Message {
  const stream = new AnthropicStream(options);
  return messageOf([...stream.start(), ...stream.push(completion), ...stream.end()]);
}
