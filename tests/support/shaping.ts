/** Scripted engines for the gateway's shaping: streams that are written down, and what was asked. */
import type { NativeAbilities } from '../../menubar-agent/src/engines/index.js';
import type { ChatChunk, ChatDelta, ChatStream, ChatUsage } from '../../menubar-agent/src/gateway/core/chunks.js';
import { shaping } from '../../menubar-agent/src/gateway/shaping/shaping.js';
import type { Ask, Body } from '../../menubar-agent/src/gateway/shaping/types.js';

export const none: NativeAbilities = { n: false, jsonSchema: false, toolChoice: false, stop: false, logprobs: false };

export const chunk = (delta: ChatDelta, finish: string | null = null, index = 0): ChatChunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 7,
  model: 'm',
  choices: [{ index, delta, finish_reason: finish }],
});
export const usage = (prompt: number, completion: number, more: Partial<ChatUsage> = {}): ChatChunk => ({
  id: 'chatcmpl-1',
  choices: [],
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, ...more },
});
export const says = (text: string, finish = 'stop', prompt = 10, completion = 5): ChatChunk[] => [
  chunk({ role: 'assistant' }),
  ...Array.from(text, (content) => chunk({ content })),
  chunk({}, finish),
  usage(prompt, completion),
];
export const calls = (name: string, args: string, index = 0): ChatChunk =>
  chunk({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: args } }] });

/** An engine that gives these answers in turn, and remembers what it was asked. */
export function scripted(...answers: (ChatChunk[] | Error)[]): { ask: Ask; asked: Body[]; left: () => number } {
  const asked: Body[] = [];
  let left = 0;
  return {
    asked,
    left: () => left,
    ask: async function* (body): ChatStream {
      const answer = answers[asked.length];
      asked.push(body);
      let done = false;
      try {
        if (answer === undefined) throw new Error('asked too often');
        if (answer instanceof Error) throw answer;
        yield* answer;
        done = true;
      } finally {
        if (!done) left++;
      }
    },
  };
}

export async function all(stream: ChatStream): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = [];
  for await (const one of stream) chunks.push(one);
  return chunks;
}
export const user = (content: unknown): Body => ({ role: 'user', content });
export const tool = (name: string): Body => ({ type: 'function', function: { name, parameters: { type: 'object' } } });
export const shape = (body: Body, ask: Ask, native: NativeAbilities = none): ChatStream => shaping.shape(body, native, ask);
