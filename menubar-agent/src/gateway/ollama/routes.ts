/** Ollama's API: the routes about models; answers are in `answers.ts` and `embed.ts`. Source: `docs/api.md` and `server/routes.go` of Ollama. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AgentError } from '@mlx-manager/shared';
import { anthropicErrorAnswer, openaiErrorAnswer, readJson, type Area, type HttpServer } from '../../http/index.js';
import { callerOf } from '../core/new-call.js';
import { clientLeft, defaultRespondTimings, respondStreamed, respondWhole } from '../core/respond.js';
import { parse, registerAnswers, type AnswerParts } from './answers.js';
import { ndjson } from './chunks.js';
import type { OllamaDeps, OllamaOptions } from './deps.js';
import { processOf, showOf, tagOf } from './describe.js';
import { registerEmbed } from './embed.js';
import { ollamaErrorAnswer } from './framing.js';
import { KeepAlive } from './keep-alive.js';
import { Library, type Entry } from './library.js';
import { Pulls, type PullLine } from './pull.js';
import { modelRequest, pullRequest } from './schema.js';

/**
 * The version of Ollama whose API this is. Clients compare it: VS Code's Copilot takes 0.6.4 and later and reads three numbers
 * (`_checkOllamaVersion`), so nothing else may stand in it.
 */
export const OLLAMA_VERSION = '0.32.15';

/** States in which a model is in memory. */
const LOADED: ReadonlySet<string> = new Set(['healthy', 'unhealthy']);

/** What is not offered, by route: models are made, copied and given away elsewhere. */
const NOT_OFFERED: readonly (readonly ['POST' | 'HEAD', string, string])[] = [
  ['POST', '/api/create', 'Making models'],
  ['POST', '/api/copy', 'Copying models'],
  ['POST', '/api/push', 'Pushing models'],
  ['POST', '/api/blobs/:digest', 'Uploading files'],
];

/** What a request opens: probes without a key find the server, all else is as under `/v1`. */
export function ollamaAreaOf(request: FastifyRequest): Area {
  const { url } = request.routeOptions;
  return url === '/' || url === '/api/version' ? 'public' : 'gateway';
}

/** The shape of errors on that server: Ollama's, and under `/v1` those of its protocols. */
export function ollamaErrorShape(error: AgentError, request: FastifyRequest): unknown {
  const path = (request.routeOptions as { url?: string } | undefined)?.url ?? request.url;
  if (/^\/v1\/messages(?:[/?]|$)/.test(path)) return anthropicErrorAnswer(error);
  return /^\/v1(?:[/?]|$)/.test(path) ? openaiErrorAnswer(error) : ollamaErrorAnswer(error).body;
}

/** Adds the routes to a server of their own. */
export function registerOllama(http: HttpServer, options: OllamaOptions): void {
  const deps: OllamaDeps = { timings: defaultRespondTimings, ...options };
  const { app } = http;
  const library = new Library(deps);
  const keepAlive = new KeepAlive(deps);
  app.addHook('onClose', () => keepAlive.stop());
  const parts: AnswerParts = { deps, library, keepAlive };
  acceptAnyType(app);

  const both = (url: string, handler: (request: FastifyRequest) => unknown): void => {
    app.route({ method: ['GET', 'HEAD'], url, handler });
  };
  both('/', () => 'Ollama is running');
  both('/api/version', () => ({ version: OLLAMA_VERSION }));
  both('/api/tags', async (request) => {
    const entries = allowed(await library.entries(), request);
    return { models: entries.map(({ profile, model, name }) => ({ ...tagOf(profile, model), name, model: name })) };
  });
  app.post('/api/show', async (request) => {
    const entry = await library.find(parse(modelRequest, request.body), callerOf(request).mayUse);
    if (allowed([entry], request).length === 0) throw new AgentError('MODEL_NOT_ALLOWED', { model: entry.name });
    return showOf(entry.profile, entry.model);
  });
  app.get('/api/ps', async (request) => {
    const entries = allowed(await library.entries(), request).filter(({ exists }) => exists);
    const times = await deps.unloadTimes();
    const loaded = entries.flatMap(({ profile, model, name }) => {
      const server = deps.servers().find((one) => one.profileId === profile.id && LOADED.has(one.state));
      return server ? [{ ...processOf(profile, model, server, times.get(profile.id) ?? null, deps.now()), name, model: name }] : [];
    });
    return { models: loaded };
  });

  registerAnswers(app, parts);
  registerEmbed(app, parts);
  registerWrites(app, deps, library);
  deps.mountV1?.(http);
  for (const [method, url, what] of NOT_OFFERED) {
    app.route({
      method,
      url,
      handler: () => {
        throw new AgentError('OLLAMA_NOT_OFFERED', { what });
      },
    });
  }
}

function registerWrites(app: FastifyInstance, deps: OllamaDeps, library: Library): void {
  const pulls = new Pulls(deps);
  app.post('/api/pull', async (request, reply) => {
    mayWrite(request, deps);
    const { model, stream } = parse(pullRequest, request.body);
    if (!callerOf(request).mayUse({ name: model, aliases: [], modelPath: model })) throw new AgentError('MODEL_NOT_ALLOWED', { model });
    const signal = clientLeft(reply);
    const lines = pulls.run(model, signal);
    const framing = {
      contentType: 'application/x-ndjson',
      open: () => '',
      keepAlive: () => '',
      failure: (error: Parameters<typeof ollamaErrorAnswer>[0]) => ndjson(ollamaErrorAnswer(error).body),
      refusal: (error: Parameters<typeof ollamaErrorAnswer>[0]) => ollamaErrorAnswer(error),
    };
    const answering = { signal, answerHeaders: {} };
    if (stream) await respondStreamed(reply, answering, framing, texts(lines), deps);
    else await respondWhole(reply, answering, framing, lastOf(lines), deps);
    return reply;
  });

  app.delete('/api/delete', async (request, reply) => {
    mayWrite(request, deps);
    const { mayUse } = callerOf(request);
    const { name, profile, model, exists } = await library.find(parse(modelRequest, request.body), mayUse);
    if (!mayUse(profile)) throw new AgentError('MODEL_NOT_ALLOWED', { model: name });
    const others = deps.models
      .profiles()
      .filter((one) => one.modelPath === profile.modelPath && one.id !== profile.id && one.origin !== 'auto');
    if (exists && others.length > 0) {
      throw new AgentError('MODEL_SHARED', { modelId: model.modelId, name: profile.name, others: others.map((one) => `"${one.name}"`) });
    }
    await deps.local.remove(model.modelId);
    // Profiles that the agent made itself are nothing without their model.
    for (const one of deps.models.profiles())
      if (one.origin === 'auto' && one.modelPath === profile.modelPath) await deps.removeProfile(one.id);
    return reply.code(200).send();
  });
}

/** @throws AgentError OLLAMA_WRITES_OFF. */
function mayWrite(request: FastifyRequest, deps: Pick<OllamaDeps, 'writesOpen'>): void {
  if (request.caller.signedIn || request.caller.key !== null || deps.writesOpen()) return;
  throw new AgentError('OLLAMA_WRITES_OFF');
}

/** Of a key's owner only the models it names. */
function allowed(entries: readonly Entry[], request: FastifyRequest): readonly Entry[] {
  const caller = callerOf(request);
  return entries.filter(({ profile }) => caller.mayUse(profile));
}

/** Ollama reads every body as JSON; `curl -d` and some clients name another type, or none. Pages of other sites are stopped by their Origin. */
function acceptAnyType(app: FastifyInstance): void {
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? null : readJson(body as string));
    } catch (error) {
      done(
        error instanceof AgentError ? error : new AgentError('INVALID_REQUEST', { problem: 'the body is no valid JSON' }, { cause: error }),
      );
    }
  });
}

async function* texts(lines: AsyncIterable<PullLine>): AsyncGenerator<string> {
  for await (const line of lines) yield ndjson(line);
}

async function lastOf(lines: AsyncIterable<PullLine>): Promise<PullLine> {
  let last: PullLine = { status: '' };
  for await (const line of lines) last = line;
  return last;
}
