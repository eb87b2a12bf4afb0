/** Every line of facts/protocols.md: what breaks in practice when Anthropic's `/v1/messages` stands on OpenAI's chat completions. Real routes, real clients, a stand-in engine. */
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { getAdapter } from '../../menubar-agent/src/engines/index.js';
import { promptCounter, shaping } from '../../menubar-agent/src/gateway/index.js';
import { bodyOf, ENDS, says, sse, SSE, standInGateway, type StandIn, type StandInOptions } from '../support/gateway/index.js';
import { missingTest, type FactLine } from '../support/facts.js';

const HERE = 'tests/gateway/protocols.test.ts';
const PEERS = 'tests/gateway/peers.test.ts';
const UNIT = 'menubar-agent/src/gateway';

/** Each line of the facts, and the tests that hold it: file, name. */
const LINES: readonly FactLine[] = [
  {
    line: 'Request 1: drop x-anthropic-billing-header lines from system (string or block), they kill prefix caching',
    tests: [
      [HERE, 'billing header lines are dropped from system'],
      [`${UNIT}/anthropic/request.test.ts`, 'the billing line is dropped from a system prompt, as a string and as a block'],
    ],
  },
  {
    line: 'Request 2: accept role "system" inside messages[]; fold it into the system prompt',
    tests: [
      [HERE, 'role system inside messages is folded into the system prompt'],
      [`${UNIT}/anthropic/request.test.ts`, 'a system message inside the messages joins the system prompt'],
    ],
  },
  {
    line: 'Request 3: unknown content block types are skipped with a logged warning, never a 422',
    tests: [[HERE, 'unknown block types are skipped with a logged warning']],
  },
  { line: 'Request 3: server-side tools without input_schema are dropped', tests: [[HERE, 'server-side tools are dropped']] },
  {
    line: 'Request 4: tool_result blocks become tool messages before the user text of the turn; one assistant message per turn; images kept',
    tests: [
      [HERE, 'tool results stand before the user’s text, parallel calls are one assistant message, images of results are kept'],
      ['menubar-agent/src/gateway/responses/request.test.ts', 'parallel calls are one message with all of them, then their outputs'],
    ],
  },
  {
    line: 'Request 5: tolerate invalid \\s-style escapes in tool arguments',
    tests: [
      [HERE, 'invalid \\\\s escapes in tool arguments are tolerated'],
      [`${UNIT}/anthropic/stream.test.ts`, 'any pieces of the arguments give the same call, wrong escapes included'],
    ],
  },
  {
    line: 'Request 5: and a missing max_tokens on count_tokens',
    tests: [[HERE, 'count_tokens counts tools, tool_use and tool_result, without max_tokens, with unknown blocks']],
  },
  {
    line: 'Stream 1: order of events; one open block at a time; indices by one',
    tests: [
      [HERE, 'one open block at a time, indices by one, however the engine mixes its pieces'],
      [`${UNIT}/anthropic/stream.test.ts`, 'recorded %s: events in order, whichever way its bytes are cut'],
      [`${UNIT}/core/sse-events.test.ts`, 'any split of the bytes gives the same events'],
    ],
  },
  { line: 'Stream 1: never zero blocks', tests: [[HERE, 'an answer of nothing still has a block']] },
  {
    line: 'Stream 1: no "Content block not found", which makes clients ask a second time',
    tests: [[HERE, 'one open block at a time, indices by one, however the engine mixes its pieces']],
  },
  {
    line: 'Stream 2: tool_use starts with input {}; arguments only by input_json_delta',
    tests: [[HERE, 'tool_use starts with input {}, its arguments come as input_json_delta alone']],
  },
  {
    line: 'Stream 3: keep-alive while a model loads or prefills is a real event: ping after message_start; never text',
    tests: [
      [HERE, 'while a model loads: pings for Anthropic, comments for OpenAI, never text'],
      [HERE, 'while the engine reads a long prompt: pings for Anthropic, comments for OpenAI, never text'],
      [PEERS, 'no dead air while a model loads: every protocol signals life, none says text'],
      [`${UNIT}/ollama/routes.test.ts`, 'while a model loads a stream gets lines without text, then the answer'],
    ],
  },
  {
    line: 'Stream 4: thinking kept as thinking blocks, streamed and whole; no empty signature',
    tests: [
      [HERE, 'thinking is a signed block, %s'],
      ['tests/gateway/anthropic.test.ts', 'thinking on and off'],
    ],
  },
  {
    line: 'Stream 4: cut off by max_tokens, thinking is not re-emitted as text',
    tests: [[HERE, 'thinking that max_tokens cut off is not told again as text, %s']],
  },
  {
    line: 'Stream 5: stop_reason',
    tests: [
      [HERE, 'stop_reason: %s'],
      ['tests/gateway/anthropic.test.ts', 'stop reasons: max_tokens and stop_sequence'],
    ],
  },
  {
    line: 'Usage 1: input_tokens in message_start is an estimate, not 0; the real figures in message_delta',
    tests: [[HERE, 'message_start estimates the prompt, message_delta has the engine’s figures']],
  },
  {
    line: 'Usage 2: count_tokens counts tools, tool_use and tool_result too',
    tests: [
      [HERE, 'count_tokens counts tools, tool_use and tool_result, without max_tokens, with unknown blocks'],
      [PEERS, 'count_tokens with the model’s own tokenizer counts tools, tool_use and tool_result'],
    ],
  },
  {
    line: 'Usage 3: context_window with each model in /v1/models',
    tests: [
      [HERE, 'context_window stands at each model, in the shapes of OpenAI, Anthropic and Codex'],
      ['tests/agent/api.test.ts', 'lists profiles as models, and says near names for an unknown one'],
    ],
  },
  {
    line: 'Disconnects 1: a client that goes away cancels the engine’s work',
    tests: [
      [HERE, 'a client that leaves cancels the engine’s work: %s'],
      [HERE, 'a client that leaves while it waits for a place gives it back: %s'],
      [PEERS, 'a client that leaves the queue, or while the model loads, gives its place back'],
    ],
  },
  {
    line: 'Disconnects 1: drain or cancel is a property of the engine’s adapter',
    tests: [[HERE, 'an engine that a cancel would hurt is read to its end']],
  },
  {
    line: 'Disconnects 2: a stream that ends without its final event is an error',
    tests: [
      [HERE, 'a stream that ends without its final event is an error: %s'],
      [
        'tests/gateway/on-demand.test.ts',
        'an engine that is killed in mid-stream: the protocol’s error event, a trace, and a new engine for the next request',
      ],
    ],
  },
];

test.each(LINES)('has its tests: $line', ({ tests }) => {
  expect(tests.flatMap(missingTest)).toEqual([]);
});

const closing: StandIn[] = [];
afterEach(async () => {
  for (const standIn of closing.splice(0)) await standIn.close();
});

interface Rig extends StandIn {
  /** What the engine was asked. */
  readonly asked: Asked[];
  readonly anthropic: Anthropic;
  readonly openai: OpenAI;
}
interface Asked {
  readonly messages: { role: string; content: unknown; tool_calls?: unknown[] }[];
  readonly tools?: { function: { name: string } }[];
}

/** @param answer what the engine says; a listener for more. */
async function setUp(answer: string | RequestListener, options: StandInOptions = {}): Promise<Rig> {
  const asked: Asked[] = [];
  const listener: RequestListener =
    typeof answer === 'string'
      ? (request, response) =>
          void bodyOf(request).then((body) => {
            asked.push(body as unknown as Asked);
            response.writeHead(200, SSE).end(answer);
          })
      : answer;
  // As the agent has it.
  const standIn = await standInGateway(listener, { shaping, ...options });
  closing.push(standIn);
  const clients = { apiKey: 'any', maxRetries: 0, fetch: globalThis.fetch };
  return {
    ...standIn,
    asked,
    anthropic: new Anthropic({ ...clients, baseURL: standIn.address }),
    openai: new OpenAI({ ...clients, baseURL: `${standIn.address}/v1` }),
  };
}

const MESSAGES = { path: '/v1/messages' };
const hi = { model: 'Coding', max_tokens: 99, messages: [{ role: 'user' as const, content: 'Hi' }] };
const lookUp = { name: 'look_up', input_schema: { type: 'object' as const, properties: {} } };
const tooled = { ...hi, tools: [lookUp] };

const delta = (fields: Record<string, unknown>): string => sse({ choices: [{ index: 0, delta: fields, finish_reason: null }] });
const thinks = (reasoning: string): string => delta({ reasoning });
const call = (index: number, fields: { id?: string; name?: string; arguments?: string }): string => {
  const { id, ...fn } = fields;
  return delta({ tool_calls: [{ index, ...(id && { id, type: 'function' }), function: fn }] });
};
const usage = sse({ choices: [], usage: { prompt_tokens: 70, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 50 } } });
const ends = (reason: string): string => sse({ choices: [{ index: 0, delta: {}, finish_reason: reason }] }) + usage + 'data: [DONE]\n\n';
const ONE_CALL = call(0, { id: 'a', name: 'look_up', arguments: '{}' });

interface Event {
  readonly type: string;
  readonly index?: number;
  readonly content_block?: { type: string; input?: unknown };
  readonly delta?: Record<string, unknown>;
  readonly message?: Anthropic.Message;
  readonly usage?: Anthropic.Usage;
}
const eventsIn = (text: string): Event[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as Event);
const typesIn = (text: string): string[] => eventsIn(text).map(({ type }) => type);

/** Fails when events come as no client expects them. */
function checkOrder(events: readonly Event[]): void {
  const kinds = events.filter(({ type }) => type !== 'ping');
  expect(kinds[0]?.type).toBe('message_start');
  expect(kinds.slice(-2).map(({ type }) => type)).toEqual(['message_delta', 'message_stop']);
  let index = -1;
  let open = false;
  for (const event of kinds.slice(1, -2)) {
    if (event.type === 'content_block_start') {
      expect([open, event.index]).toEqual([false, ++index]);
      open = true;
    } else {
      expect([open, event.index]).toEqual([true, index]);
      expect(['content_block_delta', 'content_block_stop']).toContain(event.type);
      if (event.type === 'content_block_stop') open = false;
    }
  }
  expect(open).toBe(false);
  expect(index).toBeGreaterThanOrEqual(0);
}

describe('request', () => {
  test('billing header lines are dropped from system, as string and as block, so that every turn has the same prefix', async () => {
    const { ask, asked } = await setUp(says('Yes') + ENDS);
    for (const cch of ['one', 'two']) {
      const line = `x-anthropic-billing-header: cc_version=2.1; cch=${cch};`;
      await ask({ system: `${line}\nYou are kind.` }, MESSAGES);
      await ask(
        {
          system: [
            { type: 'text', text: line, cache_control: { type: 'ephemeral' } },
            { type: 'text', text: 'You are kind.' },
          ],
        },
        MESSAGES,
      );
    }
    expect(asked).toHaveLength(4);
    for (const body of asked) expect(body.messages).toEqual([{ role: 'system', content: 'You are kind.' }, ...hi.messages]);
  });

  test('role system inside messages is folded into the system prompt', async () => {
    const { ask, asked } = await setUp(says('Yes') + ENDS);
    const reminder = { role: 'system', content: [{ type: 'text', text: 'Be short.' }] };
    const answer = await ask({ system: 'Be kind.', messages: [...hi.messages, reminder, { role: 'user', content: 'And?' }] }, MESSAGES);
    expect(answer.status).toBe(200);
    expect(asked[0]?.messages).toEqual([
      { role: 'system', content: 'Be kind.\n\nBe short.' },
      { role: 'user', content: 'Hi\nAnd?' },
    ]);
  });

  test('unknown block types are skipped with a logged warning, wherever they stand', async () => {
    const { ask, asked, logged } = await setUp(says('Yes') + ENDS);
    const answer = await ask(
      {
        system: [{ type: 'novelty_a' }, { type: 'text', text: 'Be kind.' }],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Hi' },
              { type: 'novelty_b', of: { any: ['kind'] } },
            ],
          },
          { role: 'assistant', content: [{ type: 'novelty_c' }, { type: 'tool_use', id: 't', name: 'look_up', input: {} }] },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'novelty_d' }, { type: 'text', text: 'ok' }] }],
          },
        ],
      },
      MESSAGES,
    );
    expect(answer.status).toBe(200);
    expect(asked[0]?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Be kind.'],
      ['user', 'Hi'],
      ['assistant', ''],
      ['tool', 'ok'],
    ]);
    const said = JSON.stringify(logged);
    for (const type of ['novelty_a', 'novelty_b', 'novelty_c', 'novelty_d']) expect(said).toContain(type);
  });

  test('server-side tools are dropped, the client’s own stay, and it is logged', async () => {
    const { ask, asked, logged } = await setUp(says('Yes') + ENDS);
    const server = ['web_search_20250305', 'bash_20250124', 'text_editor_20250728', 'code_execution_20250825'].map((type) => ({
      type,
      name: type.slice(0, 4),
    }));
    expect((await ask({ tools: [...server, lookUp] }, MESSAGES)).status).toBe(200);
    expect((await ask({ tools: server, tool_choice: { type: 'auto' } }, MESSAGES)).status).toBe(200);
    expect(asked.map(({ tools }) => tools?.map((tool) => tool.function.name))).toEqual([['look_up'], undefined]);
    expect(JSON.stringify(logged)).toContain('The tool bash');
  });

  test('tool results stand before the user’s text, parallel calls are one assistant message, images of results are kept', async () => {
    const { anthropic, asked } = await setUp(says('Yes') + ENDS, { profile: { modelType: 'multimodal' } });
    const data = Buffer.from('an image').toString('base64');
    await anthropic.messages.create({
      ...tooled,
      messages: [
        ...hi.messages,
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'a', name: 'look_up', input: { q: 1 } },
            { type: 'tool_use', id: 'b', name: 'look_up', input: { q: 2 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And?' },
            {
              type: 'tool_result',
              tool_use_id: 'a',
              content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }],
            },
            { type: 'tool_result', tool_use_id: 'b', content: 'two', is_error: true },
          ],
        },
      ],
    });
    const toolCall = (id: string, q: number) => ({ id, type: 'function', function: { name: 'look_up', arguments: JSON.stringify({ q }) } });
    expect(asked[0]?.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'I look.', tool_calls: [toolCall('a', 1), toolCall('b', 2)] },
      { role: 'tool', tool_call_id: 'a', content: '[image]' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: two' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
  });

  test('invalid \\s escapes in tool arguments are tolerated, however they are cut, in every protocol', async () => {
    const pieces = Array.from('{"pattern":"\\s+\\d"}', (piece) => call(0, { arguments: piece }));
    const { anthropic, openai } = await setUp(call(0, { id: 'a', name: 'look_up', arguments: '' }) + pieces.join('') + ends('tool_calls'));
    const input = { pattern: '\\s+\\d' };
    const block = { type: 'tool_use', id: 'a', name: 'look_up', input };
    expect((await anthropic.messages.create(tooled)).content).toEqual([block]);
    expect((await anthropic.messages.stream(tooled).finalMessage()).content).toEqual([block]);
    const tools = [{ type: 'function' as const, function: { name: 'look_up', parameters: {} } }];
    const whole = await openai.chat.completions.create({ ...hi, tools });
    const [toolCall] = whole.choices[0]?.message.tool_calls ?? [];
    expect(JSON.parse(toolCall?.type === 'function' ? toolCall.function.arguments : '')).toEqual(input);
    const response = await openai.responses.create({
      model: 'Coding',
      input: 'Hi',
      tools: [{ type: 'function', name: 'look_up', strict: false, parameters: {} }],
    });
    const [item] = response.output;
    expect(JSON.parse(item?.type === 'function_call' ? item.arguments : '')).toEqual(input);
  });

  test('count_tokens counts tools, tool_use and tool_result, without max_tokens, with unknown blocks', async () => {
    const estimating = promptCounter({ tokenizer: { countChat: async () => null }, modelOf: async () => null });
    const { ask, anthropic, asked } = await setUp('', { countPrompt: estimating });
    const count = async (more: object): Promise<number> =>
      (await anthropic.messages.countTokens({ model: 'Coding', messages: hi.messages, ...more })).input_tokens;
    const plain = await count({});
    expect(plain).toBeGreaterThan(0);
    const long = 'word '.repeat(300);
    const result = [{ type: 'tool_result', tool_use_id: 't', content: long }];
    const use = [{ type: 'tool_use', id: 't', name: 'look_up', input: { q: long } }];
    const grown = [
      { tools: [{ ...lookUp, description: long }] },
      { system: long },
      { messages: [...hi.messages, { role: 'assistant', content: use }] },
      { messages: [...hi.messages, { role: 'user', content: result }] },
      {
        messages: [
          ...hi.messages,
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: long }] }] },
        ],
      },
    ];
    for (const more of grown) expect((await count(more)) - plain).toBeGreaterThan(250);
    const odd = await ask(
      { messages: [{ role: 'user', content: [{ type: 'novelty' }, { type: 'text', text: 'Hi' }] }], max_tokens: undefined },
      { path: '/v1/messages/count_tokens' },
    );
    expect([odd.status, await odd.json()]).toEqual([200, { input_tokens: plain }]);
    expect(odd.headers.get('x-mlx-manager-count')).toBe('estimated');
    expect(asked).toEqual([]);
  });
});

describe('stream', () => {
  test('one open block at a time, indices by one, however the engine mixes its pieces', async () => {
    const mixed =
      thinks('Hm. ') +
      says('\n\nI look.') +
      call(0, { id: 'a', name: 'look_up', arguments: '{"q":' }) +
      call(1, { id: 'b', name: 'look_up', arguments: '{"q":' }) +
      call(0, { arguments: '1}' }) +
      call(1, { arguments: '2}' }) +
      ends('tool_calls');
    const { ask, anthropic, traces } = await setUp(mixed);
    const events = eventsIn(await (await ask({ stream: true, tools: [lookUp] }, MESSAGES)).text());
    checkOrder(events);
    const starts = events.filter(({ type }) => type === 'content_block_start').map((event) => event.content_block?.type);
    expect(starts).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
    const { content } = await anthropic.messages.stream(tooled).finalMessage();
    expect(content.map((block) => (block.type === 'tool_use' ? block.input : block.type))).toEqual([
      'thinking',
      'text',
      { q: 1 },
      { q: 2 },
    ]);
    // The official client did not have to ask again.
    expect(traces).toHaveLength(2);
  });

  test.each([
    ['an end', ENDS],
    ['a line break', says('\n') + ENDS],
    ['no choice at all', 'data: [DONE]\n\n'],
  ])('an answer of nothing still has a block: %s', async (_name, answer) => {
    const { ask, anthropic } = await setUp(answer);
    const events = eventsIn(await (await ask({ stream: true }, MESSAGES)).text());
    checkOrder(events);
    expect((await anthropic.messages.create(hi)).content).toEqual([{ type: 'text', text: '' }]);
    expect((await anthropic.messages.stream(hi).finalMessage()).content).toHaveLength(1);
  });

  test('tool_use starts with input {}, its arguments come as input_json_delta alone', async () => {
    const answer =
      call(0, { id: 'a', name: 'look_up', arguments: '{"q":1}' }) +
      call(1, { id: 'b', name: 'look_up', arguments: '' }) +
      ends('tool_calls');
    const { ask, anthropic } = await setUp(answer);
    const events = eventsIn(await (await ask({ stream: true, tools: [lookUp] }, MESSAGES)).text());
    const starts = events.flatMap(({ content_block: block }) => (block?.type === 'tool_use' ? [block.input] : []));
    expect(starts).toEqual([{}, {}]);
    const deltas = events.filter(({ type }) => type === 'content_block_delta').map((event) => event.delta);
    expect(deltas).toEqual([{ type: 'input_json_delta', partial_json: '{"q":1}' }]);
    const { content } = await anthropic.messages.stream(tooled).finalMessage();
    expect(content.map((block) => block.type === 'tool_use' && block.input)).toEqual([{ q: 1 }, {}]);
  });

  const quick = { open: 1, ping: 5 };
  /** Reads until two signs of life came, lets the answer come, and reads on. */
  async function alive(standIn: StandIn, path: string, sign: string, go: () => void): Promise<string> {
    let text = '';
    const answer = await standIn.ask({ stream: true, input: 'Hi', max_tokens: 9 }, { path });
    for await (const chunk of answer.body!) {
      text += String(chunk);
      if (text.split(sign).length > 2) go();
    }
    return text;
  }
  function checkAlive(anthropic: string, openai: string): void {
    expect(typesIn(anthropic).slice(0, 3)).toEqual(['message_start', 'ping', 'ping']);
    expect(anthropic).toContain('event: ping\ndata: {"type":"ping"}\n\n');
    checkOrder(eventsIn(anthropic));
    expect(eventsIn(anthropic).flatMap((event) => event.delta?.text ?? [])).toEqual(['Yes']);
    expect(openai.startsWith(': keep-alive\n\n: keep-alive\n\n')).toBe(true);
    const said = eventsIn(openai) as unknown as { choices: { delta: { content?: string; reasoning_content?: string } }[] }[];
    expect(
      said.flatMap(({ choices }) =>
        choices.flatMap(({ delta: { content, reasoning_content: thought } }) => [content, thought]).filter(Boolean),
      ),
    ).toEqual(['Yes']);
  }

  test('while a model loads: pings for Anthropic, comments for OpenAI, never text', async () => {
    let loaded = Promise.withResolvers<undefined>();
    const standIn = await setUp(says('Yes') + ENDS, { timings: quick, admit: () => loaded.promise });
    const go = (): void => loaded.resolve(undefined);
    const anthropic = await alive(standIn, '/v1/messages', 'event: ping', go);
    loaded = Promise.withResolvers();
    checkAlive(anthropic, await alive(standIn, '/v1/chat/completions', ': keep-alive', go));
  });

  test('while the engine reads a long prompt: pings for Anthropic, comments for OpenAI, never text', async () => {
    let read = Promise.withResolvers<undefined>();
    // mlx_lm.server tells its progress in comments, which are nobody's text.
    const standIn = await setUp(
      (_request, response) => {
        response.writeHead(200, SSE).write(': keepalive 1/2\n\n');
        void read.promise.then(() => response.end(says('Yes') + ENDS));
      },
      { timings: quick },
    );
    const go = (): void => read.resolve(undefined);
    const anthropic = await alive(standIn, '/v1/messages', 'event: ping', go);
    read = Promise.withResolvers();
    checkAlive(anthropic, await alive(standIn, '/v1/chat/completions', ': keep-alive', go));
  });

  const forms = ['whole', 'streamed'] as const;
  const asking = (
    anthropic: Anthropic,
    form: (typeof forms)[number],
    body: Anthropic.MessageCreateParamsNonStreaming,
  ): Promise<Anthropic.Message> => (form === 'whole' ? anthropic.messages.create(body) : anthropic.messages.stream(body).finalMessage());

  test.each(forms)('thinking is a signed block, %s', async (form) => {
    const { anthropic } = await setUp(thinks('Let me ') + thinks('see.') + says('\n\nYes') + ends('stop'));
    const { content } = await asking(anthropic, form, { ...hi, thinking: { type: 'enabled', budget_tokens: 1024 } });
    expect(content).toEqual([
      { type: 'thinking', thinking: 'Let me see.', signature: expect.stringMatching(/./) },
      { type: 'text', text: 'Yes' },
    ]);
  });

  test.each(forms)('thinking that max_tokens cut off is not told again as text, %s', async (form) => {
    const { anthropic } = await setUp(thinks('Let me') + ends('length'));
    const { content, stop_reason: reason } = await asking(anthropic, form, hi);
    expect(content).toEqual([{ type: 'thinking', thinking: 'Let me', signature: expect.stringMatching(/./) }]);
    expect(reason).toBe('max_tokens');
  });

  test.each([
    ['max_tokens on length', says('Ye') + ends('length'), 'max_tokens', null],
    ['tool_use wins over length', ONE_CALL + ends('length'), 'tool_use', null],
    ['tool_use though the engine says stop', ONE_CALL + ends('stop'), 'tool_use', null],
    ['stop_sequence when one matched', says('One EN') + says('D two') + ends('length'), 'stop_sequence', 'END'],
    ['else end_turn', says('Yes') + ends('stop'), 'end_turn', null],
  ])('stop_reason: %s', async (_name, answer, reason, sequence) => {
    const { anthropic } = await setUp(answer);
    for (const form of forms) {
      const message = await asking(anthropic, form, { ...tooled, stop_sequences: ['END'] });
      expect([message.stop_reason, message.stop_sequence]).toEqual([reason, sequence]);
    }
  });
});

describe('usage', () => {
  test('message_start estimates the prompt, message_delta has the engine’s figures', async () => {
    const { ask, anthropic } = await setUp(says('Yes') + ends('stop'));
    const events = eventsIn(await (await ask({ stream: true, system: 'word '.repeat(100) }, MESSAGES)).text());
    expect(events[0]?.message?.usage.input_tokens).toBeGreaterThan(80);
    const last = events.find(({ type }) => type === 'message_delta');
    expect(last?.usage).toEqual({ input_tokens: 20, cache_creation_input_tokens: 0, cache_read_input_tokens: 50, output_tokens: 5 });
    expect((await anthropic.messages.create(hi)).usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 50, output_tokens: 5 });
  });

  test('context_window stands at each model, in the shapes of OpenAI, Anthropic and Codex', async () => {
    const { address, anthropic, openai } = await setUp('', { profile: { contextLength: 4096 } });
    const figures = { id: 'Coding', context_window: 4096, max_input_tokens: 4096 };
    expect((await openai.models.list()).data).toMatchObject([figures]);
    expect((await anthropic.models.list()).data).toMatchObject([figures]);
    expect(await openai.models.retrieve('Coding')).toMatchObject(figures);
    expect(await anthropic.models.retrieve('Coding')).toMatchObject(figures);
    const list = async (query: string): Promise<unknown> => (await fetch(`${address}/v1/models${query}`)).json();
    // Codex fails to read a list without `models`; clients that take `models` before `data` must not find it empty.
    expect(await list('?client_version=0.153.4')).toMatchObject({ models: [], data: [figures] });
    expect(await list('')).not.toHaveProperty('models');
  });
});

const PATHS: Record<string, object> = {
  '/v1/chat/completions': {},
  '/v1/completions': { prompt: 'Hi' },
  '/v1/messages': { max_tokens: 9 },
  '/v1/responses': { input: 'Hi' },
};
const QUESTIONS = Object.entries(PATHS).flatMap(([path, body]) =>
  [true, false].map((stream) => [`${path}, ${stream ? 'streamed' : 'whole'}`, path, { ...body, stream }] as const),
);

describe('disconnects', () => {
  test.each(QUESTIONS)('a client that leaves cancels the engine’s work: %s', async (_name, path, body) => {
    const arrived = Promise.withResolvers<{ closed: Promise<unknown> }>();
    const { ask, held, stalls, finished } = await setUp((_request, response) => {
      arrived.resolve({ closed: once(response, 'close') });
      response.writeHead(200, SSE).write(says('Hel'));
    });
    const over = finished();
    const left = new AbortController();
    const asking = expect(ask(body, { path, signal: left.signal }).then((answer) => answer.text())).rejects.toThrow();
    const { closed } = await arrived.promise;
    expect(held.size).toBe(1);
    left.abort();
    await Promise.all([closed, asking]);
    expect((await over).outcome).toBe('cancelled');
    expect([held.size, stalls]).toEqual([0, []]);
  });

  test.each(QUESTIONS)('a client that leaves while it waits for a place gives it back: %s', async (_name, path, body) => {
    const waiting = Promise.withResolvers<undefined>();
    let asked = 0;
    const { ask, held, finished } = await setUp(() => asked++, {
      timings: { open: 1, ping: 5 },
      admit: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          waiting.resolve(undefined);
        }),
    });
    const over = finished();
    const left = new AbortController();
    const asking = expect(ask(body, { path, signal: left.signal }).then((answer) => answer.text())).rejects.toThrow();
    await waiting.promise;
    left.abort();
    await asking;
    expect((await over).outcome).toBe('cancelled');
    expect([held.size, asked]).toEqual([0, 0]);
  });

  test('an engine that a cancel would hurt is read to its end', async () => {
    const arrived = Promise.withResolvers<ServerResponse>();
    const noticed = Promise.withResolvers<undefined>();
    let asked = 0;
    const { ask, finished } = await setUp(
      (_request, response) => {
        response.writeHead(200, SSE).write(says('Hel'));
        if (asked++ === 0) arrived.resolve(response);
        else response.end(ENDS);
      },
      {
        engine: { ...getAdapter('mlx-lm'), onLeave: 'drain' },
        admit: async (signal) => signal.addEventListener('abort', () => noticed.resolve(undefined)),
      },
    );
    const over = finished();
    const left = new AbortController();
    const asking = expect(ask({ stream: true }, { signal: left.signal }).then((answer) => answer.text())).rejects.toThrow();
    const engine = await arrived.promise;
    left.abort();
    await Promise.all([asking, noticed.promise]);
    engine.write(says('lo'));
    expect((await over).outcome).toBe('cancelled');
    // By the time another answer came a closed connection would be known.
    expect((await ask()).status).toBe(200);
    expect(engine.destroyed).toBe(false);
    engine.end(says('!') + ENDS);
    await once(engine, 'close');
    expect(engine.writableFinished).toBe(true);
  });

  const broken = QUESTIONS.flatMap(([name, path, body]) => ['ends', 'is cut'].map((how) => [`${name}, ${how}`, path, body, how] as const));
  test.each(broken)('a stream that ends without its final event is an error: %s', async (_name, path, body, how) => {
    const { ask, finished } = await setUp((_request, response) => {
      response.writeHead(200, SSE).write(says('Hel'), () => (how === 'ends' ? response.end() : response.destroy()));
    });
    const over = finished();
    const answer = await ask(body, { path });
    const text = await answer.text();
    expect(await over).toMatchObject({ outcome: 'error', errorCode: 'ENGINE_STREAM_BROKEN' });
    expect(text).toContain('broke off in the middle of the answer');
    if (!body.stream) {
      expect(answer.status).toBe(502);
      return;
    }
    expect(answer.status).toBe(200);
    for (const end of ['[DONE]', 'message_stop', 'response.completed']) expect(text).not.toContain(end);
    if (path === '/v1/messages') expect(typesIn(text).at(-1)).toBe('error');
    if (path === '/v1/responses') expect(typesIn(text).at(-1)).toBe('response.failed');
  });

  test('the official clients say so', async () => {
    const { anthropic, openai } = await setUp(says('Hel'));
    await expect(anthropic.messages.stream(hi).finalMessage()).rejects.toThrow('broke off');
    await expect(anthropic.messages.create(hi)).rejects.toMatchObject({ status: 502 });
    await expect(openai.chat.completions.stream(hi).finalChatCompletion()).rejects.toThrow('broke off');
    const { status, error } = await openai.responses.stream({ model: 'Coding', input: 'Hi' }).finalResponse();
    expect([status, error?.message]).toEqual(['failed', expect.stringContaining('broke off')]);
  });
});

test.each([
  ['/v1/messages', true],
  ['/v1/messages', false],
  ['/v1/responses', true],
  ['/v1/responses', false],
])('an answer that makes no sense stands as an error in the trace: %s, stream %s', async (path, stream) => {
  const { ask, finished, logged, stalls } = await setUp(says('I look.') + call(0, { id: 'a', arguments: '{}' }) + ends('tool_calls'));
  const over = finished();
  const answer = await ask(
    { stream, max_tokens: 9, input: 'Hi', tools: [path === '/v1/messages' ? lookUp : { type: 'function', ...lookUp }] },
    { path },
  );
  const text = await answer.text();
  expect(text).toContain('it called a tool without a name');
  expect(text).toContain('Coding');
  expect(answer.status).toBe(stream ? 200 : 502);
  expect(await over).toMatchObject({
    outcome: 'error',
    status: 502,
    errorCode: 'ENGINE_STREAM_BROKEN',
    errorMessage: expect.stringContaining('without a name'),
  });
  expect([stalls, logged.length > 0 || path === '/v1/responses']).toEqual([[], true]);
});
