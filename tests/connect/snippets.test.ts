/** Connect a client: what the guides say is really run, against a real agent with a real engine. */
import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { connectGuides, type ConnectTarget } from '@mlx-manager/shared';
import { endRig, startAgent, type Rig } from '../support/agent.js';
import { installedEngine, tinyModel } from '../support/engines.js';
import { pythonWith, runPython } from '../support/python.js';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
let rig: Rig;
let scripts: string;
let target: ConnectTarget;

beforeAll(async () => {
  await installedEngine('mlx-lm');
  rig = await startAgent();
  const model = join(rig.folder, 'state', 'models', 'tiny');
  await cp(tinyModel, model, { recursive: true });
  const body = { name: "Jo's Model", modelPath: model, sampling: { temperature: 0 } };
  await rig.client.createProfile({ body });
  const { secret: key } = await rig.client.createKey({ body: { name: 'connect' } });
  await rig.client.updateSettings({ body: { requireApiKey: true } });
  target = { origin: rig.agent.address, keyRequired: true, key, model: body.name, models: [body.name] };
  // Below the repository, so that the SDKs are found; ignored by Git.
  scripts = join(root, '.cache', `connect-${process.pid}`);
  await mkdir(scripts, { recursive: true });
}, 900_000);
afterAll(async () => {
  await rm(scripts, { recursive: true, force: true });
  await endRig(rig);
});

const code = (id: string, language: string): string[] =>
  connectGuides(target)
    .find((guide) => guide.id === id)!
    .steps.filter((step) => step.language === language)
    .map((step) => step.code!);

test('curl: both ways of asking, and the list', async () => {
  const answers = await Promise.all(code('curl', 'bash').map((one) => run('bash', ['-c', one])));
  const [openai, anthropic, list] = answers.map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
  expect(openai).toMatchObject({ choices: [{ message: { content: expect.stringContaining('Paris') as string } }] });
  expect(JSON.stringify(anthropic!.content)).toContain('Paris');
  expect(list).toMatchObject({ data: [{ id: "Jo's Model" }] });
}, 300_000);

test.each(['openai-javascript', 'anthropic-javascript'])(
  '%s',
  async (id) => {
    const file = join(scripts, `${id}.mjs`);
    await writeFile(file, code(id, 'javascript')[0]!);
    expect((await run(process.execPath, [file])).stdout).toContain('Paris');
  },
  300_000,
);

test.each([
  ['openai-python', 'openai==3.54.0'],
  ['anthropic-python', 'anthropic==2.12.0'],
])(
  '%s',
  async (id, requirement) => {
    expect(await runPython(await pythonWith(requirement), code(id, 'python')[0]!)).toContain('Paris');
  },
  600_000,
);

test('without a key they are refused: the key in the text is what opens', async () => {
  const [first] = code('curl', 'bash');
  const { stdout } = await run('bash', ['-c', first!.replace(target.key!, 'mlxm_wrong')]);
  expect(stdout).toContain('invalid_api_key');
});
