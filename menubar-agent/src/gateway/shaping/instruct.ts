/** Adds words to a conversation. Pure. */
import { messagesOf, type Body, type Message } from './types.js';

/** The request with an instruction behind the system prompt it has, or as one. */
export function withInstruction(body: Body, instruction: string): Body {
  const [first, ...rest] = messagesOf(body);
  if (first?.role !== 'system' && first?.role !== 'developer') {
    return { ...body, messages: [{ role: 'system', content: instruction }, ...messagesOf(body)] };
  }
  return { ...body, messages: [{ ...first, content: joined(first.content, instruction) }, ...rest] };
}

/** The request with the model's answer and what is wrong with it. Both roles, because some chat templates want them in turn. */
export function withObjection(body: Body, answer: string, objection: string): Body {
  const said: Message = { role: 'assistant', content: answer.trim() === '' ? '(no answer)' : answer };
  return { ...body, messages: [...messagesOf(body), said, { role: 'user', content: objection }] };
}

function joined(content: unknown, text: string): unknown {
  if (Array.isArray(content)) return [...(content as unknown[]), { type: 'text', text: `\n\n${text}` }];
  return typeof content === 'string' && content !== '' ? `${content}\n\n${text}` : text;
}
