import { AgentError } from '@mlx-manager/shared';
import { inTurn } from './in-turn.js';
import type { Decision, Target } from './types.js';

const named = (model: string): Target => ({ kind: 'model', model });
const decision: Pick<Decision, 'target' | 'fallbacks' | 'fallbackOn'> = {
  target: named('a'),
  fallbacks: [named('b'), named('c')],
  fallbackOn: new Set(['full']),
};
const never = new AbortController().signal;

/** Answers by model: texts, then perhaps an error. */
async function run(
  answers: Record<string, { said?: string[]; error?: Error }>,
  signal = never,
): Promise<{ said: string[]; tried: string[]; error: unknown }> {
  const said: string[] = [];
  const tried: string[] = [];
  const answer = async function* (target: Target): AsyncGenerator<string> {
    const { model } = target as { model: string };
    tried.push(model);
    yield* answers[model]?.said ?? [];
    const { error } = answers[model] ?? {};
    if (error) throw error;
  };
  try {
    for await (const part of inTurn(decision, signal, answer, (failed, _error, next) => tried.push(`${word(failed)}>${word(next)}`)))
      said.push(part);
    return { said, tried, error: null };
  } catch (error) {
    return { said, tried, error };
  }
}
const word = (target: Target): string => (target as { model: string }).model;
const full = new AgentError('QUEUE_FULL');

test('the first that begins to answer', async () => {
  expect(await run({ a: { said: ['1', '2'] } })).toEqual({ said: ['1', '2'], tried: ['a'], error: null });
  expect(await run({ a: { error: full }, b: { said: ['1'] } })).toEqual({ said: ['1'], tried: ['a', 'a>b', 'b'], error: null });
});

test('the last one’s error when none does', async () => {
  const last = new AgentError('QUEUE_TIMEOUT');
  expect(await run({ a: { error: full }, b: { error: full }, c: { error: last } })).toEqual({
    said: [],
    tried: ['a', 'a>b', 'b', 'b>c', 'c'],
    error: last,
  });
});

test('no other one after the first word, for another reason, or when the client has left', async () => {
  expect(await run({ a: { said: ['1'], error: full } })).toEqual({ said: ['1'], tried: ['a'], error: full });
  const other = new AgentError('ENGINE_UNREACHABLE');
  expect(await run({ a: { error: other } })).toEqual({ said: [], tried: ['a'], error: other });
  expect(await run({ a: { error: full } }, AbortSignal.abort())).toEqual({ said: [], tried: ['a'], error: full });
});

test('who stops reading ends the answer that is under way', async () => {
  let ended = false;
  const answer = async function* (): AsyncGenerator<string> {
    try {
      yield '1';
      yield '2';
    } finally {
      ended = true;
    }
  };
  for await (const _ of inTurn(decision, never, answer, () => undefined)) break;
  expect(ended).toBe(true);
});
