import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openaiEvents } from '../../../../tests/support/provider.js';
import type { ChatChunk } from '../core/chunks.js';
import { PassReader } from './pass-reader.js';

const SSE = 'text/event-stream; charset=utf-8';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
function read(protocol: 'openai' | 'anthropic', type: string, ...pieces: string[]): { text: string; usage: ChatChunk['usage'] } {
  const reader = new PassReader(protocol, type);
  const chunks = [...pieces.flatMap((piece) => reader.push(bytes(piece))), ...reader.end()];
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
  return { text, usage: chunks.at(-1)?.usage };
}

test('streams of either protocol', () => {
  const cached = readFileSync(join(import.meta.dirname, 'fixtures/cached.txt'), 'utf8');
  expect(read('anthropic', SSE, cached.slice(0, 100), cached.slice(100))).toMatchObject({
    text: 'Hello',
    usage: { prompt_tokens: 2011, completion_tokens: 6 },
  });
  const usage = { prompt_tokens: 3, completion_tokens: 2 };
  expect(read('openai', SSE, openaiEvents({ choices: [{ index: 0, delta: { content: 'Hi' } }] }, { choices: [], usage }))).toEqual({
    text: 'Hi',
    usage,
  });
});

test('whole answers of either protocol', () => {
  const message = {
    id: 'm',
    model: 'x',
    content: [{ type: 'text', text: 'Hello' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 4, output_tokens: 2 },
  };
  expect(read('anthropic', 'application/json', JSON.stringify(message).slice(0, 20), JSON.stringify(message).slice(20))).toMatchObject({
    text: 'Hello',
    usage: { prompt_tokens: 4, completion_tokens: 2 },
  });
  const usage = { prompt_tokens: 3, completion_tokens: 2 };
  const answer = { choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }], usage };
  expect(read('openai', 'application/json', JSON.stringify(answer))).toEqual({ text: 'Hi', usage });
});

test('what cannot be read is passed over', () => {
  for (const type of [SSE, 'application/json', ''])
    expect(read('openai', type, 'data: <html>\n\n', 'data: {}\n\n')).toMatchObject({ text: '' });
  expect(read('anthropic', 'application/json', '[1]')).toMatchObject({ text: '' });
});
