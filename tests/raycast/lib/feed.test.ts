/** Data that is kept up to date: against a real agent that goes away, comes back and says what happens. */
import { jest } from '@jest/globals';
import type { AgentEvent, Client, EventTopic, Settings } from '@mlx-manager/shared';
import { EventHub } from '../../../raycast-extension/src/lib/event-hub.js';
import { Feed, type FeedParts } from '../../../raycast-extension/src/lib/feed.js';
import { AgentError } from '@mlx-manager/shared';
import { clientOf, endRig, startAgent, type Rig } from '../../support/agent.js';

jest.setTimeout(60_000);

let rig: Rig;
let away = false;
const feeds: { stop(): void }[] = [];
beforeEach(async () => {
  away = false;
  rig = await startAgent();
});
afterEach(async () => {
  for (const feed of feeds.splice(0)) feed.stop();
  await endRig(rig);
});

const connect = (): Client => {
  if (away) throw new AgentError('AGENT_NOT_RUNNING', { address: 'here' });
  return clientOf(rig.agent.address, rig.agent.token);
};
/** Tries again at once: the tests do not wait for what is longer than a moment. */
const newHub = (): EventHub =>
  new EventHub(
    connect,
    (_ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, 5);
        signal.addEventListener(
          'abort',
          () => {
            clearTimeout(timer);
            resolve();
          },
          { once: true },
        );
      }),
  );

function feed<T>(parts: Partial<FeedParts<T>> & Pick<FeedParts<T>, 'load'>): Feed<T> & { kept: T[] } {
  const kept: T[] = [];
  const made = new Feed<T>({ connect, hub: newHub(), remembered: undefined, remember: (data) => kept.push(data), ...parts });
  feeds.push(made);
  return Object.assign(made, { kept });
}
/** Resolves when the state fits. */
const until = <T>(made: Feed<T>, fits: (state: ReturnType<Feed<T>['snapshot']>) => boolean): Promise<void> =>
  new Promise((resolve) => {
    const check = (): void => {
      if (!fits(made.snapshot())) return;
      leave();
      resolve();
    };
    const leave = made.subscribe(check);
    check();
  });
const settings = (client: Client, signal: AbortSignal): Promise<Settings> => client.getSettings({ signal });
const topics: EventTopic[] = ['settings'];

test('what is remembered is there at once, then what is fetched; both are remembered', async () => {
  const one = feed<number>({ load: async () => 2, remembered: 1 });
  expect(one.snapshot()).toEqual({ data: 1, error: undefined, isLoading: true });
  one.start();
  await until(one, (state) => !state.isLoading);
  expect(one.snapshot()).toEqual({ data: 2, error: undefined, isLoading: false });
  expect(one.kept).toEqual([2]);
});

test('an event leads to a new fetch; many events to few', async () => {
  let asked = 0;
  const one = feed({ topics, load: (client, signal) => (asked++, settings(client, signal)) });
  one.start();
  await until(one, (state) => state.data?.maxDownloads !== undefined);
  for (let n = 1; n <= 5; n++) await rig.client.updateSettings({ body: { maxDownloads: n } });
  await until(one, (state) => state.data?.maxDownloads === 5);
  const before = asked;
  await one.revalidate();
  expect(asked).toBe(before + 1);
  expect(before).toBeLessThanOrEqual(7);
});

test('one fetch at a time and at most one more after it', async () => {
  const waiting: ((value: number) => void)[] = [];
  let most = 0;
  const one = feed<number>({
    load: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        most = Math.max(most, waiting.length);
      }),
  });
  one.start();
  const turns = [one.revalidate(), one.revalidate(), one.revalidate()];
  while (waiting.length === 0) await new Promise(setImmediate);
  waiting.shift()?.(1);
  while (waiting.length === 0) await new Promise(setImmediate);
  waiting.shift()?.(2);
  await Promise.all(turns);
  expect([one.snapshot().data, most, waiting.length]).toEqual([2, 1, 0]);
});

test('a handler applies events itself; one that came during a fetch stands over its older answer', async () => {
  let asked = 0;
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const heard: AgentEvent[] = [];
  const one = feed<{ maxDownloads: number }>({
    topics,
    load: async (client, signal) => {
      const { maxDownloads } = await settings(client, signal);
      asked++;
      await gate;
      return { maxDownloads };
    },
    on: (event, update) => {
      heard.push(event);
      if (event.type !== 'settings.updated') return false;
      update(() => ({ maxDownloads: event.data.maxDownloads }));
      return true;
    },
  });
  one.start();
  while (asked === 0) await new Promise(setImmediate);
  await rig.client.updateSettings({ body: { maxDownloads: 6 } });
  while (heard.length === 0) await new Promise(setImmediate);
  open();
  await until(one, (state) => state.data?.maxDownloads === 6 && !state.isLoading);
  await rig.client.updateSettings({ body: { maxDownloads: 7 } });
  await until(one, (state) => state.data?.maxDownloads === 7);
  expect(asked).toBe(1);
  one.stop();
  expect(one.kept.at(-1)).toEqual({ maxDownloads: 7 });
});

test.each([[topics], [undefined]])('an agent that goes away is told, and data comes anew when it is back (topics %s)', async (listened) => {
  const one = feed({ topics: listened, load: settings });
  one.start();
  await until(one, (state) => state.data !== undefined && !state.isLoading);
  away = true;
  await rig.stop();
  await until(one, (state) => state.error !== undefined);
  expect(one.snapshot()).toMatchObject({ error: { code: 'AGENT_NOT_RUNNING' }, data: { maxDownloads: expect.any(Number) } });
  const { folder } = rig;
  rig = await startAgent({ folder });
  await rig.client.updateSettings({ body: { maxDownloads: 8 } });
  away = false;
  await until(one, (state) => state.error === undefined && state.data?.maxDownloads === 8);
});

test('an agent that is not there at first is found when it comes', async () => {
  away = true;
  const one = feed({ topics, load: settings });
  one.start();
  await until(one, (state) => state.error !== undefined && !state.isLoading);
  expect(one.snapshot().data).toBeUndefined();
  away = false;
  await until(one, (state) => state.data !== undefined && state.error === undefined);
});

test('one stream serves all feeds of a command, also when one wants more topics; it ends with the last of them', async () => {
  const opened: EventTopic[][] = [];
  let live = 0;
  const watched = (): Client => {
    const client = connect();
    return {
      ...client,
      events: async function* (args = {}) {
        opened.push(args.topics ?? []);
        live++;
        try {
          yield* client.events(args);
        } finally {
          live--;
        }
      },
    };
  };
  const hub = new EventHub(watched);
  const first = feed({ hub, topics, load: settings });
  const second = feed({ hub, topics: ['download'], load: (client) => client.listDownloads() });
  first.start();
  second.start();
  await Promise.all([until(first, (state) => !state.isLoading), until(second, (state) => !state.isLoading)]);
  expect(opened).toEqual([['settings', 'download']]);
  const third = feed({ hub, topics: ['profile'], load: (client) => client.listProfiles() });
  third.start();
  await until(third, (state) => !state.isLoading);
  expect(opened.slice(1)).toEqual([['settings', 'download', 'profile']]);
  await rig.client.createProfile({ body: { name: 'New', modelPath: 'org/new' } });
  await until(third, (state) => state.data?.length === 1);
  expect(live).toBe(1);
  for (const one of [first, second, third]) one.stop();
  while (live > 0) await new Promise(setImmediate);
});

test('mutate shows the outcome at once and takes it back when the work fails', async () => {
  const one = feed<number[]>({ load: async () => [1, 2] });
  one.start();
  await until(one, (state) => !state.isLoading);
  const without = (data: number[]): number[] => data.filter((value) => value !== 2);
  const failing = one.mutate(Promise.reject(new Error('no')), { optimisticUpdate: without });
  expect(one.snapshot().data).toEqual([1]);
  await expect(failing).rejects.toThrow('no');
  expect(one.snapshot().data).toEqual([1, 2]);
  const work = one.mutate(Promise.resolve('done'), { optimisticUpdate: without, shouldRevalidateAfter: false });
  expect(one.snapshot().data).toEqual([1]);
  expect(await work).toBe('done');
  expect(one.snapshot().data).toEqual([1]);
  await one.mutate();
  expect(one.snapshot().data).toEqual([1, 2]);
});

test('after stop nothing is fetched and nothing changes', async () => {
  let asked = 0;
  const one = feed({ topics, load: (client, signal) => (asked++, settings(client, signal)) });
  one.start();
  await until(one, (state) => !state.isLoading);
  one.stop();
  const state = one.snapshot();
  await rig.client.updateSettings({ body: { maxDownloads: 3 } });
  await one.revalidate();
  expect([asked, one.snapshot()]).toEqual([1, state]);
});
