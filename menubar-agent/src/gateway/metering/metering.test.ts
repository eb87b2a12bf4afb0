/** Metering on a real database: what is written, when, and what never is. */
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { RequestsRepository } from '../../store/index.js';
import { callOf, meteringRig, traceOf, type MeteringRig } from '../../../../tests/support/metering.js';
import { rowOf } from './row.js';

jest.setTimeout(60_000);

let rigs: MeteringRig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.end()));
  rigs = [];
});
function start(...args: Parameters<typeof meteringRig>): MeteringRig {
  const rig = meteringRig(...args);
  rigs.push(rig);
  return rig;
}
const count = (rig: MeteringRig): number => (rig.db.prepare('SELECT count(*) AS n FROM requests').get() as { n: number }).n;
/** Lets the immediates run that work off what is due. */
async function drain(rig: MeteringRig, expected: number): Promise<void> {
  for (let turn = 0; turn < 1000 && count(rig) < expected; turn++) await setImmediate();
}

test('a request is written with all its facts, a second after it ended', async () => {
  const rig = start();
  const trace = rig.send({ keyId: 7, keyName: 'laptop', cachedTokens: 12, reasoningTokens: 3, loadMs: 30, rule: 'long prompts' });
  expect(count(rig)).toBe(0);
  rig.clock.advance(1000);
  await drain(rig, 1);
  expect(await rig.metering.history.find(trace.id)).toEqual({
    seq: 1,
    id: trace.id,
    startedAt: trace.startedAt,
    protocol: 'openai',
    endpoint: '/v1/chat/completions',
    model: 'coder',
    stream: true,
    keyId: 7,
    keyName: 'laptop',
    client: 'test/1.0',
    priority: 'normal',
    profileId: 1,
    profileName: 'Coder',
    modelPath: 'org/coder',
    engine: 'mlx-lm',
    provider: null,
    rule: 'long prompts',
    queueMs: 5,
    loadMs: 30,
    firstTokenMs: 100,
    totalMs: 200,
    promptTokens: 20,
    completionTokens: 11,
    cachedTokens: 12,
    reasoningTokens: 3,
    counted: false,
    tokensPerSecond: 100,
    finishReason: 'stop',
    status: 200,
    errorCode: null,
    outcome: 'ok',
    captured: false,
  });
});

test('500 do not wait for the second; nothing is scheduled when nothing happens', async () => {
  const rig = start();
  const before = rig.clock.scheduled;
  for (let i = 0; i < 500; i++) rig.send();
  expect(count(rig)).toBe(0);
  await drain(rig, 500);
  expect(count(rig)).toBe(500);
  const idle = start();
  expect(idle.clock.scheduled).toBe(before);
});

test('the end of the agent writes what waits', async () => {
  const rig = start();
  for (let i = 0; i < 150; i++) rig.send();
  await rig.metering.stop();
  expect(count(rig)).toBe(150);
});

test.each([
  ['streamed', {}, [100, 100]],
  ['of one token', { pieces: 1, completionTokens: 1 }, [100, Math.round((1 / 195) * 100_000) / 100]],
  ['whole', { stream: false, pieces: 1, completionTokens: 39, firstTokenTick: 1199 }, [null, 200]],
  ['whole, after a load', { pieces: 1, completionTokens: 39, firstTokenTick: 1199, loadMs: 95 }, [null, 390]],
  ['refused', { firstTokenTick: 0, pieces: 0, completionTokens: null, outcome: 'refused' as const }, [null, null]],
  ['of an engine that tells nonsense', { completionTokens: NaN, queueMs: NaN, endTick: 0 }, [100, null]],
])('speed and first token of an answer %s', (_name, changes, expected) => {
  const row = rowOf(traceOf(changes), false);
  expect([row.firstTokenMs, row.tokensPerSecond]).toEqual(expected);
});

test('a database that cannot be written is tried again, and nothing is lost or doubled', async () => {
  let broken = 3;
  const rig = start({
    repository: (real) =>
      Object.assign(Object.create(real) as RequestsRepository, {
        insert: (...args: Parameters<RequestsRepository['insert']>) => {
          if (broken-- > 0) throw new Error('disk full');
          real.insert(...args);
        },
        prune: () => false,
      }),
  });
  for (let i = 0; i < 250; i++) rig.send();
  rig.clock.advance(1000);
  await setImmediate();
  await setImmediate();
  expect(count(rig)).toBe(0);
  rig.clock.advance(1000 + 2000 + 4000);
  await drain(rig, 250);
  expect(count(rig)).toBe(250);
});

test('while the database cannot be written memory is bounded, and what was given up is told', async () => {
  const rig = start({
    repository: (real) =>
      Object.assign(Object.create(real) as RequestsRepository, {
        insert: () => {
          throw new Error('disk full');
        },
        prune: () => false,
      }),
  });
  for (let i = 0; i < 20_050; i++) rig.send();
  rig.metering.settle();
  expect(await rig.metering.metrics()).toContain('mlx_manager_measurements_dropped_total 50\n');
});

test('prompts, answers, errors’ texts and keys are nowhere in the database', async () => {
  const rig = start();
  const secret = 'sesame-open-up';
  rig.send(
    { errorMessage: `cannot read ${secret}`, outcome: 'error', errorCode: 'ENGINE_STREAM_BROKEN' },
    { text: secret, reasoning: secret },
    { messages: [{ role: 'user', content: secret }] },
  );
  await rig.metering.stop();
  expect(count(rig)).toBe(1);
  rig.db.pragma('wal_checkpoint(TRUNCATE)');
  expect(readFileSync(rig.file).includes(secret)).toBe(false);
});

test('with capture on, prompt and answer are kept, cut to their limit, and found by the request', async () => {
  const rig = start({ settings: { captureRequests: true } });
  const image = 'x'.repeat(100_000);
  const trace = rig.send({}, { text: 'It is a cat.', reasoning: '' }, { messages: [{ role: 'user', content: ['What is it?', image] }] });
  await drain(rig, 1);
  const capture = rig.metering.history.capture(trace.id);
  expect(capture).toMatchObject({
    answer: 'It is a cat.',
    reasoning: null,
    truncated: true,
    prompt: expect.stringContaining('What is it?'),
  });
  expect(capture?.prompt.length).toBeLessThan(40_000);
  expect(JSON.parse(capture?.prompt ?? '')).toMatchObject({ messages: [{ role: 'user' }] });
  expect((await rig.metering.history.find(trace.id))?.captured).toBe(true);
  rig.metering.clear();
  expect([count(rig), rig.metering.history.capture(trace.id)]).toEqual([0, null]);
});

test('tokens an engine does not tell are counted afterwards with the model’s tokenizer', async () => {
  const texts: unknown[] = [];
  const rig = start({
    countTokens: async (profileId, text) => {
      texts.push([profileId, text]);
      return text.split(' ').length;
    },
    countPrompt: async () => 42,
  });
  const trace = rig.send({ promptTokens: null, completionTokens: null, pieces: 2 }, { text: 'one two three', reasoning: 'hm ' });
  await drain(rig, 1);
  await rig.metering.countsDone();
  expect(texts).toEqual([[1, 'hm one two three']]);
  expect(await rig.metering.history.find(trace.id)).toMatchObject({
    promptTokens: 42,
    completionTokens: 4,
    counted: true,
    tokensPerSecond: 30,
  });
  expect(rig.metering.usage().servers[0]).toMatchObject({ promptTokens: 42, completionTokens: 4 });
});

test.each([
  ['no tokenizer', undefined],
  ['one that does not know the model', async () => null],
  ['one that breaks', async () => Promise.reject(new Error('no'))],
])('with %s the pieces are the count, marked as such', async (_name, countTokens) => {
  const rig = start(countTokens ? { countTokens } : {});
  const trace = rig.send({ promptTokens: null, completionTokens: null }, { text: 'abc', reasoning: '' });
  rig.metering.settle();
  await rig.metering.countsDone();
  expect(await rig.metering.history.find(trace.id)).toMatchObject({ promptTokens: null, completionTokens: 11, counted: true });
  expect(rig.metering.usage().servers[0]).toMatchObject({ completionTokens: 11 });
});

test('counts agree with what was sent, whatever it was', async () => {
  const rig = start();
  let seed = 7;
  const random = (limit: number): number => (seed = (seed * 48271) % 2147483647) % limit;
  const sent = { ok: 0, error: 0, refused: 0, cancelled: 0, prompt: 0, completion: 0 };
  for (let i = 0; i < 2000; i++) {
    const outcome = (['ok', 'error', 'refused', 'cancelled'] as const)[random(4)]!;
    const [promptTokens, completionTokens] = [random(1000), random(100)];
    sent[outcome]++;
    sent.prompt += promptTokens;
    sent.completion += completionTokens;
    rig.send({ outcome, promptTokens, completionTokens, profileId: 1 + random(3), profileName: `P${i % 3}`, keyId: random(2) ? 5 : null });
    if (random(100) === 0) rig.clock.advance(1000);
  }
  rig.metering.settle();
  const { total } = await rig.metering.history.summary({}, 'profile');
  expect(total).toMatchObject({ requests: 2000, errors: sent.error, promptTokens: sent.prompt, completionTokens: sent.completion });
  const { servers } = rig.metering.usage();
  const sum = (key: 'requests' | 'promptTokens' | 'completionTokens'): number => servers.reduce((all, one) => all + one[key], 0);
  expect([sum('requests'), sum('promptTokens'), sum('completionTokens')]).toEqual([2000, sent.prompt, sent.completion]);
  const text = await rig.metering.metrics();
  const read = (pattern: RegExp): number => [...text.matchAll(pattern)].reduce((all, match) => all + Number(match[1]), 0);
  expect(read(/^mlx_manager_requests_total\{.*outcome="error".*\} (\d+)$/gm)).toBe(sent.error);
  expect(read(/^mlx_manager_tokens_total\{.*gen_ai_token_type="output".*\} (\d+)$/gm)).toBe(sent.completion);
  expect(read(/^gen_ai_server_request_duration_seconds_count\{.*\} (\d+)$/gm)).toBe(2000);
});

describe('totals on the event stream', () => {
  const updates = (rig: MeteringRig) => rig.events.filter(({ type }) => type === 'usage.updated').map(({ data }) => data);

  test('come while somebody watches, at most every second, and only when something changed', () => {
    const rig = start();
    rig.send();
    rig.clock.advance(5000);
    expect(updates(rig)).toEqual([]);
    const letGo = rig.metering.watchUsage();
    expect(updates(rig)).toHaveLength(1);
    rig.clock.advance(900);
    rig.send();
    rig.send();
    expect(updates(rig)).toHaveLength(1);
    rig.clock.advance(10_000);
    const seen = updates(rig).length;
    expect(seen).toBeLessThanOrEqual(8); // the change, and its speed going back to nothing over five seconds
    rig.clock.advance(10_000);
    expect(updates(rig)).toHaveLength(seen);
    letGo();
    rig.send();
    rig.clock.advance(10_000);
    expect(updates(rig)).toHaveLength(seen);
  });

  test('tell what runs and waits, tokens as they come, and the speed', () => {
    const rig = start();
    rig.metering.watchUsage();
    const running = traceOf({ pieces: 0, completionTokens: null, keyId: 3, keyName: 'laptop' });
    const waiting = traceOf({ pieces: 0, engine: null });
    rig.metering.begin(running);
    rig.metering.begin(waiting);
    for (let second = 0; second < 4; second++) {
      running.pieces += 50;
      rig.clock.advance(1000);
    }
    expect(rig.metering.usage()).toEqual({
      servers: [
        {
          profileId: 1,
          profileName: 'Coder',
          requests: 0,
          active: 2,
          queued: 1,
          promptTokens: 0,
          completionTokens: 200,
          tokensPerSecond: 50,
        },
      ],
      keys: [{ keyId: 3, keyName: 'laptop', requests: 0, active: 1, promptTokens: 0, completionTokens: 200, tokensPerSecond: 50 }],
    });
    running.completionTokens = 210;
    rig.metering.finish(running, callOf(running), null);
    expect(rig.metering.usage().servers[0]).toMatchObject({ requests: 1, active: 1, completionTokens: 210, promptTokens: 20 });
  });

  test('a server that is started anew counts from nothing; a key goes on', () => {
    const rig = start();
    rig.send({ keyId: 3 });
    rig.metering.usage();
    rig.bus.emit('server.updated', { profileId: 1, profileName: 'Coder', state: 'starting' } as never);
    rig.bus.emit('server.updated', { profileId: 1, profileName: 'Coder', state: 'healthy' } as never);
    expect(rig.metering.usage()).toMatchObject({ servers: [], keys: [{ keyId: 3, requests: 1 }] });
  });

  test('what a provider answered is no server’s', () => {
    const rig = start();
    rig.send({ provider: 'cloud', keyId: 3 });
    expect(rig.metering.usage()).toMatchObject({ servers: [], keys: [{ requests: 1 }] });
  });
});

describe('retention', () => {
  test('what is too old goes, slice by slice, also when nothing new comes', async () => {
    const rig = start({ settings: { requestRetentionDays: 30 } });
    for (let i = 0; i < 1300; i++) rig.send({ startedAt: rig.clock.now() - 31 * 86_400_000 });
    const young = rig.send({ startedAt: rig.clock.now() - 29 * 86_400_000 });
    rig.metering.settle();
    expect(count(rig)).toBe(1301);
    rig.clock.advance(60_000);
    expect(count(rig)).toBe(801); // one slice
    rig.clock.advance(1000);
    expect(count(rig)).toBe(1);
    expect(await rig.metering.history.find(young.id)).not.toBeNull();
    rig.clock.advance(2 * 86_400_000);
    expect(count(rig)).toBe(0);
  });

  test('what is too much goes, the oldest first', async () => {
    const rig = start({ settings: { requestMaxRows: 100 } });
    const sent = Array.from({ length: 250 }, () => rig.send().id);
    rig.metering.settle();
    rig.clock.advance(61_000);
    expect(count(rig)).toBe(100);
    expect([await rig.metering.history.find(sent[149]!), (await rig.metering.history.find(sent[150]!))?.id]).toEqual([null, sent[150]]);
  });

  test('captures go after seven days, and never outlive their request', async () => {
    const rig = start({ settings: { captureRequests: true, requestRetentionDays: 10 } });
    const trace = rig.send({}, { text: 'x', reasoning: '' });
    rig.metering.settle();
    rig.clock.advance(6 * 86_400_000);
    expect(rig.metering.history.capture(trace.id)).not.toBeNull();
    rig.clock.advance(2 * 86_400_000);
    expect([rig.metering.history.capture(trace.id), (await rig.metering.history.find(trace.id))?.captured]).toEqual([null, false]);
  });
});
