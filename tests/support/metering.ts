/** Metering on a real database, on a clock that a test moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Server } from '@mlx-manager/shared';
import { EventBus, silentLogger, type BusEvent, type Clock } from '../../menubar-agent/src/core/index.js';
import { Metering, type MeteringDeps } from '../../menubar-agent/src/gateway/metering/index.js';
import type { Call } from '../../menubar-agent/src/gateway/core/call.js';
import type { AnswerText, Trace } from '../../menubar-agent/src/gateway/core/trace.js';
import { openDatabase, RequestsRepository, type Connection } from '../../menubar-agent/src/store/index.js';

export interface ManualClock extends Clock {
  /** Moves time on; what is due is done in its order. */
  advance(ms: number): void;
  readonly scheduled: number;
}

export function manualClock(start = Date.UTC(2026, 10, 21, 12)): ManualClock {
  let now = start;
  let tasks: { at: number; task: () => void }[] = [];
  return {
    now: () => now,
    schedule(task, ms) {
      const entry = { at: now + ms, task };
      tasks.push(entry);
      return () => (tasks = tasks.filter((one) => one !== entry));
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = tasks.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        tasks = tasks.filter((one) => one !== next);
        now = next.at;
        next.task();
      }
      now = end;
    },
    get scheduled() {
      return tasks.length;
    },
  };
}

/** A trace as the gateway writes it: by default a streamed answer of 11 tokens, the first after 100 ms, one each 10 ms after. */
export function traceOf(changes: Partial<Trace> = {}): Trace {
  return {
    id: randomUUID(),
    startedAt: Date.UTC(2026, 10, 21, 12),
    startedTick: 1000,
    protocol: 'openai',
    endpoint: '/v1/chat/completions',
    model: 'coder',
    stream: true,
    keyId: null,
    keyName: null,
    client: 'test/1.0',
    priority: 'normal',
    profileId: 1,
    profileName: 'Coder',
    modelPath: 'org/coder',
    engine: 'mlx-lm',
    provider: null,
    rule: null,
    queueMs: 5,
    loadMs: 0,
    firstTokenTick: 1100,
    pieces: 11,
    promptTokens: 20,
    completionTokens: 11,
    cachedTokens: null,
    reasoningTokens: null,
    counted: false,
    finishReason: 'stop',
    status: 200,
    errorCode: null,
    errorMessage: null,
    outcome: 'ok',
    endTick: 1200,
    ...changes,
  };
}

export function callOf(
  trace: Trace,
  body: Record<string, unknown> = { model: 'coder', messages: [{ role: 'user', content: 'hello' }] },
): Call {
  return {
    id: trace.id,
    protocol: trace.protocol,
    endpoint: trace.endpoint,
    model: trace.model,
    body,
    stream: trace.stream,
    passable: null,
    caller: { key: null, keyId: trace.keyId, keyName: trace.keyName, client: trace.client, priority: trace.priority, mayUse: () => true },
    signal: new AbortController().signal,
    answerHeaders: {},
    trace,
  };
}

export const settingsOf = (changes: Partial<Record<Parameters<MeteringDeps['setting']>[0], unknown>> = {}): MeteringDeps['setting'] => {
  const values: Record<string, unknown> = {
    requestRetentionDays: 30,
    requestMaxRows: 200_000,
    captureRequests: false,
    otelEndpoint: null,
    alertFirstTokenMs: 0,
    alertErrorPercent: 0,
    memoryEvictPercent: 85,
    memoryRefusePercent: 95,
    ...changes,
  };
  return ((key: string) => values[key]) as MeteringDeps['setting'];
};

export interface MeteringRig {
  readonly metering: Metering;
  readonly repository: RequestsRepository;
  readonly db: Connection;
  readonly file: string;
  readonly clock: ManualClock;
  readonly bus: EventBus;
  readonly events: BusEvent[];
  /** Bytes in use of 100. */
  memory: number;
  servers: Server[];
  /** Sends one request through. */
  send(changes?: Partial<Trace>, answer?: AnswerText | null, body?: Record<string, unknown>): Trace;
  end(): Promise<void>;
}

export function meteringRig(
  changes: { settings?: Parameters<typeof settingsOf>[0]; repository?: (real: RequestsRepository) => RequestsRepository } & Partial<
    Pick<MeteringDeps, 'countTokens' | 'countPrompt' | 'env' | 'logger'>
  > = {},
): MeteringRig {
  const folder = mkdtempSync(join(tmpdir(), 'mlx-metering-'));
  const file = join(folder, 'x.db');
  const db = openDatabase(file);
  const repository = new RequestsRepository(db);
  const clock = manualClock();
  const events: BusEvent[] = [];
  const bus = new EventBus((error) => {
    throw error as Error;
  });
  bus.onAny((event) => events.push(event));
  const { settings, repository: wrap, ...more } = changes;
  const rig = { memory: 10, servers: [] as Server[] };
  const metering = new Metering({
    repository: wrap ? wrap(repository) : repository,
    bus,
    clock,
    logger: silentLogger(),
    setting: settingsOf(settings),
    memory: async () => ({ totalBytes: 100, availableBytes: 100 - rig.memory }),
    servers: () => rig.servers,
    ...more,
  });
  return Object.assign(rig, {
    metering,
    repository,
    db,
    file,
    clock,
    bus,
    events,
    send(trace: Partial<Trace> = {}, answer: AnswerText | null = null, body?: Record<string, unknown>): Trace {
      const made = traceOf({ startedAt: clock.now(), ...trace });
      metering.begin(made);
      metering.finish(made, callOf(made, body), answer);
      return made;
    },
    async end() {
      await metering.stop();
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
