/** `n` answers for engines that give one: asked at once (or one after the other), merged into one stream. */
import { AgentError } from '@mlx-manager/shared';
import type { ChatChunk, ChatStream, ChatUsage } from '../core/chunks.js';
import { choicesOf } from './collect.js';
import { isChat, type Ask, type Body } from './types.js';

/** OpenAI's own limit. */
export const MAX_CHOICES = 128;

/**
 * Asks `n` times and merges the answers; choices carry their index (that of several prompts too: prompt by prompt), the usage comes once, at the end. A seed
 * makes each answer repeatable: the i-th has `seed + i`. When one fails, all are ended.
 * @param inTurn one after the other, for engines that answer equal prompts equally when they work on them at once.
 * @throws AgentError INVALID_REQUEST, and what an answer throws.
 */
export async function* severalChoices(body: Body, n: number, ask: Ask, inTurn = false): ChatStream {
  if (n > MAX_CHOICES) throw new AgentError('INVALID_REQUEST', { problem: `n may be ${MAX_CHOICES} at most` });
  const { n: _n, ...single } = body;
  const { seed } = body;
  const answers = Array.from({ length: n }, (_, i) =>
    ask(typeof seed === 'number' ? { ...single, seed: seed + i } : single)[Symbol.asyncIterator](),
  );
  const arrived = new Arrivals(answers);
  const head: Pick<ChatChunk, 'id' | 'object' | 'created' | 'model'> = {};
  const usages: (ChatUsage | undefined)[] = [];
  try {
    answers.slice(0, inTurn ? 1 : n).forEach((_, i) => arrived.ask(i));
    for (let open = n; open > 0;) {
      const { from, result } = await arrived.next();
      if (result.done === true) {
        open--;
        if (inTurn && open > 0) arrived.ask(from + 1);
        continue;
      }
      const { usage, ...chunk } = result.value;
      if (usage) usages[from] = usage;
      Object.assign(head, { id: chunk.id, object: chunk.object, created: chunk.created, model: chunk.model, ...head });
      const choices = ownChoices(chunk, body).map((choice) => ({ ...choice, index: indexOf(choice) * n + from }));
      if (choices.length > 0) yield { ...chunk, ...head, choices };
      arrived.ask(from);
    }
    const usage = mergedUsage(usages);
    if (usage !== null) yield { object: 'chat.completion.chunk', ...head, choices: [], usage };
  } finally {
    await Promise.allSettled(answers.map(async (answer) => answer.return?.()));
  }
}

/** An engine may leave out a zero. */
const indexOf = ({ index = 0 }: { index?: number }): number => index;

/** Those of a text completion have no delta. */
const ownChoices = (chunk: ChatChunk, body: Body): ChatChunk['choices'] => (isChat(body) ? choicesOf(chunk) : listed(chunk));
const listed = ({ choices }: Partial<ChatChunk>): ChatChunk['choices'] => choices ?? [];

/** One prompt, several answers: OpenAI counts the prompt once. */
function mergedUsage(usages: readonly (ChatUsage | undefined)[]): ChatUsage | null {
  const told = usages.filter((usage) => usage !== undefined);
  const first = told[0];
  if (!first) return null;
  const completion = told.reduce((sum, usage) => sum + usage.completion_tokens, 0);
  const thought = told.flatMap(({ completion_tokens_details: details }) => details?.reasoning_tokens ?? []);
  return {
    ...first,
    completion_tokens: completion,
    total_tokens: first.prompt_tokens + completion,
    ...(thought.length > 0 && { completion_tokens_details: { reasoning_tokens: thought.reduce((sum, one) => sum + one, 0) } }),
  };
}

interface Arrival {
  readonly from: number;
  readonly result: IteratorResult<ChatChunk>;
}

/** What several iterators give, in the order it comes. */
class Arrivals {
  readonly #there: (Arrival | { readonly error: unknown })[] = [];
  #wake: (() => void) | null = null;

  constructor(private readonly iterators: readonly AsyncIterator<ChatChunk>[]) {}

  ask(from: number): void {
    const put = (one: Arrival | { readonly error: unknown }): void => {
      this.#there.push(one);
      this.#wake?.();
    };
    this.iterators[from]?.next().then(
      (result) => put({ from, result }),
      (error: unknown) => put({ error }),
    );
  }

  async next(): Promise<Arrival> {
    let one = this.#there.shift();
    if (one === undefined) {
      await new Promise<void>((wake) => (this.#wake = wake));
      this.#wake = null;
      one = this.#there.shift();
    }
    if (one === undefined) throw new Error('woken for nothing');
    if ('error' in one) throw one.error;
    return one;
  }
}
