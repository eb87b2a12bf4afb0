/** OpenAI's own clients at `/v1/responses`, with a real engine behind a real agent. */
import fetch from 'node-fetch';
import OpenAI from 'openai';
import { responsesRequest } from '../../menubar-agent/src/gateway/responses/schema.js';
import { endRig, startAgent, startAndWait, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { pythonWith, runPython } from '../support/python.js';

type Responses = OpenAI.Responses.Response;
type InputItem = OpenAI.Responses.ResponseInputItem;
const MODEL = 'mlx-community/Tiny-Qwen3-1M-bf16';
let hub: StandInHub;
let rig: Rig;
let openai: OpenAI;
let profileId: number;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  hub = await startHub({ models: [{ id: MODEL, folder: tinyModel, info: { downloads: 10 } }] });
  rig = await startAgent({ hubUrl: hub.url });
  const { client, agent } = rig;
  const { taskId } = await client.downloadModel({ body: { modelId: MODEL } });
  for await (const task of client.watchDownload(taskId)) if (task.status === 'failed') throw new Error(JSON.stringify(task.error));
  const profile = await client.createProfile({ body: { name: 'Tiny', modelPath: MODEL, engine: 'mlx-lm', aliases: ['gpt-tiny'] } });
  profileId = profile.id;
  await startAndWait(client, profileId);
  openai = new OpenAI({ baseURL: `${agent.address}/v1`, apiKey: 'any', maxRetries: 0 });
}, 900_000);
afterAll(async () => {
  await endRig(rig);
  await hub.stop();
});

const capital = {
  model: 'Tiny',
  temperature: 0,
  max_output_tokens: 200,
  reasoning: { effort: 'none' as const },
  input: 'What is the capital of France?',
};
const story = { ...capital, max_output_tokens: 400, input: 'Tell me a long story.' };
const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the weather of a city.',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const PARIS = 'The capital of France is Paris.';
const forms = ['whole', 'streamed'] as const;
/** What came out, to go in again. */
const back = ({ output }: Responses): InputItem[] => output as InputItem[];
const ask = (form: (typeof forms)[number], body: OpenAI.Responses.ResponseCreateParamsNonStreaming): Promise<Responses> =>
  form === 'whole' ? openai.responses.create(body) : openai.responses.stream({ ...body, stream: true }).finalResponse();

test.each(forms)('plain, by alias, %s', async (form) => {
  const response = await ask(form, { ...capital, model: 'gpt-tiny' });
  expect(response).toMatchObject({ object: 'response', status: 'completed', model: 'gpt-tiny', output_text: PARIS });
  expect(response.usage).toMatchObject({ input_tokens: 22, output_tokens: 8, total_tokens: 30 });
});

test.each(forms)('thinking on, sent back sealed, %s', async (form) => {
  const asked = { ...capital, max_output_tokens: 2000, store: false, include: ['reasoning.encrypted_content' as const] };
  const response = await ask(form, { ...asked, reasoning: { effort: 'high', summary: 'auto' } });
  expect(response.output).toMatchObject([
    {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: expect.stringContaining('capital') }],
      encrypted_content: expect.any(String),
    },
    { type: 'message', content: [{ text: PARIS }] },
  ]);
  const next = await ask(form, {
    ...asked,
    input: [{ role: 'user', content: capital.input }, ...back(response), { role: 'user', content: capital.input }],
  });
  expect(next.status).toBe('completed');
});

test.each(forms)('tools, there and back, %s', async (form) => {
  const question: InputItem = { role: 'user', content: 'What is the weather in Paris?' };
  const first = await ask(form, { ...capital, input: [question], tools: [weather], store: false });
  const call = first.output.find((item) => item.type === 'function_call')!;
  expect(call).toMatchObject({ name: 'get_weather', status: 'completed', call_id: expect.stringMatching(/./) });
  expect(JSON.parse(call.arguments)).toEqual({ city: 'Paris' });
  const result: InputItem = { type: 'function_call_output', call_id: call.call_id, output: 'sunny, 21 degrees' };
  const second = await ask(form, { ...capital, input: [question, ...back(first), result], tools: [weather] });
  expect(second.output).toMatchObject([{ type: 'message', content: [{ text: expect.stringContaining('Paris') }] }]);
  const none = await ask(form, { ...capital, input: [question], tools: [weather], tool_choice: 'none' });
  expect(none.output.map(({ type }) => type)).toEqual(['message']);
});

test('the tools and messages of Codex: namespaces, custom and hosted tools, a developer’s message behind the user’s', async () => {
  const response = await openai.responses.create({
    ...capital,
    instructions: 'You are Codex.',
    input: [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is the weather in Paris?' }] },
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be brief.' }] },
    ],
    tools: [
      weather,
      {
        type: 'custom',
        name: 'apply_patch',
        description: 'Edits files.',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
      },
      {
        type: 'namespace',
        name: 'mcp__files',
        description: 'Files.',
        tools: [{ type: 'function', name: 'read', parameters: { type: 'object', properties: {} } }],
      },
      { type: 'local_shell' },
      { type: 'web_search' },
    ],
    parallel_tool_calls: false,
    store: false,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: 'k',
  });
  expect(response).toMatchObject({ status: 'completed', prompt_cache_key: 'k', store: false });
  expect(response.output.length).toBeGreaterThan(0);
});

test('cut off: incomplete', async () => {
  for (const form of forms) {
    const response = await ask(form, { ...story, max_output_tokens: 5 });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 5 },
    });
  }
});

test('a conversation that the agent keeps', async () => {
  const first = await openai.responses.create(capital);
  const second = await openai.responses.stream({ ...capital, previous_response_id: first.id }).finalResponse();
  // The prompt has grown by what was said before.
  expect(second.usage!.input_tokens).toBeGreaterThan(first.usage!.input_tokens + first.usage!.output_tokens);
  expect(await openai.responses.retrieve(second.id)).toMatchObject({
    id: second.id,
    previous_response_id: first.id,
    output: second.output.map(({ id }) => ({ id })),
    output_text: second.output_text,
  });
  expect((await openai.responses.inputItems.list(second.id)).data).toMatchObject([{ role: 'user' }]);
  await openai.responses.delete(second.id);
  await expect(openai.responses.create({ ...capital, previous_response_id: second.id })).rejects.toMatchObject({
    status: 404,
    code: 'response_not_found',
    type: 'invalid_request_error',
  });
});

test('errors in OpenAI’s shape', async () => {
  await expect(openai.responses.create({ ...capital, model: 'gpt-tinny' })).rejects.toMatchObject({
    constructor: OpenAI.NotFoundError,
    code: 'model_not_found',
    message: expect.stringContaining('"gpt-tiny"'),
  });
  await expect(openai.responses.create({ ...capital, max_output_tokens: -1 })).rejects.toMatchObject({
    constructor: OpenAI.BadRequestError,
    message: expect.stringContaining('max_output_tokens'),
  });
  const answer = await fetch(`${rig.agent.address}/v1/responses`, {
    method: 'POST',
    body: '{',
    headers: { 'content-type': 'application/json' },
  });
  expect([answer.status, await answer.json()]).toEqual([400, { error: expect.objectContaining({ type: 'invalid_request_error' }) }]);
});

test('a client that leaves in mid-stream ends the engine’s work, and the next is answered', async () => {
  await slowly(rig.client, async () => {
    const stream = openai.responses.stream(story);
    const seen = Promise.withResolvers<undefined>();
    stream.on('response.output_text.delta', () => seen.resolve(undefined));
    const ended = expect(stream.done()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await seen.promise;
    stream.abort();
    await ended;
  });
  expect((await openai.responses.create(capital)).output_text).toBe(PARIS);
});

/** Every event and response, checked against the types of OpenAI's Python package: frameworks on it (the Agents SDK) refuse what does not fit. */
const STRICT = `
import json, sys
from urllib.request import Request, urlopen
from openai import OpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter
base, bodies = sys.argv[1], json.loads(sys.argv[2])
events = TypeAdapter(ResponseStreamEvent)
def post(body):
    return urlopen(Request(base + '/responses', json.dumps(body).encode(), {'content-type': 'application/json'}), timeout=120)
said = []
for body in bodies:
    whole = json.load(post(body))
    Response.model_validate(whole)
    kinds = []
    for line in post({**body, 'stream': True}):
        if line.startswith(b'data: '):
            kinds.append(events.validate_python(json.loads(line[6:])).type)
    with OpenAI(base_url=base, api_key='any').responses.stream(**body) as stream:
        for event in stream: pass
        final = stream.get_final_response()
    said.append({'last': kinds[-1], 'output': [item.type for item in final.output]})
print(json.dumps(said))
`;
import { slowly } from '../support/slow-engine.js';
test('OpenAI’s Python package accepts every event and response', async () => {
  const python = await pythonWith('openai==3.54.0');
  const thinking = { ...capital, max_output_tokens: 2000, reasoning: { effort: 'high' } };
  const tools = { ...capital, input: 'What is the weather in Paris?', tools: [weather] };
  const bodies = [capital, thinking, { ...thinking, reasoning: { effort: 'high', summary: 'auto' } }, tools];
  for (const body of bodies) responsesRequest.parse(body);
  const said = await runPython(python, STRICT, [`${rig.agent.address}/v1`, JSON.stringify(bodies)]);
  expect(JSON.parse(said)).toEqual([
    { last: 'response.completed', output: ['message'] },
    { last: 'response.completed', output: ['reasoning', 'message'] },
    { last: 'response.completed', output: ['reasoning', 'message'] },
    { last: 'response.completed', output: ['function_call'] },
  ]);
}, 300_000);

test('over mlx-openai-server, which calls thinking otherwise and never says that it was cut off, the same', async () => {
  await installedEngine('mlx-openai-server');
  const { id } = await rig.client.createProfile({
    body: {
      name: 'Other',
      modelPath: MODEL,
      engine: 'mlx-openai-server',
      reasoningParser: 'qwen3',
      toolCallParser: 'qwen3',
      enableAutoToolChoice: true,
    },
  });
  await startAndWait(rig.client, id);
  const other = { ...capital, model: 'Other' };
  const thought = await ask('streamed', { ...other, max_output_tokens: 2000, reasoning: { effort: 'high', summary: 'auto' } });
  expect(thought.output).toMatchObject([{ summary: [{ text: expect.stringContaining('capital') }] }, { content: [{ text: PARIS }] }]);
  const called = await ask('whole', { ...other, input: 'What is the weather in Paris?', tools: [weather] });
  expect(called.output.at(-1)).toMatchObject({ type: 'function_call', name: 'get_weather', status: 'completed' });
  expect((await ask('streamed', { ...story, model: 'Other', max_output_tokens: 5 })).status).toBe('incomplete');
  await rig.client.stopServer({ params: { profileId: id } });
}, 900_000);

test('an engine killed in mid-stream: response.failed, and the client reads it', async () => {
  const { pid } = (await rig.client.listServers()).find((server) => server.profileId === profileId)!;
  await slowly(rig.client, async () => {
    const stream = openai.responses.stream(story);
    const seen = Promise.withResolvers<undefined>();
    stream.on('response.output_text.delta', () => seen.resolve(undefined));
    const final = stream.finalResponse();
    await seen.promise;
    process.kill(pid!, 'SIGKILL');
    expect(await final).toMatchObject({
      status: 'failed',
      error: { code: 'server_error', message: expect.stringContaining('broke off') },
    });
  });
}, 60_000);
