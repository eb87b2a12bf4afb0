/** Gateway, pool and servers over stand-in engines that are real processes, with durations and a machine's memory of the test's own. */
import fetch, { type Response } from 'node-fetch';
import { AgentError, type Profile } from '@mlx-manager/shared';
import {
  Gateway,
  ModelIndex,
  registerGateway,
  ResponseStore,
  shaping,
  StallWatch,
  unrouted,
} from '../../../menubar-agent/src/gateway/index.js';
import { Access, HttpServer, RateLimits } from '../../../menubar-agent/src/http/index.js';
import { Pool, type Admission } from '../../../menubar-agent/src/pool/index.js';
import { fakeAdapter, type FakeKnobs } from '../fake-engine/adapter.js';
import { House } from '../fake-engine/house.js';

export interface GatewayHouse {
  readonly house: House;
  /** Where each engine that was started listens. */
  readonly engines: readonly string[];
  /** Places that were given so far. */
  admitted(): number;
  /** Asks a model (`P1`, `P2`), by `/v1/chat/completions` or another path. */
  ask(model: string, options?: { path?: string; stream?: boolean; messages?: unknown }): Promise<Response>;
  close(): Promise<void>;
}

export interface GatewayHouseOptions {
  /** Of every engine. */
  readonly knobs?: FakeKnobs;
  /** How long an engine may be silent, milliseconds. */
  readonly patience?: number | ((bytes: number) => number);
  /** The machine's memory, bytes. */
  readonly memory?: () => { totalBytes: number; availableBytes: number };
  /** Between two looks at it. */
  readonly guardMs?: number;
  /** How long a token may take, milliseconds. */
  readonly probeMs?: number;
}

const never = (): never => {
  throw new Error('there is no provider');
};
const base = { aliases: [], modelPath: 'a/b', modelType: 'lm', engine: null, systemPrompt: null, sampling: {}, contextLength: null };

export async function gatewayHouse(options: GatewayHouseOptions = {}): Promise<GatewayHouse> {
  const engines: string[] = [];
  const adapter = fakeAdapter((spec) => {
    engines.push(`http://${spec.host}:${spec.port}`);
    return options.knobs ?? {};
  });
  const { patience } = options;
  const stalls = new StallWatch((id) => house.service.reportStall(id), typeof patience === 'number' ? () => patience : patience);
  const house: House = new House({
    plan: { adapter },
    ...(options.probeMs !== undefined && { timings: { probeTimeout: options.probeMs } }),
    deps: { heardAt: (id) => stalls.heardAt(id) },
  });
  const { bus, logger } = house.deps;
  const pool = new Pool({
    ...house.deps,
    servers: house.service,
    settings: { onDemand: () => true, evictPercent: () => 85, refusePercent: () => 95 },
    budgetBytes: async () => 100,
    needBytes: async () => 1,
    memory: async () => ({ ...(options.memory?.() ?? { totalBytes: 100, availableBytes: 90 }) }),
    profile: (id) => ({
      ...{ name: `P${id}`, limit: 4, queueSize: 100, queueTimeout: 60, idleMinutes: null, pinned: false, launchdInstalled: false },
    }),
    groups: () => [],
    markUsed: () => undefined,
    timings: { quiet: 0, turn: 0, ...(options.guardMs !== undefined && { guard: options.guardMs }) },
  });
  let admitted = 0;
  const admission: Admission = {
    admit: async (request) => {
      const ticket = await pool.admit(request);
      admitted++;
      return ticket;
    },
    keepAlive: (id, ms) => pool.keepAlive(id, ms),
  };
  const profiles = [1, 2].map((id) => ({ ...base, id, name: `P${id}`, createdAt: '2026-01-01T00:00:00.000Z' }) as unknown as Profile);
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
  const gateway = new Gateway({
    pool: admission,
    models,
    logger,
    stalls,
    shaping,
    limits: new RateLimits(),
    onStall: (id) => house.service.reportStall(id),
    routing: { decide: ({ model }) => unrouted(model) },
    providers: { chat: never, pass: never, native: never, known: () => [] },
    used: () => undefined,
    sink: { begin: () => undefined, finish: () => undefined },
  });
  const access = new Access({ token: 't', allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
  const { app } = new HttpServer({ logger, access });
  registerGateway(app, {
    gateway,
    models,
    logger,
    responses: new ResponseStore(),
    countPrompt: async () => ({ tokens: 7, exact: false }),
    stateOf: (id) => house.service.get(id)?.state ?? 'stopped',
    characteristicsOf: async () => null,
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    house,
    engines,
    admitted: () => admitted,
    ask: (model, { path = '/v1/chat/completions', ...more } = {}) =>
      fetch(address + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, max_tokens: 99, messages: [{ role: 'user', content: 'Hi' }], ...more }),
      }),
    close: async () => {
      await app.close();
      pool.close();
      await house.close();
    },
  };
}
