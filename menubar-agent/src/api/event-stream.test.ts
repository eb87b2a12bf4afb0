/** The event stream over real HTTP: the route as the API registers it, read as a client reads it. */
import type { AddressInfo } from 'node:net';
import { routes, type EventTopic } from '@mlx-manager/shared';
import { EventBus, silentLogger } from '../core/index.js';
import { Access, HttpServer } from '../http/index.js';
import { EventStream, type TopicWatch } from './event-stream.js';

const TOKEN = 'a-token-of-this-test';

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}
interface Reader {
  readonly messages: Message[];
  /** Resolves when so many have come. */
  count(wanted: number): Promise<Message[]>;
  leave(): Promise<void>;
}
interface Rig {
  readonly bus: EventBus;
  readonly http: HttpServer;
  read(options?: { topics?: string; last?: string }): Promise<Reader>;
}

const rigs: HttpServer[] = [];
const readers: Reader[] = [];
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.leave()));
  await Promise.all(rigs.splice(0).map((http) => http.app.close()));
});

/** @param before done to each stream before it is served. */
async function start(
  watches: Partial<Record<EventTopic, TopicWatch>> = {},
  before: (stream: { end(): void }) => void = () => undefined,
): Promise<Rig> {
  const bus = new EventBus((error) => {
    throw error;
  });
  const events = new EventStream(bus, watches);
  const access = new Access({ token: TOKEN, allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
  const http = new HttpServer({ logger: silentLogger(), access });
  http.streamRoute(routes.events, ({ query }, stream, request) => {
    before(stream);
    const topics = query.topics === undefined ? null : new Set(query.topics.split(','));
    events.serve(stream, topics, request.headers['last-event-id'] as string | undefined);
  });
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  rigs.push(http);
  const base = `http://127.0.0.1:${(http.app.server.address() as AddressInfo).port}`;
  return {
    bus,
    http,
    async read({ topics, last } = {}) {
      const left = new AbortController();
      const answer = await fetch(`${base}/api/events${topics === undefined ? '' : `?topics=${topics}`}`, {
        headers: { authorization: `Bearer ${TOKEN}`, ...(last !== undefined && { 'last-event-id': last }) },
        signal: left.signal,
      });
      expect(answer.status).toBe(200);
      const reader = follow(answer.body!, left);
      readers.push(reader);
      return reader;
    },
  };
}

function follow(body: ReadableStream<Uint8Array>, left: AbortController): Reader {
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  const reading = (async () => {
    let text = '';
    for await (const part of body.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
      const blocks = (text + part).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks.filter((one) => !one.startsWith(':'))) {
        const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        messages.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown });
      }
      for (const check of [...waiting]) check();
    }
  })().catch((error: unknown) => {
    if (!left.signal.aborted) throw error;
  });
  return {
    messages,
    count: (wanted) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (messages.length < wanted) return;
          waiting.delete(check);
          resolve(messages);
        };
        waiting.add(check);
        check();
      }),
    leave() {
      left.abort();
      return reading;
    },
  };
}

const emit = (bus: EventBus, taskId: number | string): void => bus.emit('download.removed', { taskId: String(taskId) });
const tasks = (messages: readonly Message[]): string[] => messages.map(({ data }) => (data as { task_id: string }).task_id);

test('carries events as the wire has them, each with its own id', async () => {
  const { bus, read } = await start();
  emit(bus, 'before anybody read');
  const reader = await read();
  emit(bus, 'x');
  bus.emit('model.changed', { modelId: 'org/model', change: 'added' });
  expect(await reader.count(2)).toEqual([
    { id: expect.any(String), event: 'download.removed', data: { task_id: 'x' } },
    { id: expect.any(String), event: 'model.changed', data: { model_id: 'org/model', change: 'added' } },
  ]);
  expect(reader.messages[0]!.id).not.toBe(reader.messages[1]!.id);
});

describe('a reader that comes back', () => {
  test('gets what it missed, once and in order, then what comes', async () => {
    const { bus, read } = await start();
    const first = await read();
    emit(bus, 1);
    emit(bus, 2);
    const [, second] = await first.count(2);
    await first.leave();
    for (const id of [3, 4, 5]) emit(bus, id);
    const back = await read({ last: second!.id });
    emit(bus, 6);
    expect(tasks(await back.count(4))).toEqual(['3', '4', '5', '6']);
    const upToDate = await read({ last: back.messages.at(-1)!.id });
    emit(bus, 7);
    expect(tasks(await upToDate.count(1))).toEqual(['7']);
  });

  test('after exactly as many as are kept misses nothing; after one more it is told of the gap', async () => {
    const { bus, read } = await start();
    const first = await read();
    emit(bus, 0);
    const { id } = (await first.count(1))[0]!;
    for (let i = 1; i <= 1000; i++) emit(bus, i);
    const whole = await read({ last: id });
    expect(tasks(await whole.count(1000))).toEqual(Array.from({ length: 1000 }, (_, i) => String(i + 1)));

    emit(bus, 1001);
    const gap = await read({ last: id });
    emit(bus, 'next');
    const [reset, next] = await gap.count(2);
    expect(reset).toMatchObject({ event: 'stream.reset', data: { reason: 'gap' } });
    expect(tasks([next!])).toEqual(['next']);
    // The reset's own id is where it may go on from.
    const again = await read({ last: reset!.id });
    expect(tasks(await again.count(1))).toEqual(['next']);
  });

  test('to another run of the agent, or with an id that is none, begins anew', async () => {
    const earlier = await start();
    const old = await earlier.read();
    emit(earlier.bus, 1);
    const { id } = (await old.count(1))[0]!;
    const { bus, read } = await start();
    emit(bus, 'missed');
    for (const last of [id, 'nonsense', '-', `${id}x`, '7']) {
      const reader = await read({ last });
      emit(bus, 'next');
      const [reset, next] = await reader.count(2);
      expect(reset).toMatchObject({ event: 'stream.reset', data: { reason: 'restarted' } });
      expect(tasks([next!])).toEqual(['next']);
    }
  });
});

test('topics choose, of what was missed too; a gap is told whatever was chosen', async () => {
  const { bus, read } = await start();
  const all = await read();
  emit(bus, 1);
  const { id } = (await all.count(1))[0]!;
  emit(bus, 2);
  bus.emit('profile.deleted', { id: 1, name: 'missed' });
  const some = await read({ topics: 'profile,model', last: id });
  emit(bus, 3);
  bus.emit('model.changed', { modelId: 'm', change: 'removed' });
  bus.emit('profile.deleted', { id: 2, name: 'new' });
  expect((await some.count(3)).map(({ event }) => event)).toEqual(['profile.deleted', 'model.changed', 'profile.deleted']);
  const stranger = await read({ topics: 'profile', last: 'other-1' });
  expect((await stranger.count(1))[0]).toMatchObject({ event: 'stream.reset' });
});

test('every reader gets everything; one that left gets in nobody’s way', async () => {
  const { bus, http, read } = await start();
  const [one, two] = [await read(), await read()];
  emit(bus, 1);
  await Promise.all([one.count(1), two.count(1)]);
  await one.leave();
  emit(bus, 2);
  expect(tasks(await two.count(2))).toEqual(['1', '2']);
  expect(one.messages).toHaveLength(1);
  http.beginShutdown();
  await two.leave();
  emit(bus, 3);
});

describe('watches', () => {
  /** A watch that counts, and says when it was let go. */
  function counter(): { watch: TopicWatch; held: () => number; until(count: number): Promise<void> } {
    let held = 0;
    const waiting = new Set<() => void>();
    const change = (by: number): void => {
      held += by;
      for (const check of [...waiting]) check();
    };
    return {
      held: () => held,
      watch() {
        change(1);
        return () => change(-1);
      },
      until: (count) =>
        new Promise((resolve) => {
          const check = (): void => {
            if (held !== count) return;
            waiting.delete(check);
            resolve();
          };
          waiting.add(check);
          check();
        }),
    };
  }

  test('are held while somebody reads their topic, and only then', async () => {
    const [memory, server] = [counter(), counter()];
    const { read } = await start({ memory: memory.watch, server: server.watch });
    expect([memory.held(), server.held()]).toEqual([0, 0]);
    const downloads = await read({ topics: 'download' });
    expect([memory.held(), server.held()]).toEqual([0, 0]);
    const all = await read();
    const some = await read({ topics: 'memory,model' });
    expect([memory.held(), server.held()]).toEqual([2, 1]);
    await all.leave();
    await memory.until(1);
    await server.until(0);
    await some.leave();
    await memory.until(0);
    await downloads.leave();
    expect([memory.held(), server.held()]).toEqual([0, 0]);
  });

  test('are let go when the agent ends its streams', async () => {
    const memory = counter();
    const { http, read } = await start({ memory: memory.watch });
    await read();
    await read({ topics: 'memory' });
    expect(memory.held()).toBe(2);
    http.beginShutdown();
    expect(memory.held()).toBe(0);
  });

  test('are let go at once for a reader that had left before it was served', async () => {
    const memory = counter();
    const { read } = await start({ memory: memory.watch }, (stream) => stream.end());
    await read();
    expect(memory.held()).toBe(0);
  });
});
