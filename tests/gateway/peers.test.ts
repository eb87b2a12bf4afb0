/**
 * The lines of facts/peers.md that belong to the gateway and its pool: what users of the neighbours complain about. A whole agent over stand-in engines (real processes,
 * behind mlx-lm's name); where the machine's memory or long waits must be pretended, the same rooms with durations of their own.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type Profile, type Server } from '@mlx-manager/shared';
import type { EngineAdapter, LaunchSpec } from '../../menubar-agent/src/engines/index.js';
import { mlxLm } from '../../menubar-agent/src/engines/adapters/mlx-lm.js';
import { createProcessTable } from '../../menubar-agent/src/system/index.js';
import { endRig, listen, startAgent, type Rig } from '../support/agent.js';
import { freePort, installedEngine, tinyModel } from '../support/engines.js';
import { missingTest, type FactLine } from '../support/facts.js';
import { fakeAdapter, tell, type FakeKnobs } from '../support/fake-engine/adapter.js';
import { eventually } from '../support/fake-engine/house.js';
import { poolRig } from '../support/pool.js';
import { gatewayHouse, type GatewayHouse } from '../support/gateway/house.js';

jest.setTimeout(60_000);

const HERE = 'tests/gateway/peers.test.ts';
const AGENT = 'menubar-agent/src';

/** Each line of the facts, and the tests that hold it: file, name. */
const LINES: readonly FactLine[] = [
  {
    line: '1: kernel panic or jetsam under memory pressure: watermarks at 85 and 95 % of the real memory, 503 and Retry-After before the machine suffers',
    tests: [
      [HERE, 'memory pressure: idle models go at the first mark, at the second a load is refused with 503 and Retry-After'],
      [`${AGENT}/pool/swap.test.ts`, 'over the first mark idle models go, one after another, the least recently used first'],
      [`${AGENT}/pool/swap.test.ts`, 'over the second mark nothing is loaded: MEMORY_PRESSURE'],
      [`${AGENT}/pool/swap.test.ts`, 'what the machine has no room for is not loaded, whatever the budget says; idle models go first'],
    ],
  },
  {
    line: '2: the old model is not evicted before the new one loads',
    tests: [
      [HERE, 'every process of the old model is gone before the new one is started'],
      [`${AGENT}/pool/swap.test.ts`, 'the idle model that was used least recently goes, wholly, before the next one comes'],
    ],
  },
  {
    line: '3: "unloaded", but the memory is not returned: one process per model, ended for real',
    tests: [
      [HERE, 'every process of the old model is gone before the new one is started'],
      [`${AGENT}/servers/supervisor/end-process.test.ts`, 'a child that survives SIGTERM is ended too (in the %s)'],
      [`${AGENT}/pool/swap.test.ts`, 'an engine that cannot be ended stays counted'],
    ],
  },
  {
    line: '4: idle unload is wanted',
    tests: [
      [HERE, 'an idle model is unloaded, and its idle clock does not run during a long request'],
      [`${AGENT}/pool/admit.test.ts`, 'an idle model is unloaded after its idle time, never while a request runs or waits'],
    ],
  },
  {
    line: '5: the idle clock ran during a long request and killed it',
    tests: [
      [HERE, 'an idle model is unloaded, and its idle clock does not run during a long request'],
      [HERE, 'an engine that works through a queue, or reads a long prompt, is not taken for a zombie'],
    ],
  },
  {
    line: '6: engines orphaned by a killed manager; but only what was recorded as spawned is ended, by pid and start time',
    tests: [
      [
        'tests/agent/crash.test.ts',
        'after kill -9 of the agent the next one adopts both engines: they answer, their logs go on, they can be stopped',
      ],
      ['tests/servers/agent-killed.test.ts', 'killed at any moment of a start: the next agent knows everything that was spawned'],
      [`${AGENT}/servers/supervisor/adoption.test.ts`, 'killed between spawn and record: found by its UUID'],
      [`${AGENT}/servers/supervisor/adoption.test.ts`, 'a process that got the recorded pid later is not touched'],
      [`${AGENT}/servers/supervisor/end-process.test.ts`, 'a process that only has the recorded pid is not touched'],
      [`${AGENT}/servers/service.test.ts`, 'an exposed port that another program has is refused with its name'],
      [`${AGENT}/servers/service.test.ts`, 'another program that answers on the port is not taken for the engine'],
    ],
  },
  {
    line: '7: a zombie engine: /health says 200 while completions hang for ever: probe with one real token',
    tests: [
      [
        HERE,
        'a zombie engine, whose health is 200 while completions hang, is found out by its silence and replaced; who waited is answered',
      ],
      [HERE, 'an engine that works through a queue, or reads a long prompt, is not taken for a zombie'],
      [`${AGENT}/gateway/core/stall-watch.test.ts`, 'silence at a request is reported, again and again'],
      [`${AGENT}/servers/supervisor/crash.test.ts`, 'hung for good: ended and started again'],
    ],
  },
  {
    line: '8: on-demand load ignored the requested model, or loaded it twice',
    tests: [
      [HERE, 'the model that was asked for is loaded, once, however many ask by whatever protocol'],
      [
        'tests/gateway/on-demand.test.ts',
        'a downloaded model that has no profile answers by its hub id; ten that ask at once start it once',
      ],
      [`${AGENT}/pool/admit.test.ts`, 'a model that the owner starts is waited for, not started twice'],
    ],
  },
  {
    line: '9: swap thrash: two clients alternating between two models',
    tests: [
      [
        'tests/gateway/on-demand.test.ts',
        'two models that do not fit together serve alternating clients without an error and without thrash',
      ],
      [`${AGENT}/pool/swap.test.ts`, 'clients that alternate between two models are served in batches'],
      [
        `${AGENT}/pool/real-servers.test.ts`,
        'two models that do not fit together serve alternating clients without an error, and nothing of them is left',
      ],
    ],
  },
  {
    line: '14: dead air while a model loads',
    tests: [
      [HERE, 'no dead air while a model loads: every protocol signals life, none says text'],
      ['tests/gateway/protocols.test.ts', 'while a model loads: pings for Anthropic, comments for OpenAI, never text'],
    ],
  },
  {
    line: '15: a hard-coded 300 s load timeout',
    tests: [
      [HERE, 'how long a load may take is the setting start_timeout, and nothing else'],
      [HERE, 'a request waits out a load of an hour'],
    ],
  },
  {
    line: 'Memory: RSS misses Metal memory: the footprint and IOAccelerator count it',
    tests: [
      [`${AGENT}/system/process-macos.test.ts`, 'is the footprint and the CPU time of the living tree'],
      [`${AGENT}/system/process-macos.test.ts`, 'falls back to top, and is unknown when neither tells'],
      [`${AGENT}/system/machine.test.ts`, 'memory, chip and GPU'],
      [`${AGENT}/system/machine.test.ts`, 'the driver’s own memory is not taken for the memory in use; no GPU is unknown'],
    ],
  },
  {
    line: 'Memory: readiness is not warmth: HTTP after 25 s, the first token 66 s later',
    tests: [
      [HERE, 'an engine whose health is 200 gets no request before its first token came'],
      [`${AGENT}/servers/service.test.ts`, 'an engine that answers its probe late becomes healthy'],
    ],
  },
];

test.each(LINES)('has its tests: $line', ({ tests }) => {
  expect(tests.flatMap(missingTest)).toEqual([]);
});

interface Start {
  readonly model: string;
  readonly baseUrl: string;
  /** Watched processes that lived when the engine was started. */
  readonly alive: Promise<number[]>;
}
const hi = (model: string) => ({ model, max_tokens: 99, messages: [{ role: 'user' as const, content: 'Hi' }] });
const processes = createProcessTable();

describe('a whole agent', () => {
  let rig: Rig;
  let ollamaUrl: string;
  let openai: OpenAI;
  let anthropic: Anthropic;
  const profiles: Record<string, Profile> = {};
  const knobs: Record<string, FakeKnobs> = {};
  const starts: Start[] = [];
  const watched: number[] = [];

  const living = async (): Promise<number[]> => {
    const found = await Promise.all(watched.map(async (pid) => ((await processes.startTime(pid)) === null ? [] : [pid])));
    return found.flat();
  };

  beforeAll(async () => {
    await installedEngine('mlx-lm');
    const fake = fakeAdapter((spec: LaunchSpec) => {
      starts.push({ model: spec.modelName, baseUrl: `http://${spec.host}:${spec.port}`, alive: living() });
      return { words: ['I am ', spec.modelName], ...knobs[spec.modelName] };
    });
    const { command, health, probe, explainFailure, prepareChat } = fake;
    Object.assign(mlxLm, { command, health, probe, explainFailure, prepareChat, streamFilter: undefined } satisfies {
      [Key in keyof EngineAdapter]?: unknown;
    });
    rig = await startAgent();
    const { client, agent, folder } = rig;
    for (const name of ['Alpha', 'Beta']) {
      const modelPath = join(folder, 'state', 'models', name);
      await cp(tinyModel, modelPath, { recursive: true });
      profiles[name] = await client.createProfile({ body: { name, modelPath, engine: 'mlx-lm' } });
    }
    const ollamaPort = await freePort();
    await client.updateSettings({ body: { ollamaEnabled: true, ollamaPort } });
    ollamaUrl = `http://127.0.0.1:${ollamaPort}`;
    const options = { apiKey: 'any', maxRetries: 0, fetch: globalThis.fetch };
    openai = new OpenAI({ ...options, baseURL: `${agent.address}/v1` });
    anthropic = new Anthropic({ ...options, baseURL: agent.address });
  }, 900_000);
  afterAll(() => endRig(rig));
  beforeEach(() => {
    starts.length = watched.length = 0;
    for (const name of Object.keys(profiles)) knobs[name] = {};
  });
  afterEach(async () => {
    for (const { profileId } of await rig.client.listServers()) await rig.client.stopServer({ params: { profileId } });
  });

  const idOf = (name: string): number => profiles[name]?.id ?? 0;
  const serverOf = async (name: string): Promise<Server | undefined> =>
    (await rig.client.listServers()).find(({ profileId }) => profileId === idOf(name));
  const post = (url: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), ...(signal && { signal }) });
  const chat = (name: string, more: object = {}, signal?: AbortSignal): Promise<Response> =>
    post(`${rig.agent.address}/v1/chat/completions`, { ...hi(name), ...more }, signal);
  /** A question by each protocol, and the text of its answer. */
  const asking: Record<string, (model: string) => Promise<unknown>> = {
    openai: async (model) => (await openai.chat.completions.create(hi(model))).choices[0]?.message.content,
    anthropic: async (model) =>
      (await anthropic.messages.create(hi(model))).content.map((block) => block.type === 'text' && block.text).join(''),
    responses: async (model) => (await openai.responses.create({ model, input: 'Hi' })).output_text,
    ollama: async (model) => {
      const answer = (await (await post(`${ollamaUrl}/api/chat`, { ...hi(model), stream: false })).json()) as {
        message: { content: string };
      };
      return answer.message.content;
    },
  };

  test('the model that was asked for is loaded, once, however many ask by whatever protocol', async () => {
    knobs.Alpha = knobs.Beta = { loadMs: 300 };
    const questions = Array.from({ length: 5 }, () => ['Alpha', 'Beta']).flat();
    const answers = await Promise.all(questions.flatMap((model) => Object.values(asking).map((ask) => ask(model))));
    expect(answers).toEqual(questions.flatMap((model) => Object.keys(asking).map(() => `I am ${model}`)));
    expect(starts.map(({ model }) => model).sort()).toEqual(['Alpha', 'Beta']);
  });

  test('every process of the old model is gone before the new one is started', async () => {
    const local = await rig.client.listLocalModels();
    const need = local.find(({ localPath }) => localPath.endsWith('Alpha'))?.memory.totalBytes ?? 0;
    await rig.client.updateSettings({ body: { maxMemoryGb: (need * 1.5) / 2 ** 30 } });
    try {
      // A worker of its own that is deaf to SIGTERM: ending the engine alone would leave it, and the memory, behind.
      knobs.Alpha = { child: 'group' };
      expect(await asking.openai?.('Alpha')).toBe('I am Alpha');
      const child = await eventually(
        async () => {
          const { lines } = await rig.client.serverLogs({ params: { profileId: idOf('Alpha') }, query: {} });
          return Number(/^child (\d+) up$/.exec(lines.find(({ text }) => text.startsWith('child'))?.text ?? '')?.[1]);
        },
        (pid) => pid > 0,
      );
      watched.push((await serverOf('Alpha'))?.pid ?? 0, child);
      expect(await living()).toEqual(watched);
      expect(await asking.anthropic?.('Beta')).toBe('I am Beta');
      expect(starts.map(({ model }) => model)).toEqual(['Alpha', 'Beta']);
      expect(await starts[1]?.alive).toEqual([]);
      expect(await serverOf('Alpha')).toBeUndefined();
    } finally {
      await rig.client.updateSettings({ body: { maxMemoryGb: null } });
    }
  });

  test('an idle model is unloaded, and its idle clock does not run during a long request', async () => {
    knobs.Alpha = { wordMs: 1_500, words: ['a', 'b', 'c', 'd'] };
    await (await post(`${ollamaUrl}/api/generate`, { model: 'Alpha', keep_alive: '3s', stream: false })).text();
    const ear = listen(rig.client, ['server']);
    try {
      const whole = await openai.chat.completions.create(hi('Alpha')); // twice as long as it may idle
      const ended = performance.now();
      expect(whole.choices[0]?.message.content).toBe('abcd');
      expect((await serverOf('Alpha'))?.state).toBe('healthy');
      await ear.until((event) => event.type === 'server.removed');
      expect(performance.now() - ended).toBeGreaterThan(1_500);
    } finally {
      await ear.stop();
    }
    expect(await serverOf('Alpha')).toBeUndefined();
  });

  test('no dead air while a model loads: every protocol signals life, none says text', async () => {
    knobs.Alpha = { loadMs: 9_000 };
    const { address } = rig.agent;
    const question = { ...hi('Alpha'), stream: true };
    const asked: Record<string, Promise<Response>> = {
      openai: post(`${address}/v1/chat/completions`, question),
      anthropic: post(`${address}/v1/messages`, question),
      responses: post(`${address}/v1/responses`, { model: 'Alpha', input: 'Hi', stream: true }),
      ollama: post(`${ollamaUrl}/api/chat`, question),
    };
    const since = performance.now();
    const loading = eventually(
      () => serverOf('Alpha'),
      (server) => server?.state === 'healthy',
      30_000,
    ).then(() => performance.now() - since);
    const read = async (answer: Response): Promise<{ before: string; after: string }> => {
      let before = '';
      let after = '';
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
        if (after === '' && !Buffer.from(chunk).toString().includes('I am')) before += Buffer.from(chunk).toString();
        else after += Buffer.from(chunk).toString();
      }
      return { before, after };
    };
    const entries = await Promise.all(Object.entries(asked).map(async ([name, answer]) => [name, await read(await answer)] as const));
    const answers = Object.fromEntries(entries);
    expect(await loading).toBeGreaterThan(8_900);
    for (const { after } of Object.values(answers)) expect(after).toContain('Alpha');
    expect(answers.openai?.before).toMatch(/^(: keep-alive\n\n)+/);
    expect(answers.openai?.before).not.toContain('content');
    expect([...(answers.anthropic?.before ?? '').matchAll(/^event: (.*)$/gm)].map((match) => match[1]).slice(0, 2)).toEqual([
      'message_start',
      'ping',
    ]);
    expect(answers.anthropic?.before).not.toContain('_delta');
    expect(answers.responses?.before).toContain('response.created');
    expect(answers.responses?.before).not.toContain('.delta');
    const lines = (answers.ollama?.before ?? '').split('\n').filter(Boolean);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ done: false, message: { content: '' } });
    expect(starts).toHaveLength(1);
  });

  test('a client that leaves the queue, or while the model loads, gives its place back', async () => {
    const { client } = rig;
    const pool = async () => (await client.getPool()).models.find(({ profileId }) => profileId === idOf('Beta'));
    // It loads, and answers, for as long as the test wants.
    knobs.Beta = { loadMs: 600_000, wordMs: 600_000, words: ['a', 'b', 'c', 'd'] };
    await client.updateProfile({ params: { id: idOf('Beta') }, body: { maxConcurrency: 1, queueSize: 1 } });
    const waiting = (count: number) =>
      eventually(
        async () => (await client.getPool()).waitingCount,
        (found) => found === count,
      );
    const leaving = (): AbortController => new AbortController();
    const gone = (answer: Promise<Response>): Promise<void> => expect(answer.then((one) => one.text())).rejects.toThrow();

    // While it loads: both places are waited for, a third is refused; one leaves, and another may come.
    const [first, second] = [leaving(), leaving()];
    const running = chat('Beta', { stream: true }, first.signal);
    await waiting(1);
    const leftLoad = gone(chat('Beta', {}, second.signal));
    await waiting(2);
    expect((await chat('Beta')).status).toBe(429);
    second.abort();
    await leftLoad;
    await waiting(1);
    const third = leaving();
    const queued = gone(chat('Beta', { stream: true }, third.signal));
    await waiting(2);

    // Loaded: one runs, one waits for its place and leaves.
    await eventually(
      () =>
        tell(starts.at(-1)!.baseUrl, 'knobs', { loadMs: 0 }).then(
          () => true,
          () => false,
        ),
      Boolean,
    );
    const answer = await running;
    await eventually(pool, (model) => model?.active === 1);
    third.abort();
    await queued;
    await waiting(0);
    // The one that runs leaves: the engine’s work is cancelled, and the next has the place at once, not after four words.
    await tell(starts.at(-1)!.baseUrl, 'knobs', { wordMs: 1_500 });
    const last = chat('Beta', { stream: true });
    await waiting(1);
    const cancelled = gone(Promise.resolve(answer));
    first.abort();
    await cancelled;
    await waiting(0);
    expect(await eventually(pool, (model) => model?.active === 1)).toMatchObject({ active: 1 });
    await eventually(
      async () =>
        ((await client.serverLogs({ params: { profileId: idOf('Beta') }, query: {} })) as { lines: { text: string }[] }).lines.filter(
          ({ text }) => text === 'the client left',
        ).length,
      (times) => times === 1,
    );
    expect(await (await last).text()).toContain('[DONE]');
    await eventually(pool, (model) => model?.active === 0);
    await client.updateProfile({ params: { id: idOf('Beta') }, body: { maxConcurrency: null, queueSize: 100 } });
  });

  test('how long a load may take is the setting start_timeout, and nothing else', async () => {
    knobs.Alpha = { loadMs: 6_500 };
    const { client } = rig;
    // By default longer than the 300 s that a neighbour had written into its code.
    expect((await client.getSettings()).startTimeout).toBeGreaterThan(300);
    await client.updateSettings({ body: { startTimeout: 5 } });
    const refused = await chat('Alpha');
    expect([refused.status, await refused.text()]).toEqual([502, expect.stringContaining('start_timeout')]);
    // A request waits as long as the load takes, though it may wait for its turn one second only.
    await client.updateSettings({ body: { startTimeout: 86_400 } });
    await client.updateProfile({ params: { id: idOf('Alpha') }, body: { queueTimeout: 1 } });
    expect(await asking.openai?.('Alpha')).toBe('I am Alpha');
  });

  test('count_tokens with the model’s own tokenizer counts tools, tool_use and tool_result', async () => {
    const count = async (more: Partial<Anthropic.MessageCountTokensParams>): Promise<number> => {
      const { data, response } = await anthropic.messages
        .countTokens({ model: 'Alpha', messages: hi('').messages, ...more })
        .withResponse();
      expect(response.headers.get('x-mlx-manager-count')).toBeNull();
      return data.input_tokens;
    };
    const plain = await count({});
    const long = 'word '.repeat(300);
    const use: Anthropic.MessageParam = {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 't', name: 'look_up', input: { q: long } }],
    };
    const result: Anthropic.MessageParam = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: long }] };
    expect((await count({ tools: [{ name: 'look_up', description: long, input_schema: { type: 'object' } }] })) - plain).toBeGreaterThan(
      250,
    );
    expect((await count({ messages: [...hi('').messages, use] })) - plain).toBeGreaterThan(250);
    expect((await count({ messages: [...hi('').messages, result] })) - plain).toBeGreaterThan(250);
    expect(starts).toEqual([]);
  });
});

describe('durations and memory of our own', () => {
  const houses: GatewayHouse[] = [];
  afterEach(async () => {
    for (const house of houses.splice(0)) await house.close();
  });
  const setUp = async (options: Parameters<typeof gatewayHouse>[0]): Promise<GatewayHouse> => {
    const house = await gatewayHouse(options);
    houses.push(house);
    return house;
  };

  test('memory pressure: idle models go at the first mark, at the second a load is refused with 503 and Retry-After', async () => {
    const memory = { totalBytes: 100, availableBytes: 90 };
    const { ask, house, engines } = await setUp({ memory: () => memory, guardMs: 20 });
    expect((await ask('P1')).status).toBe(200);
    expect((await ask('P2')).status).toBe(200);
    memory.availableBytes = 14; // 86 % in use
    await eventually(
      () => house.service.list().length,
      (count) => count === 0,
    );
    expect((await ask('P1')).status).toBe(200); // it may still be loaded
    await eventually(
      () => house.service.list().length,
      (count) => count === 0,
    );
    memory.availableBytes = 4;
    const starts = engines.length;
    for (const [path, shape] of [
      ['/v1/chat/completions', { error: { code: 'memory_pressure' } }],
      ['/v1/messages', { type: 'error', error: { type: 'api_error' } }],
    ] as const) {
      const refused = await ask('P1', { path });
      expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true]);
      expect(await refused.json()).toMatchObject(shape);
    }
    expect(engines.length).toBe(starts);
    memory.availableBytes = 50;
    expect((await ask('P1')).status).toBe(200);
  });

  test('a zombie engine, whose health is 200 while completions hang, is found out by its silence and replaced; who waited is answered', async () => {
    const { ask, house, engines } = await setUp({ patience: 100, probeMs: 1_000 });
    expect((await ask('P1')).status).toBe(200);
    const { pid } = house.service.get(1)!;
    await tell(house.baseUrl(), 'knobs', { hang: true });
    expect(await house.service.health(1)).toMatchObject({ status: 'healthy' });
    const answers = await Promise.all([ask('P1'), ask('P1', { path: '/v1/messages' }), ask('P1', { stream: true })]);
    for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('Paris')]);
    expect(house.service.get(1)).toMatchObject({ state: 'healthy', restarts: 1 });
    expect(house.service.get(1)?.pid).not.toBe(pid);
    // Its end may be seen on the way, or be too quick.
    expect(house.states().filter((state) => state !== 'stopping')).toEqual(['starting', 'healthy', 'unhealthy', 'starting', 'healthy']);
    expect(engines.length).toBe(2);
  });

  test('an engine that works through a queue, or reads a long prompt, is not taken for a zombie', async () => {
    // One at a time: the probe of an engine that is busy waits behind its work.
    const busy = await setUp({ patience: 100, knobs: { wordMs: 80, words: Array.from({ length: 12 }, String), oneAtATime: true } });
    const answers = await Promise.all([busy.ask('P1', { stream: true }), busy.ask('P1', { stream: true })]);
    for (const answer of answers) expect(await answer.text()).toContain('[DONE]');
    // It was looked at by the health loop all the while, and asked for a token.
    await Promise.all([busy.ask('P1', { stream: true }).then((answer) => answer.text()), busy.house.service.reportStall(1)]);
    expect(busy.house.states()).toEqual(['starting', 'healthy']);
    // A long prompt is given its time.
    const reads = await setUp({ knobs: { wordMs: 400 }, patience: (bytes) => (bytes > 100_000 ? 5_000 : 50) });
    const long = await reads.ask('P1', { messages: [{ role: 'user', content: 'word '.repeat(30_000) }] });
    expect([long.status, reads.house.states()]).toEqual([200, ['starting', 'healthy']]);
  });

  test('an engine whose health is 200 gets no request before its first token came', async () => {
    const { ask, house, engines, admitted } = await setUp({ knobs: { hang: true }, probeMs: 500 });
    const asking = ask('P1', { stream: true });
    await eventually(
      () => house.states(),
      (states) => states.includes('unhealthy'),
    );
    expect(admitted()).toBe(0);
    await tell(engines[0] ?? '', 'knobs', { hang: false });
    expect(await (await asking).text()).toContain('Paris');
    expect(admitted()).toBe(1);
  });
});

test('a request waits out a load of an hour', async () => {
  const { ask, clock } = poolRig({ 1: { gb: 2, loadMs: 3_600_000, queueTimeout: 10 } });
  const request = ask(1);
  await clock.advance(3_599_999);
  expect([request.ticket, request.error]).toEqual([null, null]);
  await clock.advance(1);
  expect(request.ticket).toMatchObject({ loadMs: 3_600_000, queueMs: 0 });
});
