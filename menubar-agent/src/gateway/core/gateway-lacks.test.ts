/** What an engine lacks, on the way through the gateway: over HTTP, with the shaping the agent has. */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import {
  bodyOf,
  ENDS,
  says,
  sse,
  SSE,
  standInGateway,
  type StandIn,
  type StandInOptions,
} from '../../../../tests/support/gateway/index.js';
import type { AdmissionRequest } from '../../pool/index.js';
import { shaping } from '../shaping/shaping.js';

const open: StandIn[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function gateway(listener: RequestListener, options: StandInOptions = {}): Promise<StandIn> {
  const standIn = await standInGateway(listener, { shaping, ...options });
  open.push(standIn);
  return standIn;
}
const textPiece = (text: string): string => sse({ object: 'text_completion', choices: [{ index: 0, text, finish_reason: null }] });

test.each([
  ['/v1/chat/completions', says, { messages: [{ role: 'user', content: 'Hi' }] }],
  ['/v1/completions', textPiece, { prompt: 'Hi', messages: undefined }],
] as const)('%s: a stop sequence ends the answer and the engine’s work', async (path, piece, body) => {
  const asked: Record<string, unknown>[] = [];
  const closed: Promise<unknown>[] = [];
  const { ask, traces, stalls, left } = await gateway((request, response) => {
    closed.push(once(response, 'close'));
    void bodyOf(request).then((read) => {
      asked.push(read);
      response.writeHead(200, SSE).write(piece('Hel') + piece('lo S') + piece('TOP wor')); // and goes on writing
    });
  });
  const whole = (await (await ask({ ...body, stop: ['STOP'] }, { path })).json()) as { choices: Record<string, unknown>[]; usage: unknown };
  const said = path === '/v1/completions' ? { text: 'Hello ' } : { message: expect.objectContaining({ content: 'Hello ' }) };
  expect(whole).toMatchObject({ choices: [{ ...said, finish_reason: 'stop' }], usage: { completion_tokens: 3 } });
  const streamed = await (await ask({ ...body, stop: 'STOP', stream: true }, { path })).text();
  expect(streamed).toMatch(/"finish_reason":"stop"[^]*data: \[DONE\]\n\n$/);
  expect(streamed).not.toMatch(/S"|TOP|usage/);
  expect(asked.map((one) => 'stop' in one)).toEqual([false, false]);
  expect(closed).toHaveLength(2);
  await Promise.all(closed);
  expect([stalls, left.size]).toEqual([[], 2]);
  // The tokens the engine did not tell are counted when the request is over.
  expect(traces).toMatchObject(
    [1, 2].map(() => ({ trace: { finishReason: 'stop', outcome: 'ok', promptTokens: null, completionTokens: null } })),
  );
});

test('a picture for a model that does not see never reaches the engine; a sound that is a path neither', async () => {
  let engineAsked = 0;
  const eyes = { id: 4, name: 'Eyes', modelType: 'multimodal' as const, engine: 'mlx-vlm' };
  const { ask } = await gateway(() => engineAsked++, { profiles: [{ id: 3, name: 'Coding' }, eyes] });
  const withPart = (part: unknown) => ({ messages: [{ role: 'user', content: [part] }] });
  const refused = await (await ask(withPart({ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }))).json();
  expect(refused).toMatchObject({ error: { code: 'model_cannot_answer', message: expect.stringContaining('Use "Eyes".') } });
  const sound = { type: 'input_audio', input_audio: { data: '/etc/passwd', format: 'wav' } };
  const path = await (await ask({ model: 'Eyes', ...withPart(sound) })).json();
  expect(path).toMatchObject({
    error: { code: 'invalid_request', message: expect.stringContaining('body.messages[0] has an input_audio.data') },
  });
  expect(engineAsked).toBe(0);
});

test('embeddings are answered under the name that was asked for', async () => {
  const answer = {
    object: 'list',
    data: [{ embedding: Array.from({ length: 5000 }, Math.random) }],
    model: '/secret/folder/m',
    usage: { prompt_tokens: 2 },
  };
  const { ask, traces } = await gateway((_request, response) => void response.end(JSON.stringify(answer)), {
    profile: { modelType: 'embeddings', engine: 'mlx-vlm' },
    engine: 'mlx-vlm',
  });
  expect(await (await ask({ input: 'x', messages: undefined }, { path: '/v1/embeddings' })).json()).toEqual({ ...answer, model: 'Coding' });
  expect(traces).toMatchObject([{ trace: { promptTokens: 2 } }]);
});

test('an engine that samples a batch alike is given requests of one kind at a time, with the profile’s defaults', async () => {
  const keys: (string | null | undefined)[] = [];
  const admit = async (_signal: AbortSignal, { batchKey }: AdmissionRequest): Promise<void> => void keys.push(batchKey);
  const answer: RequestListener = (_request, response) => void response.writeHead(200, SSE).end(says('Hi') + ENDS);
  const { ask, left } = await gateway(answer, {
    engine: 'vllm-mlx',
    profile: { engine: 'vllm-mlx', sampling: { temperature: 0.5 } },
    admit,
  });
  for (const body of [{}, { temperature: 0.5 }, { temperature: 2 }, { temperature: null, max_tokens: 3 }]) await (await ask(body)).text();
  expect(keys[0]).toEqual(expect.any(String));
  expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 0, 2, 0]);
  keys.length = 0;
  expect(left.size).toBe(0);
  const plain = await gateway(answer, { admit });
  await (await plain.ask({ temperature: 2 })).text();
  expect(keys).toEqual([null]);
});
