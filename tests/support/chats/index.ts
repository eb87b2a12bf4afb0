/** Helpers for tests of chats and runs. */
import type { ChatMessage, Client, MessagePart, Run, RunCreate, RunEvent } from '@mlx-manager/shared';

/** What a surface knows of a run, put together from its events alone, as every watcher does it. */
export class Watched {
  readonly events: RunEvent[] = [];
  run: Run | null = null;
  messages: ChatMessage[] = [];
  parts: MessagePart[] = [];
  finished: Extract<RunEvent, { type: 'finished' }>['data'] | null = null;

  take(event: RunEvent): void {
    this.events.push(event);
    switch (event.type) {
      case 'run':
        this.run = event.data;
        return;
      case 'messages':
        this.messages = event.data.messages;
        this.parts = structuredClone(event.data.messages.at(-1)!.parts);
        return;
      case 'parts':
        this.parts = structuredClone(event.data.message.parts);
        return;
      case 'delta': {
        const { index, type, text } = event.data;
        const part = this.parts[index];
        if (part === undefined) {
          if (index !== this.parts.length) throw new Error(`a delta for part ${index} of ${this.parts.length}`);
          this.parts.push(type === 'text' ? { type, text } : { type, text, durationMs: null });
        } else if (part.type === type) part.text += text;
        else throw new Error(`a delta of ${type} for a part of ${part.type}`);
        return;
      }
      case 'finished':
        this.finished = event.data;
    }
  }

  /** Text and thinking as the deltas told them. */
  get said(): string {
    return told(this.parts);
  }
}

/** Parts as one text, with their kinds, without how long was thought. */
export const told = (parts: readonly MessagePart[]): string =>
  parts
    .map((part) => `[${part.type}]${'text' in part ? part.text : part.type === 'tool_call' ? `${part.name}${part.arguments}` : ''}`)
    .join('');

export const textOf = (message: ChatMessage): string => message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

/** Reads a stream of events to its end. */
export async function watchAll(events: AsyncIterable<RunEvent>, each: (watched: Watched) => void = () => undefined): Promise<Watched> {
  const watched = new Watched();
  for await (const event of events) {
    watched.take(event);
    each(watched);
  }
  return watched;
}

/** A message as it is sent. */
export const say = (text: string, more: Partial<Extract<RunCreate, { kind: 'send' }>> = {}): RunCreate => ({
  kind: 'send',
  parts: [{ type: 'text', text }],
  ...more,
});

/** Sends something and waits for the end of the answer. */
export async function run(client: Client, chatId: string, body: RunCreate): Promise<ChatMessage> {
  const { finished } = await watchAll(client.startRun({ chatId, body }));
  return finished!.message;
}
