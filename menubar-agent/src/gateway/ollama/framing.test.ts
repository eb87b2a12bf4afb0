import { AgentError, type ErrorCode } from '@mlx-manager/shared';
import { EngineRefusal } from '../core/refusal.js';
import { ollamaErrorAnswer, OllamaFraming } from './framing.js';

test.each<[ErrorCode, Record<string, unknown>, number, RegExp]>([
  ['MODEL_LACKS_ABILITY', { model: 'tiny', ability: 'tools' }, 400, /^"tiny" does not support tools\. /],
  ['OLLAMA_NOT_OFFERED', { what: 'Copying models' }, 501, /^Copying models is not offered/],
  ['OLLAMA_WRITES_OFF', {}, 403, /ollama_writes/],
  ['MODEL_SHARED', { modelId: 'org/a', name: 'A', others: ['"B"'] }, 409, /^org\/a is the model of A and also of "B"\./],
  [
    'UNKNOWN_MODEL',
    { model: 'tinny', hint: ' Did you mean "tiny"?' },
    404,
    /^model "tinny" not found, try pulling it first\. .*Did you mean "tiny"/,
  ],
  ['MODEL_NOT_HERE', { model: 'org/a', hint: '' }, 404, /^model "org\/a" not found, try pulling it first\. /],
  ['MODEL_IN_USE', { modelId: 'org/a', users: ['A'] }, 409, /^org\/a is used by A\./],
])('%s in Ollama’s words', (code, details, status, words) => {
  expect(ollamaErrorAnswer(new AgentError(code, details))).toEqual({ status, body: { error: expect.stringMatching(words) } });
});

test('a missing model is told under the name that was asked for', () => {
  const error = new AgentError('MODEL_NOT_HERE', { model: 'org/a', hint: '' });
  expect(ollamaErrorAnswer(error, 'mine:latest').body.error).toMatch(/^model "mine:latest" not found/);
  // One that a download did not find on the hub is another matter.
  expect(ollamaErrorAnswer(new AgentError('MODEL_NOT_FOUND', { modelId: 'org/a' })).body.error).toMatch(
    /^The hub has no model named org\/a/,
  );
});

test('an engine’s refusal is told in its own words', () => {
  const refusal = new EngineRefusal(422, 'no', { type: 'x', code: null, param: null }, null);
  expect(ollamaErrorAnswer(refusal)).toEqual({ status: 422, body: { error: 'no' } });
});

test.each([
  ['chat', { message: { role: 'assistant', content: '' } }],
  ['generate', { response: '' }],
] as const)('signs of life of %s are whole lines', (form, said) => {
  const framing = new OllamaFraming(form, 'tiny', () => 'now');
  expect(framing.open()).toBe('');
  expect(framing.keepAlive()).toBe(`${JSON.stringify({ model: 'tiny', created_at: 'now', ...said, done: false })}\n`);
  expect(framing.failure(new AgentError('INTERNAL'))).toMatch(/^\{"error":".*"\}\n$/);
});
