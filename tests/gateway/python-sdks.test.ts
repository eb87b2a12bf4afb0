/** The official Python clients of OpenAI and Anthropic, from nothing loaded, against real engines. */
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { installedEngine, miniLmModel, tinyModel } from '../support/engines.js';
import { pythonWith, runPython } from '../support/python.js';

const PARIS = 'The capital of France is Paris.';
let rig: Rig;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  await installedEngine('mlx-openai-server');
  rig = await startAgent();
  const models = join(rig.folder, 'state', 'models');
  await cp(tinyModel, join(models, 'tiny'), { recursive: true });
  await cp(await miniLmModel(), join(models, 'mini-lm'), { recursive: true, dereference: true });
}, 900_000);
afterAll(() => endRig(rig));

const run = async (file: string, requirement: string, args: string[]): Promise<Record<string, unknown>> => {
  const code = await readFile(join(import.meta.dirname, file), 'utf8');
  return JSON.parse(await runPython(await pythonWith(requirement), code, args)) as Record<string, unknown>;
};

test('openai: a conversation with tools, thinking, streams, cancel, errors, embeddings and responses, by model name alone', async () => {
  const seen = await run('openai_client.py', 'openai==3.54.0', [`${rig.agent.address}/v1`, 'tiny', 'mini-lm']);
  expect(seen).toEqual({
    plain: [PARIS, 'stop', 8],
    streamed: [PARIS, 8],
    thinking: [true, expect.stringContaining(PARIS)],
    tools: ['get_weather', { city: 'Paris' }, 'tool_calls', expect.stringContaining('Paris')],
    'left after': 5,
    unknown: 'model_not_found',
    cannot: 'model_cannot_answer',
    response: [PARIS, 'completed'],
    embeddings: [384, true],
    models: expect.arrayContaining(['tiny', 'mini-lm']),
  });
}, 600_000);

test('anthropic: the same', async () => {
  const seen = await run('anthropic_client.py', 'anthropic==2.12.0', [rig.agent.address, 'tiny']);
  expect(seen).toEqual({
    plain: [PARIS, 'end_turn', 8],
    streamed: [PARIS, 8],
    thinking: ['thinking', 'text'],
    tools: ['get_weather', { city: 'Paris' }, 'tool_use', expect.stringContaining('Paris')],
    'left after': 5,
    unknown: 'not_found_error',
    cut: 'max_tokens',
    count: expect.any(Number),
    models: expect.arrayContaining(['tiny']),
  });
}, 600_000);
