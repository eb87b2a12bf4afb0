/** OpenAI's sound and pictures: passed on to the engine whose model can, where it is asked in its own way. Source: OpenAI's API reference, "Audio" and "Images". */
import { once } from 'node:events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AgentError } from '@mlx-manager/shared';
import { askEngine, type EngineAnswer, type EngineAt } from '../core/ask.js';
import type { Call } from '../core/call.js';
import type { Gateway } from '../core/gateway.js';
import { AUTO } from '../core/model-index.js';
import { newCall } from '../core/new-call.js';
import { headersOf, respondStreamed, respondWhole, type RespondDeps } from '../core/respond.js';
import { openaiFraming } from '../openai/framing.js';
import { formRequest, jsonRequest, type Outgoing } from './outgoing.js';

export interface MediaDeps extends RespondDeps {
  readonly gateway: Pick<Gateway, 'carry'>;
  /** Bytes of a request: sound and pictures travel inside it. */
  readonly bodyLimit: number;
}

/** OpenAI's own limit. */
const MAX_PICTURES = 10;

/** Adds the routes. */
export function registerMedia(app: FastifyInstance, deps: MediaDeps): void {
  const { bodyLimit } = deps;
  void app.register((scope, _options, done) => {
    // Here only: everywhere else a form is no valid body.
    scope.addContentTypeParser('multipart/form-data', { parseAs: 'buffer', bodyLimit }, (_request, body, parsed) => parsed(null, body));

    scope.post('/v1/audio/transcriptions', { bodyLimit }, async (request, reply) => {
      const asked = await formRequest(request.body, request.headers['content-type']);
      require(asked, 'file');
      await transcribe(request, reply, asked, deps);
      return reply;
    });

    scope.post('/v1/audio/speech', { bodyLimit }, async (request, reply) => {
      const asked = jsonRequest(request.body);
      require(asked, 'input');
      const call = callFor(request, reply, '/v1/audio/speech', asked);
      await orRefuse(reply, call, deps, () =>
        deps.gateway.carry(call, async (at) => passBytes(reply, call, at, await send(call, at, asked), deps)),
      );
      return reply;
    });

    scope.post('/v1/images/generations', { bodyLimit }, async (request, reply) => {
      await paint(request, reply, '/v1/images/generations', jsonRequest(request.body), deps);
      return reply;
    });

    scope.post('/v1/images/edits', { bodyLimit }, async (request, reply) => {
      const asked = await formRequest(request.body, request.headers['content-type']);
      require(asked, 'image');
      await paint(request, reply, '/v1/images/edits', asked, deps);
      return reply;
    });
    done();
  });
}

function require(asked: Outgoing, name: string): void {
  if (!asked.has(name)) throw new AgentError('INVALID_REQUEST', { problem: `${name} is missing` });
}

function callFor(request: FastifyRequest, reply: FastifyReply, endpoint: string, asked: Outgoing, stream = false): Call {
  // Files are not kept with the request's trace.
  return newCall(request, reply, { protocol: 'openai', endpoint, model: asked.get('model') ?? AUTO, body: {}, stream });
}

/** Sends a request to its engine, under the name the engine has for its model. */
async function send(call: Call, at: EngineAt, asked: Outgoing): Promise<EngineAnswer> {
  const { adapter, spec } = at.target;
  const { model } = adapter.prepareChat({ model: call.model, messages: [] }, spec);
  asked.set('model', typeof model === 'string' ? model : spec.modelName);
  return askEngine(at, call.endpoint, { ...(await asked.encode()), accept: '*/*' }, call.signal);
}

/**
 * mlx-openai-server 1.8.1 fails at every streamed transcription (its endpoint leaves out an argument of its own function), so the engine is asked for all of it, and
 * it goes out as OpenAI's events.
 */
async function transcribe(request: FastifyRequest, reply: FastifyReply, asked: Outgoing, deps: MediaDeps): Promise<void> {
  const stream = asked.get('stream') === 'true';
  asked.set('stream', null);
  if (stream) asked.set('response_format', 'json');
  const call = callFor(request, reply, '/v1/audio/transcriptions', asked, stream);
  const text = (): Promise<string> => deps.gateway.carry(call, async (at) => textOf(await send(call, at, asked), at));
  if (stream) await respondStreamed(reply, call, openaiFraming, transcriptEvents(text), deps);
  else if (['text', 'srt', 'vtt'].includes(asked.get('response_format') ?? '')) {
    await orRefuse(reply, call, deps, async () => {
      const said = plain(await text());
      void reply.type('text/plain; charset=utf-8').send(said);
    });
  } else await respondWhole(reply, call, openaiFraming, text(), deps);
}

async function* transcriptEvents(transcribed: () => Promise<string>): AsyncGenerator<string> {
  const { text, usage } = JSON.parse(await transcribed()) as { text: string; usage?: unknown };
  const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
  yield event({ type: 'transcript.text.delta', delta: text });
  yield event({ type: 'transcript.text.done', text, ...(usage !== undefined && { usage }) });
}

/** FastAPI writes plain text as a JSON string. */
function plain(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text; // it is plain already
  }
}

/** Pictures. Engines make one at a time, from a fixed seed: several are asked one after the other, each from a seed of its own. */
async function paint(request: FastifyRequest, reply: FastifyReply, endpoint: string, asked: Outgoing, deps: MediaDeps): Promise<void> {
  require(asked, 'prompt');
  const n = Number(asked.get('n') ?? 1);
  if (!Number.isInteger(n) || n < 1 || n > MAX_PICTURES) {
    throw new AgentError('INVALID_REQUEST', { problem: `n must be a whole number from 1 to ${MAX_PICTURES}` });
  }
  asked.set('n', null);
  if (asked.get('size') === 'auto') asked.set('size', null); // the engine's own choice
  const call = callFor(request, reply, endpoint, asked);
  const seed = Number(asked.get('seed') ?? Math.floor(Math.random() * 2 ** 31));
  const pictures = deps.gateway.carry(call, async (at) => {
    if (n === 1) return textOf(await send(call, at, asked), at);
    const answers: { data?: unknown[] }[] = [];
    for (let i = 0; i < n; i++) {
      asked.set('seed', seed + i);
      answers.push(JSON.parse(await textOf(await send(call, at, asked), at)) as { data?: unknown[] });
    }
    return JSON.stringify({ ...answers[0], data: answers.flatMap(({ data }) => data ?? []) });
  });
  await respondWhole(reply, call, openaiFraming, pictures, deps);
}

/** @throws AgentError ENGINE_STREAM_BROKEN when it ends before its end. */
async function textOf(answer: EngineAnswer, at: EngineAt): Promise<string> {
  try {
    return await answer.body.text();
  } catch (cause) {
    throw broken(at, cause);
  }
}

function broken(at: EngineAt, cause: unknown): AgentError {
  void at.onStall(at.profileId);
  return new AgentError('ENGINE_STREAM_BROKEN', { name: at.profileName, said: '' }, { cause });
}

/** Passes sound on as it comes. Once it has begun, only cutting the connection says that it broke off. */
async function passBytes(reply: FastifyReply, call: Call, at: EngineAt, answer: EngineAnswer, deps: MediaDeps): Promise<void> {
  const { raw } = reply;
  reply.hijack();
  const type = answer.headers['content-type'];
  const length = answer.headers['content-length'];
  raw.writeHead(answer.statusCode, {
    ...headersOf(reply),
    ...call.answerHeaders,
    'content-type': typeof type === 'string' ? type : 'application/octet-stream',
    ...(typeof length === 'string' && { 'content-length': length }),
  });
  try {
    for await (const piece of answer.body) {
      if (!raw.write(piece)) await once(raw, 'drain', { signal: call.signal });
    }
    raw.end();
  } catch (error) {
    if (call.signal.aborted) return;
    deps.logger.warn({ err: error, profileId: at.profileId }, 'an engine broke off in an answer');
    throw broken(at, error);
  }
}

/** For answers that are no JSON: what fails before they begin is refused as always. */
async function orRefuse(reply: FastifyReply, call: Call, deps: MediaDeps, answer: () => Promise<void>): Promise<void> {
  const answering = answer();
  try {
    await answering;
  } catch {
    // Told by `respondWhole`, which reads the same promise; or by the connection's end, where the answer has begun.
    if (reply.raw.headersSent) reply.raw.destroy();
    else await respondWhole(reply, call, openaiFraming, answering, deps);
  }
}
