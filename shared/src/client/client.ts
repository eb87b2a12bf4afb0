/** The typed client: one method per route of the table, and the streams. Used by the CLI, the extension and the page. */
import * as z from 'zod';
import { AgentError, isAbort } from '../agent-error.js';
import { isErrorCode } from '../errors.js';
import { invalidRequest } from '../problems.js';
import { routes, VERSION_HEADER, type Route, type RouteName, type Routes } from '../routes.js';
import {
  attachment,
  downloadTask,
  engine,
  errorBody,
  eventPayloads,
  installLine,
  logEntry,
  logLine,
  requestBegun,
  requestRecord,
  runEventPayloads,
} from '../schemas/index.js';
import type {
  AgentEvent,
  AllLogsQuery,
  Attachment,
  DownloadTask,
  Engine,
  EventTopic,
  EventType,
  InstallLine,
  LogEntry,
  LogLine,
  LogsQuery,
  RequestBegun,
  RequestFilter,
  RequestRecord,
  RunCreate,
  RunEvent,
  RunEventType,
} from '../schemas/index.js';
import { VERSION } from '../version.js';
import { toCamelCase } from '../wire.js';
import { addressOf, nextCursor, type AddressArgs } from './address.js';
import { readSse, type ByteBody } from './sse.js';

/** The part of `fetch` the client uses; node-fetch and every browser's own fit. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string | Uint8Array; signal?: AbortSignal },
) => Promise<FetchAnswer>;
export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
  text(): Promise<string>;
}

export interface ClientOptions {
  /** node-fetch in Node, the page's own fetch in a browser. */
  fetch: unknown;
  /** E.g. `http://127.0.0.1:10239`; empty in the page, which asks its own origin. */
  baseUrl: string;
  /** From agent.json; a signed-in page needs none. */
  token?: string | undefined;
}

type Part<R extends Route, K extends 'params' | 'query' | 'body'> =
  R extends Record<K, infer S extends z.ZodType>
    ? K extends 'params'
      ? { params: z.output<S> }
      : { [P in K]?: Partial<z.output<S>> }
    : unknown;
type BodyPart<R extends Route> = R extends { body: infer S extends z.ZodType }
  ? object extends z.output<S>
    ? { body?: Loose<z.output<S>> }
    : { body: Loose<z.output<S>> }
  : unknown;
/** Entries with a default may be left out; the agent fills them in. */
type Loose<T> = Partial<T>;
/** What a call takes. */
export type CallArgs<R extends Route> = Part<R, 'params'> & Part<R, 'query'> & BodyPart<R> & { signal?: AbortSignal };
/** What a call answers. */
export type CallResult<R extends Route> = z.output<R['response']>;

type ArgsTuple<R extends Route> = R extends { params: z.ZodType } | { body: z.ZodType } ? [args: CallArgs<R>] : [args?: CallArgs<R>];
type Calls = { [N in RouteName]: (...args: ArgsTuple<Routes[N]>) => Promise<CallResult<Routes[N]>> };

/** A page of a list, with where the next one starts. */
export interface Page<T> {
  items: T[];
  cursor: string | null;
}

/** One message of the live stream of requests. */
export type LiveRequest = { event: 'begun'; request: RequestBegun } | { event: 'finished'; request: RequestRecord };

export interface Client extends Omit<
  Calls,
  'events' | 'downloadProgress' | 'engineProgress' | 'exportRequests' | 'exportChat' | 'createAttachment' | 'getAttachment'
> {
  readonly baseUrl: string;
  /** Like `searchModels`, with the cursor of the next page. */
  searchPage(args: CallArgs<Routes['searchModels']>): Promise<Page<CallResult<Routes['searchModels']>[number]>>;
  /** Like `listRequests`, with the cursor of the next page. */
  requestsPage(args?: CallArgs<Routes['listRequests']>): Promise<Page<CallResult<Routes['listRequests']>[number]>>;
  /** Requests that begin and end from now on, until aborted. `onOpen` is called once the agent listens. */
  watchRequests(args?: { query?: Partial<RequestFilter>; signal?: AbortSignal; onOpen?: () => void }): AsyncGenerator<LiveRequest>;
  /** Measured requests as text of the format asked for; the body is the fetch's own. */
  exportRequests(args?: CallArgs<Routes['exportRequests']>): Promise<FetchAnswer>;
  /** Like `listChats`, with the cursor of the next page. */
  chatsPage(args?: CallArgs<Routes['listChats']>): Promise<Page<CallResult<Routes['listChats']>[number]>>;
  /** A chat as text of the format asked for; the body is the fetch's own. */
  exportChat(args: CallArgs<Routes['exportChat']>): Promise<FetchAnswer>;
  /** Begins a run and tells its events; the last one is `finished`. Leaving does not end the run. Throws STREAM_BROKEN when it ends without it. */
  startRun(args: { chatId: string; body: RunCreate; signal?: AbortSignal }): AsyncGenerator<RunEvent>;
  /** The events of a run, from the start or behind an event; the last one is `finished`. Throws STREAM_BROKEN when it ends without it. */
  watchRun(args: { runId: string; lastEventId?: string; signal?: AbortSignal }): AsyncGenerator<RunEvent>;
  /** Keeps a file for a message. */
  uploadAttachment(args: { name: string; mediaType: string; bytes: Uint8Array; signal?: AbortSignal }): Promise<Attachment>;
  /** The bytes of a file; the body is the fetch's own. */
  downloadAttachment(args: { attachmentId: string; signal?: AbortSignal }): Promise<FetchAnswer>;
  /**
   * State changes until aborted. `stream.reset` says: fetch everything anew. `onOpen` is called once the agent listens: what is
   * fetched from then on and what is announced leave no gap between them.
   */
  events(args?: { topics?: EventTopic[]; lastEventId?: string; signal?: AbortSignal; onOpen?: () => void }): AsyncGenerator<AgentEvent>;
  /** Progress of a download; the last value is its final state. Throws STREAM_BROKEN when it ends without one. */
  watchDownload(taskId: string, signal?: AbortSignal): AsyncGenerator<DownloadTask>;
  /** The installer's lines, then the engine. */
  watchInstall(engineId: string, signal?: AbortSignal): AsyncGenerator<InstallLine | Engine>;
  /** Log lines: history, then new ones. */
  followLogs(args: { profileId: number; query?: Partial<LogsQuery>; lastEventId?: string; signal?: AbortSignal }): AsyncGenerator<LogLine>;
  /** Lines of several logs as they come, some at once. `after` goes on where one was. `onOpen` is called once the agent listens. */
  followAllLogs(args: { query?: Partial<AllLogsQuery>; signal?: AbortSignal; onOpen?: () => void }): AsyncGenerator<LogEntry[]>;
}

const logEntries = z.array(logEntry);
const FINAL_DOWNLOAD = new Set(['completed', 'failed', 'cancelled', 'paused']);

/**
 * A client for one agent.
 * @throws AgentError from every call: the agent's own error, AGENT_NOT_RUNNING when nothing answers, UNEXPECTED_ANSWER when
 * something else does, AGENT_VERSION_MISMATCH when the answer does not fit and the versions differ.
 */
export function createClient(options: ClientOptions): Client {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const doFetch = options.fetch as FetchLike;

  async function send(route: Route, args: SendArgs, accept: string): Promise<FetchAnswer> {
    const headers: Record<string, string> = { accept, [VERSION_HEADER]: VERSION, ...args.headers };
    if (options.token) headers.authorization = `Bearer ${options.token}`;
    const init: Parameters<FetchLike>[1] = { method: route.method, headers };
    if (args.bytes) {
      headers['content-type'] = 'application/octet-stream';
      init.body = args.bytes;
    }
    if (route.body && args.body !== undefined) {
      headers['content-type'] = 'application/json';
      const body = z.safeEncode(route.body, args.body);
      if (!body.success) throw invalidRequest(body.error, 'body');
      init.body = JSON.stringify(body.data);
    }
    if (args.signal) init.signal = args.signal;
    let answer: FetchAnswer;
    try {
      answer = await doFetch(baseUrl + addressOf(route, args), init);
    } catch (error) {
      // A caller's own fetch may know better why nothing came.
      if (error instanceof AgentError || isAbort(error)) throw error;
      throw new AgentError('AGENT_NOT_RUNNING', { address: baseUrl }, { cause: error });
    }
    if (!answer.ok) throw await answerError(answer, baseUrl);
    return answer;
  }

  async function call(route: Route, args: SendArgs): Promise<{ value: unknown; answer: FetchAnswer }> {
    const answer = await send(route, args, 'application/json');
    if (answer.status === 204) return { value: null, answer };
    return { value: decodeAnswer(route.response, await answer.text(), answer, baseUrl), answer };
  }

  async function* stream(route: Route, args: SendArgs): AsyncGenerator<{ event: string; id: string; data: string }> {
    const answer = await send(route, args, 'text/event-stream');
    args.onOpen?.();
    for await (const message of readSse(answer.body as ByteBody)) {
      yield { event: message.event ?? 'message', id: message.id ?? '', data: message.data };
    }
  }

  async function* runEvents(route: Route, args: SendArgs): AsyncGenerator<RunEvent> {
    let ended = false;
    for await (const { event, id, data } of stream(route, args)) {
      if (!Object.hasOwn(runEventPayloads, event)) continue; // a newer agent's event
      const type = event as RunEventType;
      ended = type === 'finished';
      yield { id, type, data: z.decode(runEventPayloads[type] as z.ZodType, parseData(data)) } as RunEvent;
    }
    if (!args.signal?.aborted && !ended) throw new AgentError('STREAM_BROKEN');
  }

  const calls = Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [name, async (args: SendArgs = {}) => (await call(route, args)).value]),
  ) as unknown as Calls;

  return {
    ...calls,
    baseUrl,
    async searchPage(args) {
      const { value, answer } = await call(routes.searchModels, args);
      return { items: value as CallResult<Routes['searchModels']>, cursor: nextCursor(answer.headers.get('link')) };
    },
    async requestsPage(args = {}) {
      const { value, answer } = await call(routes.listRequests, args);
      return { items: value as CallResult<Routes['listRequests']>, cursor: nextCursor(answer.headers.get('link')) };
    },
    async *watchRequests(args = {}) {
      for await (const { event, data } of stream(routes.listRequests, args)) {
        if (event === 'begun') yield { event, request: z.decode(requestBegun, parseData(data) as never) };
        else if (event === 'finished') yield { event, request: z.decode(requestRecord, parseData(data) as never) };
      }
    },
    exportRequests: (args = {}) => send(routes.exportRequests, args, '*/*'),
    async chatsPage(args = {}) {
      const { value, answer } = await call(routes.listChats, args);
      return { items: value as CallResult<Routes['listChats']>, cursor: nextCursor(answer.headers.get('link')) };
    },
    exportChat: (args) => send(routes.exportChat, args, '*/*'),
    startRun: ({ chatId, body, signal }) => runEvents(routes.createRun, { params: { chatId }, body, ...(signal && { signal }) }),
    watchRun: ({ runId, lastEventId, signal }) =>
      runEvents(routes.getRun, {
        params: { runId },
        ...(lastEventId && { headers: { 'last-event-id': lastEventId } }),
        ...(signal && { signal }),
      }),
    async uploadAttachment({ name, mediaType, bytes, signal }) {
      const answer = await send(
        routes.createAttachment,
        { query: { name, mediaType }, bytes, ...(signal && { signal }) },
        'application/json',
      );
      return decodeAnswer(attachment, await answer.text(), answer, baseUrl) as Attachment;
    },
    downloadAttachment: ({ attachmentId, signal }) =>
      send(routes.getAttachment, { params: { attachmentId }, ...(signal && { signal }) }, '*/*'),
    async *events({ topics, lastEventId, signal, onOpen } = {}) {
      const args: SendArgs = { query: topics ? { topics: topics.join(',') } : {} };
      if (lastEventId) args.headers = { 'last-event-id': lastEventId };
      if (signal) args.signal = signal;
      if (onOpen) args.onOpen = onOpen;
      for await (const { event, id, data } of stream(routes.events, args)) {
        if (!(event in eventPayloads)) continue; // a newer agent's event
        const type = event as EventType;
        yield { id, type, data: z.decode(eventPayloads[type] as z.ZodType, parseData(data)) } as AgentEvent;
      }
    },
    async *watchDownload(taskId, signal) {
      let last: DownloadTask | undefined;
      for await (const { data } of stream(routes.downloadProgress, { params: { taskId }, ...(signal && { signal }) })) {
        last = z.decode(downloadTask, parseData(data) as never);
        yield last;
      }
      if (!signal?.aborted && !(last && FINAL_DOWNLOAD.has(last.status))) throw new AgentError('STREAM_BROKEN');
    },
    async *watchInstall(engineId, signal) {
      let ended = false;
      for await (const { event, data } of stream(routes.engineProgress, { params: { engineId }, ...(signal && { signal }) })) {
        ended = event === 'engine';
        yield z.decode((ended ? engine : installLine) as z.ZodType, parseData(data)) as InstallLine | Engine;
      }
      if (!signal?.aborted && !ended) throw new AgentError('STREAM_BROKEN');
    },
    async *followLogs({ profileId, query, lastEventId, signal }) {
      const args: SendArgs = { params: { profileId }, query: query ?? {} };
      if (lastEventId) args.headers = { 'last-event-id': lastEventId };
      if (signal) args.signal = signal;
      for await (const { event, data } of stream(routes.serverLogs, args)) {
        if (event === 'log') yield z.decode(logLine, parseData(data) as never);
      }
    },
    async *followAllLogs(args) {
      for await (const { event, data } of stream(routes.readLogs, args)) {
        if (event === 'lines') yield z.decode(logEntries, parseData(data) as never);
      }
    },
  };
}

interface SendArgs extends AddressArgs {
  body?: unknown;
  /** In place of a body: bytes as they are. */
  bytes?: Uint8Array;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** For streams: the answer has begun. */
  onOpen?: () => void;
}

/** What an event carries. One that was cut off in the middle is the end of its stream. */
function parseData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new AgentError('STREAM_BROKEN', {}, { cause: error });
  }
}

function decodeAnswer(schema: z.ZodType, text: string, answer: FetchAnswer, address: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AgentError('UNEXPECTED_ANSWER', { address, problem: 'no JSON' }, { cause: error });
  }
  const result = z.safeDecode(schema, json);
  if (result.success) return result.data;
  const agent = answer.headers.get(VERSION_HEADER);
  if (agent && agent !== VERSION) {
    const which = olderThan(agent, VERSION) ? 'the agent' : 'this client';
    throw new AgentError('AGENT_VERSION_MISMATCH', { agent, client: VERSION, which }, { cause: result.error });
  }
  throw new AgentError('UNEXPECTED_ANSWER', { address, problem: z.prettifyError(result.error) }, { cause: result.error });
}

async function answerError(answer: FetchAnswer, address: string): Promise<AgentError> {
  const text = await answer.text();
  try {
    const { error } = z.decode(errorBody, JSON.parse(text) as never);
    const code = isErrorCode(error.code) ? error.code : 'UNEXPECTED_ANSWER';
    const details = Object.fromEntries(Object.entries(error.details).map(([key, value]) => [toCamelCase(key), value]));
    return new AgentError(code, details, { message: error.message, action: error.action, status: answer.status });
  } catch (cause) {
    return new AgentError('UNEXPECTED_ANSWER', { address, problem: `status ${answer.status}` }, { cause, status: answer.status });
  }
}

function olderThan(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
