/** The page's one stream: topics as they are wanted, no gap, no double. */
import { AgentError, type AgentEvent, type EventTopic } from '@mlx-manager/shared';
import { EventHub } from './events.js';

interface Opened {
  topics: EventTopic[];
  lastEventId: string | undefined;
  signal: AbortSignal;
  send: (event: AgentEvent) => void;
  fail: (error: AgentError) => void;
}

/** An agent's streams, told by hand. */
function stand(first = '') {
  const opened: Opened[] = [];
  const waiting: ((one: Opened) => void)[] = [];
  const refuse: { error: AgentError | null } = { error: null };
  const events = async function* (args: { topics?: EventTopic[]; lastEventId?: string; signal?: AbortSignal; onOpen?: () => void } = {}) {
    if (refuse.error) throw refuse.error;
    const queue: (AgentEvent | AgentError)[] = [];
    let wake: () => void = () => undefined;
    const push = (one: AgentEvent | AgentError): void => {
      queue.push(one);
      wake();
    };
    const one: Opened = { topics: args.topics ?? [], lastEventId: args.lastEventId, signal: args.signal!, send: push, fail: push };
    args.signal?.addEventListener('abort', () => wake());
    opened.push(one);
    args.onOpen?.();
    waiting.shift()?.(one);
    for (;;) {
      const next = queue.shift();
      if (next instanceof AgentError) throw next;
      if (next) yield next;
      else if (args.signal?.aborted) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const hub = new EventHub({ events: events as never }, first);
  return { hub, opened, refuse, next: () => new Promise<Opened>((resolve) => waiting.push(resolve)) };
}
const removed = (id: string, profileId: number): AgentEvent => ({ id, type: 'server.removed', data: { profileId } });
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test('one stream carries what is asked for; a new topic takes its place without a gap or a double', async () => {
  const { hub, opened, next } = stand();
  const heard: string[] = [];
  let opening = next();
  hub.subscribe(['server'], ({ id }) => heard.push(id));
  const first = await opening;
  expect(first.topics).toEqual(['server']);
  expect(await hub.ready(['server'])).toBe(true);
  first.send(removed('r-1', 1));
  await settle();
  opening = next();
  hub.subscribe(['download', 'server'], () => undefined);
  const second = await opening;
  expect(second).toMatchObject({ topics: ['server', 'download'], lastEventId: 'r-1' });
  expect(first.signal.aborted).toBe(true);
  second.send(removed('r-1', 1));
  second.send(removed('r-2', 1));
  await settle();
  expect(heard).toEqual(['r-1', 'r-2']);
  expect(opened).toHaveLength(2);
  second.fail(new AgentError('UNAUTHORIZED'));
});

test('a topic that is carried already opens nothing', async () => {
  const { hub, opened, next } = stand();
  const opening = next();
  hub.subscribe(['server'], () => undefined);
  const { fail } = await opening;
  hub.subscribe(['server'], () => undefined);
  await settle();
  expect(opened).toHaveLength(1);
  fail(new AgentError('UNAUTHORIZED'));
});

test('a stream that breaks comes back behind the last event; one that is refused says that the agent is away', async () => {
  const { hub, next, refuse } = stand();
  let resets = 0;
  hub.onReset(() => resets++);
  let opening = next();
  hub.subscribe(['server'], () => undefined);
  const first = await opening;
  first.send(removed('r-7', 1));
  await settle();
  refuse.error = new AgentError('AGENT_NOT_RUNNING', { address: '' });
  first.fail(new AgentError('STREAM_BROKEN'));
  await new Promise<void>((resolve) => hub.watch(() => hub.connection === 'away' && resolve()));
  expect(await hub.ready(['server'])).toBe(false);
  refuse.error = null;
  opening = next();
  hub.retry();
  const second = await opening;
  expect(second.lastEventId).toBe('r-7');
  expect(hub.connection).toBe('live');
  second.send({ id: 'q-1', type: 'stream.reset', data: { reason: 'restarted' } });
  second.send(removed('q-2', 1));
  await settle();
  expect(resets).toBe(1);
  second.fail(new AgentError('UNAUTHORIZED'));
  await settle();
  expect(hub.connection).toBe('signed-out');
});

test('the stream goes on behind the page’s first data, and knows of which topics it missed something', async () => {
  const { hub, next } = stand('ab-7');
  hub.subscribe(['server'], () => undefined);
  const one = await next();
  expect(one.lastEventId).toBe('ab-7');
  expect([hub.toldSinceFirst(['server']), hub.toldSinceFirst(['server', 'pool'])]).toEqual([true, false]);
  // Nothing was told yet: another topic begins at the same place.
  hub.subscribe(['pool'], () => undefined);
  const two = await next();
  expect([two.lastEventId, hub.toldSinceFirst(['server', 'pool'])]).toEqual(['ab-7', true]);
  const heard = new Promise<void>((resolve) => void hub.subscribe(['server'], () => resolve()));
  two.send({ id: 'ab-9', type: 'server.removed', data: { profileId: 1 } });
  await heard;
  // What happened to profiles before 9 is not told any more.
  hub.subscribe(['profile'], () => undefined);
  const three = await next();
  expect([three.lastEventId, hub.toldSinceFirst(['profile']), hub.toldSinceFirst(['pool'])]).toEqual(['ab-9', false, true]);
});

test('a topic that was let go, or joined behind others, has a gap since the page’s first data; a reset leaves none without', async () => {
  const { hub, next } = stand('ab-7');
  const leave = hub.subscribe(['pool'], () => undefined);
  hub.subscribe(['server'], () => undefined);
  await next();
  expect(hub.toldSinceFirst(['server', 'pool'])).toBe(true);
  leave();
  const two = await next();
  expect([two.topics, hub.toldSinceFirst(['pool'])]).toEqual([['server'], false]);
  two.send(removed('ab-9', 1));
  await settle();
  // What happened to the pool before 9 is told nobody.
  hub.subscribe(['pool'], () => undefined);
  const three = await next();
  expect([three.lastEventId, hub.toldSinceFirst(['pool']), hub.toldSinceFirst(['server'])]).toEqual(['ab-9', false, true]);
  three.send({ id: 'cd-1', type: 'stream.reset', data: { reason: 'restarted' } });
  await settle();
  expect(hub.toldSinceFirst(['server'])).toBe(false);
});

test('an event of a carried topic, while a stream with another one opens, leaves that one with a gap', async () => {
  let open: (() => void) | undefined;
  const events = async function* (args: { topics?: EventTopic[]; onOpen?: () => void }): AsyncGenerator<AgentEvent> {
    if (args.topics?.includes('pool')) await new Promise<void>((resolve) => (open = resolve));
    args.onOpen?.();
    if (!args.topics?.includes('pool')) {
      while (open === undefined) await settle();
      yield removed('ab-9', 1);
    }
    await new Promise<never>(() => undefined);
  };
  const hub = new EventHub({ events }, 'ab-7');
  hub.subscribe(['server'], () => undefined);
  await hub.ready(['server']);
  const heard = new Promise<void>((resolve) => void hub.subscribe(['server'], () => resolve()));
  hub.subscribe(['pool'], () => undefined);
  await heard;
  open?.();
  await hub.ready(['pool', 'server']);
  // Its own event 8 would come behind 9, and count as heard.
  expect([hub.toldSinceFirst(['pool']), hub.toldSinceFirst(['server'])]).toEqual([false, true]);
});

test('who asks again while a try is under way, which began too early, gets another one', async () => {
  const tries: ((error: AgentError | null) => void)[] = [];
  const events = async function* (args: { onOpen?: () => void }) {
    const error = await new Promise<AgentError | null>((resolve) => tries.push(resolve));
    if (error) throw error;
    args.onOpen?.();
    yield await new Promise<never>(() => undefined);
  };
  const hub = new EventHub({ events: events as never });
  hub.subscribe(['server'], () => undefined);
  await settle();
  tries[0]?.(new AgentError('UNAUTHORIZED'));
  await settle();
  expect(hub.connection).toBe('signed-out');
  hub.retry();
  await settle();
  // Signed in now, while the second try still waits for its refusal.
  hub.retry();
  tries[1]?.(new AgentError('UNAUTHORIZED'));
  await settle();
  await settle();
  expect(tries).toHaveLength(3);
  tries[2]?.(null);
  await settle();
  expect(hub.connection).toBe('live');
});

test('a stream that is replaced before it was open leaves none behind', async () => {
  const tries: { topics: EventTopic[]; signal: AbortSignal; open: () => void }[] = [];
  const events = async function* (args: { topics: EventTopic[]; signal: AbortSignal; onOpen?: () => void }) {
    await new Promise<void>((resolve) => tries.push({ topics: args.topics, signal: args.signal, open: resolve }));
    args.onOpen?.();
    yield await new Promise<never>(() => undefined);
  };
  const hub = new EventHub({ events: events as never });
  for (const topic of ['server', 'download', 'profile'] as const) {
    hub.subscribe([topic], () => undefined);
    await settle();
    await settle();
    if (topic === 'server') {
      tries[0]?.open();
      await settle();
    }
  }
  expect(tries.map(({ topics }) => topics.length)).toEqual([1, 2, 3]);
  tries[2]?.open();
  await settle();
  expect(tries.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  expect(await hub.ready(['server', 'download', 'profile'])).toBe(true);
  // The one in the middle is too late.
  tries[1]?.open();
  await settle();
  expect(tries[2]?.signal.aborted).toBe(false);
});
