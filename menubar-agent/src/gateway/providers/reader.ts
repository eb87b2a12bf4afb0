/** What reads a provider's stream. */
import type { ChatChunk, ChatUsage } from '../core/chunks.js';

/** From the events of a provider's stream to corrected chunks. Pure but for what it has seen. */
export interface AnswerReader {
  /**
   * @param data of one server-sent event.
   * @throws ToldFailure when the provider says in its stream that it failed; SyntaxError for what is no JSON.
   */
  push(data: string): ChatChunk[];
  /** Whether the answer is complete: a stream that only stops is broken. */
  readonly whole: boolean;
  /** Whether nothing can follow. */
  readonly done: boolean;
  /** What comes last: the usage. */
  end(): ChatChunk[];
}

/** A provider said in its stream that it failed. */
export class ToldFailure extends Error {
  constructor(
    message: string,
    /** What the status would have been; 500 where it does not say. */
    readonly status: number,
    readonly type: string,
  ) {
    super(message);
    this.name = 'ToldFailure';
  }
}

/** The last chunk of an answer. */
export const usageChunk = (usage: ChatUsage, head: Pick<ChatChunk, 'id' | 'model' | 'created'>): ChatChunk => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [],
  usage,
});
