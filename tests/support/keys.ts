/** Keys over real HTTP: a server with our checks and a few routes. Keys stand in memory; the store has a test of its own. */
import { request as httpRequest } from 'node:http';
import type { AgentEvent, ApiKeyCreate } from '@mlx-manager/shared';
import { EventBus, silentLogger, type Clock } from '../../menubar-agent/src/core/index.js';
import {
  Access,
  ApiKeys,
  enforceLimits,
  HttpServer,
  RateLimits,
  type ApiKeyRecord,
  type ApiKeyStorage,
} from '../../menubar-agent/src/http/index.js';

export const TOKEN = 'a-token-of-this-test';
class InMemory implements ApiKeyStorage {
  readonly kept: ApiKeyRecord[] = [];
  uses: ReadonlyMap<number, string>[] = [];
  all = (): ApiKeyRecord[] => this.kept;
  insert = (key: Omit<ApiKeyRecord, 'id'>): number => this.kept.push({ ...key, id: this.kept.length + 1 });
  update = (key: ApiKeyRecord): void => void (this.kept[key.id - 1] = key);
  markUsed = (uses: ReadonlyMap<number, string>): void => void this.uses.push(uses);
}
class TestClock implements Clock {
  time = Date.parse('2026-11-21T12:00:00Z');
  readonly tasks = new Set<() => void>();
  now = (): number => this.time;
  schedule = (task: () => void): (() => void) => {
    this.tasks.add(task);
    return () => this.tasks.delete(task);
  };
}

export interface KeysRig {
  base: string;
  keys: ApiKeys;
  storage: InMemory;
  clock: TestClock;
  events: unknown[];
  owner: { required: boolean; hosts: string[]; origins: string[] };
  make(options?: Partial<ApiKeyCreate>): { id: number; secret: string };
}
const running: HttpServer[] = [];
/** Ends them all; call it after each test. */
export async function closeServers(): Promise<void> {
  await Promise.all(running.splice(0).map((http) => http.app.close()));
}

/** Starts one on any port. */
export async function serveWithKeys(): Promise<KeysRig> {
  const owner = { required: false, hosts: [] as string[], origins: [] as string[] };
  const events: AgentEvent[] = [];
  const bus = new EventBus((error) => {
    throw error;
  });
  bus.onAny((event) => events.push(event as AgentEvent));
  const storage = new InMemory();
  const clock = new TestClock();
  const keys = new ApiKeys({ storage, bus, clock, logger: silentLogger() });
  const access = new Access({
    token: TOKEN,
    keys,
    allowedHosts: () => owner.hosts,
    allowedOrigins: () => owner.origins,
    requireApiKey: () => owner.required,
    now: clock.now,
  });
  const limits = new RateLimits(clock.now);
  const http = new HttpServer({ logger: silentLogger(), access });
  http.app.get('/v1/models', (request) => ({ object: 'list', data: [{ id: request.caller.key?.name ?? 'nobody', object: 'model' }] }));
  http.app.post('/v1/chat/completions', (request, reply) => {
    enforceLimits(limits, request, reply);
    limits.spent(request.caller.key?.id ?? null, 100);
    return { id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [] };
  });
  http.app.post('/v1/messages', (request, reply) => {
    enforceLimits(limits, request, reply, 'anthropic');
    return { id: 'msg', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: 'end_turn', usage: {} };
  });
  http.app.get('/api/keys', () => keys.list());
  http.app.get('/api/health', () => 'ok');
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  running.push(http);
  const { port } = http.app.server.address() as { port: number };
  const make: KeysRig['make'] = (options) => {
    const { key, secret } = keys.create({ name: `key ${keys.list().length}`, ...options });
    return { id: key.id, secret };
  };
  return { base: `http://127.0.0.1:${port}`, keys, storage, clock, events, owner, make };
}

/** Unlike fetch, this sends any Host header. */
export function ask(
  base: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(base + path, { method, headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
export const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });
/** The name of the key that a request came with, `nobody`, or what refused it. */
export const who = async (base: string, headers: Record<string, string>): Promise<string> => {
  const { status, body } = await ask(base, '/v1/models', headers);
  const json = JSON.parse(body) as { data?: [{ id: string }]; error?: { code: string } };
  return json.data?.[0].id ?? `${status} ${json.error?.code ?? ''}`;
};
