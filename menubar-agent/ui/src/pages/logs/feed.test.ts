/** The feed: history, what comes, connections that break, other logs. */
import { AgentError, type AllLogs, type AllLogsQuery, type LogEntry } from '@mlx-manager/shared';
import { LogFeed } from './feed.js';
import { HISTORY } from './lines.js';

const entry = (seq: number, source = '1'): LogEntry => ({
  source,
  seq,
  time: new Date(Date.UTC(2026, 10, 21, 13, 0, seq)).toISOString(),
  level: 'info',
  text: `${source}-${seq}`,
});
type Query = Partial<AllLogsQuery>;
interface Opened {
  query: Query;
  send: (entries: LogEntry[]) => void;
  fail: () => void;
  signal: AbortSignal;
}

/** An agent, told by hand. @param first lines that came with the page. @param whole when all of the history is answered. */
function stand(
  history: AllLogs = { lines: [entry(1), entry(2)], positions: '1:2' },
  first?: AllLogs,
  whole: Promise<null> = Promise.resolve(null),
) {
  const asked: Query[] = [];
  const opened: Opened[] = [];
  const away: { error: AgentError | null } = { error: null };
  const changed: (() => void)[] = [];
  const feed = new LogFeed({
    client: {
      readLogs: ({ query = {} }: { query?: Query } = {}) => {
        if (away.error) return Promise.reject(away.error);
        asked.push(query);
        const { lines = 0 } = query;
        const answer = { ...history, lines: history.lines.slice(-lines) };
        return lines === HISTORY ? whole.then(() => answer) : Promise.resolve(answer);
      },
      async *followAllLogs({ query = {}, signal, onOpen }) {
        if (away.error) throw away.error;
        const queue: (LogEntry[] | null)[] = [];
        let wake: () => void = () => undefined;
        const push = (one: LogEntry[] | null): void => {
          queue.push(one);
          wake();
        };
        signal?.addEventListener('abort', () => wake());
        opened.push({ query, send: push, fail: () => push(null), signal: signal as AbortSignal });
        onOpen?.();
        while (signal?.aborted !== true) {
          const next = queue.shift();
          if (next === null) throw new AgentError('STREAM_BROKEN');
          if (next) yield next;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    },
    nextFrame: (paint) => setTimeout(paint),
    first,
  });
  feed.watch(() => {
    for (const check of [...changed]) check();
  });
  const until = (fits: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const timer = setInterval(check, 5);
      function check(): void {
        if (!fits()) return;
        clearInterval(timer);
        resolve();
      }
      changed.push(check);
      check();
    });
  return { feed, asked, opened, away, until, texts: () => feed.ring.lines.map(({ text }) => text) };
}

test('history at first, then what comes from behind it', async () => {
  const { feed, asked, opened, until, texts } = stand();
  feed.follow(['1'], false);
  await until(() => opened.length === 1);
  expect(asked).toEqual([{ sources: '1', lines: 200 }]);
  expect(opened[0]?.query).toEqual({ sources: '1', lines: 0, after: '1:2' });
  opened[0]?.send([entry(3), entry(4)]);
  await until(() => texts().length === 4);
  expect(texts()).toEqual(['1-1', '1-2', '1-3', '1-4']);
  feed.rest();
});

test('after a break it goes on where it was, and fetches nothing twice', async () => {
  const { feed, asked, opened, away, until, texts } = stand();
  feed.follow(['1'], false);
  await until(() => opened.length === 1);
  opened[0]?.send([entry(3)]);
  await until(() => texts().length === 3);
  away.error = new AgentError('AGENT_NOT_RUNNING', { address: 'x' });
  opened[0]?.fail();
  await until(() => feed.error !== null);
  expect(texts()).toHaveLength(3);
  away.error = null;
  feed.retry();
  await until(() => opened.length === 2);
  expect(opened[1]?.query.after).toBe('1:3');
  await until(() => feed.error === null);
  expect(asked).toHaveLength(1);
  feed.rest();
});

test('a log that is new joins without losing the others; fewer logs begin anew', async () => {
  const { feed, asked, opened, until } = stand();
  feed.follow(['agent', '1'], true);
  await until(() => opened.length === 1);
  expect(asked).toEqual([{ lines: 200 }]);
  feed.follow(['agent', '1', '2'], true);
  await until(() => opened.length === 2);
  expect(opened[0]?.signal.aborted).toBe(true);
  expect(opened[1]?.query).toEqual({ lines: 0, after: '1:2,agent:0,2:0' });
  expect(asked).toHaveLength(1);
  feed.follow(['1'], false);
  await until(() => opened.length === 3);
  expect(asked[1]).toEqual({ sources: '1', lines: 200 });
  feed.rest();
});

test('resting lets the connection go; cleared lines come back when they are asked for', async () => {
  const { feed, asked, opened, until, texts } = stand();
  feed.follow(['1'], false);
  await until(() => opened.length === 1);
  feed.rest();
  expect(opened[0]?.signal.aborted).toBe(true);
  feed.resume();
  await until(() => opened.length === 2);
  expect(asked).toHaveLength(1);
  feed.clear();
  expect(texts()).toEqual([]);
  feed.restart();
  await until(() => opened.length === 3);
  expect(texts()).toEqual(['1-1', '1-2']);
  feed.rest();
});

test('an agent that is away is said while there is nothing to show', async () => {
  const { feed, away, opened, until } = stand();
  away.error = new AgentError('AGENT_NOT_RUNNING', { address: 'x' });
  feed.follow(['1'], false);
  await until(() => feed.error !== null);
  expect([feed.begun, feed.error?.code]).toEqual([false, 'AGENT_NOT_RUNNING']);
  away.error = null;
  feed.retry();
  await until(() => opened.length === 1);
  expect([feed.begun, feed.error]).toEqual([true, null]);
  feed.rest();
});

const long: AllLogs = { lines: Array.from({ length: 300 }, (_, i) => entry(i + 1)), positions: '1:300' };

test('what is seen at once comes first, the rest behind it, and each line once', async () => {
  const whole = Promise.withResolvers<null>();
  const { feed, asked, opened, until, texts } = stand(long, undefined, whole.promise);
  feed.follow(['1'], false);
  await until(() => feed.shown);
  expect([texts().length, feed.begun]).toEqual([200, false]);
  const last = feed.ring.lastId;
  whole.resolve(null);
  await until(() => opened.length === 1);
  expect(asked.map(({ lines }) => lines)).toEqual([200, 10_000]);
  expect(texts()).toEqual(long.lines.map(({ text }) => text));
  expect([feed.begun, feed.ring.lastId]).toEqual([true, last]);
  opened[0]?.send([entry(301)]);
  await until(() => texts().length === 301);
  feed.rest();
});

test('lines that came with the page are not asked for again', async () => {
  const { feed, asked, opened, until, texts } = stand(long, { lines: long.lines.slice(-200), positions: '1:300' });
  expect([feed.shown, feed.begun, texts().length]).toEqual([true, false, 200]);
  feed.follow(['1'], true);
  expect(texts()).toHaveLength(200);
  await until(() => opened.length === 1);
  expect(asked).toEqual([{ lines: 10_000 }]);
  expect(texts()).toHaveLength(300);
  feed.rest();
});

test('few lines that came with the page are all there are', async () => {
  const { feed, asked, opened, until, texts } = stand(long, { lines: [entry(1), entry(2)], positions: '1:2' });
  feed.follow(['1'], true);
  await until(() => opened.length === 1);
  expect(asked).toEqual([]);
  expect(opened[0]?.query).toEqual({ lines: 0, after: '1:2' });
  expect(texts()).toEqual(['1-1', '1-2']);
  feed.rest();
});

test('lines of all logs are not shown for one of them', async () => {
  const { feed, asked, opened, until } = stand(long, { lines: [entry(1, '2')], positions: '2:1' });
  feed.follow(['1'], false);
  expect(feed.shown).toBe(false);
  await until(() => opened.length === 1);
  expect(asked.map(({ sources }) => sources)).toEqual(['1', '1']);
  feed.rest();
});

test('what is cleared before its history came stays cleared', async () => {
  const whole = Promise.withResolvers<null>();
  const { feed, opened, until, texts } = stand(long, undefined, whole.promise);
  feed.follow(['1'], false);
  await until(() => feed.shown);
  feed.clear();
  whole.resolve(null);
  await until(() => opened.length === 1);
  expect(texts()).toEqual([]);
  feed.rest();
});
