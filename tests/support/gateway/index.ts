/** The gateway over a stand-in engine: real HTTP on both sides; only the pool is left out. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fetch, { type Response } from 'node-fetch';
import { AgentError, type Profile } from '@mlx-manager/shared';
import { EventBus, type Logger } from '../../../menubar-agent/src/core/index.js';
import { getAdapter, type EngineAdapter, type LaunchSpec } from '../../../menubar-agent/src/engines/index.js';
import {
  Gateway,
  ModelIndex,
  registerGateway,
  ResponseStore,
  unrouted,
  type AnswerText,
  type GatewayCoreDeps,
  type PromptCounter,
  type Shaping,
  type Trace,
} from '../../../menubar-agent/src/gateway/index.js';
import { Access, HttpServer, RateLimits, type AccessDeps } from '../../../menubar-agent/src/http/index.js';
import type { Admission, AdmissionRequest } from '../../../menubar-agent/src/pool/index.js';

export interface StandIn {
  readonly address: string;
  readonly gateway: Gateway;
  /** Profiles that were looked at because their engine gave no answer. */
  readonly stalls: number[];
  /** Everything that was logged. */
  readonly logged: unknown[][];
  /** Requests that are over. */
  readonly traces: { trace: Trace; answer: AnswerText | null }[];
  /** Places held now. */
  readonly held: Set<string>;
  /** Places given back before the engine was done. */
  readonly left: Set<string>;
  /** Waits for the next finished request. */
  finished(): Promise<Trace>;
  /** Asks `/v1/chat/completions`, or another path. */
  ask(body?: Record<string, unknown>, options?: { path?: string; signal?: AbortSignal }): Promise<Response>;
  /** Closes the engine; nothing answers there any more. */
  closeEngine(): void;
  close(): Promise<void>;
}

export interface StandInOptions {
  readonly engine?: string | EngineAdapter;
  readonly profile?: Partial<Profile>;
  readonly profiles?: readonly Partial<Profile>[];
  readonly timings?: { open: number; ping: number; unread?: number };
  /** What admission does before it gives a place. */
  readonly admit?: (signal: AbortSignal, request: AdmissionRequest) => Promise<void>;
  readonly shaping?: Shaping;
  readonly routing?: GatewayCoreDeps['routing'];
  readonly providers?: GatewayCoreDeps['providers'];
  /** By default there are none. */
  readonly keys?: AccessDeps['keys'];
  /** By default every prompt has 7 tokens. */
  readonly countPrompt?: PromptCounter;
}

const never = (): never => {
  throw new Error('there is no provider');
};
const noProviders: GatewayCoreDeps['providers'] = { chat: never, pass: never, native: never, known: () => [] };

const base = { aliases: [], modelPath: 'a/b', modelType: 'lm', engine: null, systemPrompt: null, sampling: {}, contextLength: null };

/** @param listener the engine. */
export async function standInGateway(listener: RequestListener, options: StandInOptions = {}): Promise<StandIn> {
  const engine = createServer(listener);
  await listening(engine);
  const baseUrl = `http://127.0.0.1:${portOf(engine)}`;
  const stalls: number[] = [];
  const logged: unknown[][] = [];
  const traces: StandIn['traces'] = [];
  const held = new Set<string>();
  const left = new Set<string>();
  const waiting = new Set<(trace: Trace) => void>();
  const log = (...said: unknown[]): void => void logged.push(said);
  const logger = { trace: log, debug: log, info: log, warn: log, error: log, fatal: log } as unknown as Logger;
  const listed = options.profiles ?? [{ id: 3, name: 'Coding', ...options.profile }];
  const profiles = listed.map((one) => ({ ...base, createdAt: '2026-01-01T00:00:00.000Z', ...one }) as unknown as Profile);
  const bus = new EventBus((error) => {
    throw error;
  });
  const models = new ModelIndex({
    bus,
    profiles: () => profiles,
    isRunning: () => true,
    defaultProfileId: () => null,
    lastUsed: () => 0,
    localModel: async () => null,
    localModels: async () => [],
    createProfile: () => Promise.reject(new AgentError('INTERNAL')),
  });
  const adapter = typeof options.engine === 'object' ? options.engine : getAdapter(options.engine ?? 'mlx-lm');
  const pool: Admission = {
    async admit(request) {
      const { id, signal } = request;
      await options.admit?.(signal, request);
      held.add(id);
      const target = { baseUrl, spec: { modelName: 'a/b' } as LaunchSpec, adapter };
      const release = (early = false): void => {
        held.delete(id);
        if (early) left.add(id);
      };
      return { target, queueMs: 0, loadMs: 0, release };
    },
    keepAlive: () => undefined,
  };
  const gateway = new Gateway({
    pool,
    models,
    logger,
    limits: new RateLimits(),
    onStall: async (id) => void stalls.push(id),
    routing: options.routing ?? { decide: ({ model }) => unrouted(model) },
    providers: options.providers ?? noProviders,
    used: () => undefined,
    shaping: options.shaping ?? { needed: () => false, shape: (body, _native, ask) => ask(body) },
    sink: {
      begin: () => undefined,
      finish: (trace, _call, answer) => {
        traces.push({ trace, answer });
        for (const tell of [...waiting]) tell(trace);
      },
    },
  });
  const http = new HttpServer({
    logger,
    access: new Access({
      token: 't',
      allowedHosts: () => [],
      allowedOrigins: () => [],
      now: Date.now,
      ...(options.keys && { keys: options.keys }),
    }),
  });
  registerGateway(http.app, {
    gateway,
    models,
    logger,
    responses: new ResponseStore(),
    countPrompt: options.countPrompt ?? (async () => ({ tokens: 7, exact: false })),
    stateOf: () => 'healthy',
    characteristicsOf: async () => null,
    ...(options.timings && { timings: options.timings }),
  });
  const address = await http.app.listen({ host: '127.0.0.1', port: 0 });
  const closeEngine = (): void => {
    engine.closeAllConnections();
    engine.close();
  };
  return {
    address,
    gateway,
    stalls,
    logged,
    traces,
    held,
    left,
    closeEngine,
    finished: () =>
      new Promise((resolve) => {
        const tell = (trace: Trace): void => {
          waiting.delete(tell);
          resolve(trace);
        };
        waiting.add(tell);
      }),
    ask: (body = {}, { path = '/v1/chat/completions', signal } = {}) =>
      fetch(address + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'Coding', messages: [{ role: 'user', content: 'Hi' }], ...body }),
        ...(signal && { signal: signal }),
      }),
    close: async () => {
      closeEngine();
      await http.app.close();
    },
  };
}

/** The body of a request, read. */
export async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Record<string, unknown>;
}

/** An event as an engine writes it. */
export const sse = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
/** A piece of text. */
export const says = (content: string): string => sse({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
/** How an engine ends an answer. */
export const ENDS = sse({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + 'data: [DONE]\n\n';
export const SSE = { 'content-type': 'text/event-stream' };

const listening = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
