/** The servers service on a real engine with a real model. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapters, type EngineEnvironment } from '../../menubar-agent/src/engines/index.js';
import { createProcessTable } from '../../menubar-agent/src/system/index.js';
import { defaultTimings } from '../../menubar-agent/src/servers/index.js';
import { installedEngine, launchSpec, tinyModel } from '../support/engines.js';
import { engineScript } from '../support/fake-engine/adapter.js';
import { FileInstances } from '../support/fake-engine/agent-child.js';
import { bundleAgent, startAgent } from '../support/fake-engine/child-agents.js';
import { House, lineQuery } from '../support/fake-engine/house.js';

const INSTALL_MS = 900_000;
const houses: House[] = [];
const folders: string[] = [];
const environments = new Map<string, EngineEnvironment>();
const processes = createProcessTable();

beforeAll(async () => {
  for (const { id } of adapters) environments.set(id, await installedEngine(id));
}, INSTALL_MS);
afterEach(async () => {
  await Promise.all(houses.splice(0).map((house) => house.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function house(engineId: string, modelFolder = tinyModel): House {
  const adapter = adapters.find(({ id }) => id === engineId)!;
  const h = new House({
    plan: {
      adapter,
      environment: environments.get(engineId)!,
      spec: launchSpec({ modelFolder, reasoningParser: engineId === 'mlx-lm' ? null : 'qwen3' }),
    },
    timings: defaultTimings,
    settings: { startTimeout: 120 },
    deps: { adapter: (id) => adapters.find((each) => each.id === id) ?? null },
  });
  houses.push(h);
  return h;
}

async function ask(h: House): Promise<string> {
  const target = h.service.target(1)!;
  const body = target.adapter.prepareChat(
    { messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0, max_tokens: 200, stream: true },
    target.spec,
  );
  const answer = await fetch(`${target.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.text();
}

describe.each(adapters.map(({ id }) => id))('%s', (engineId) => {
  test('runs, answers, is measured, is stopped without a trace', async () => {
    const h = house(engineId);
    const server = await h.run();
    expect(server).toMatchObject({ state: 'healthy', engine: engineId, failure: null });
    expect(await ask(h)).toContain('data: ');
    await h.service.sampleMetrics();
    expect(h.service.get(1)!.memoryMb).toBeGreaterThan(50);
    expect(await h.service.health(1)).toMatchObject({ status: 'healthy', modelLoaded: true });
    const lines = await h.service.logs(1, lineQuery());
    // mlx-vlm says of models of this kind that it cannot cache their prompts, as an error; it goes on without.
    expect(lines.filter(({ level, text }) => level === 'error' && !text.includes('APC self-check'))).toEqual([]);
    expect(lines.length).toBeGreaterThan(1);
    expect(await h.service.stop(1)).toBe(true);
    expect(await h.leftovers()).toEqual([]);
  }, 180_000);

  test('a model it does not know: failed, in words, and nothing is left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlx-manager-bad-'));
    folders.push(folder);
    cpSync(tinyModel, folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'unheard_of', architectures: ['Unheard'] }));
    const h = house(engineId, folder);
    await h.service.start(1);
    await expect(h.service.whenReady(1)).rejects.toMatchObject({ code: 'SERVER_FAILED', details: { kind: 'unsupported_model' } });
    expect(h.service.get(1)!.failure!.logTail.length).toBeGreaterThan(0);
    expect(await h.leftovers()).toEqual([]);
  }, 180_000);
});

test.each(adapters.map(({ id }) => id))(
  'kill -9 of the agent under %s: adopted, answers, its log goes on, its end is noticed at once, stopped',
  async (engineId) => {
    const folder = mkdtempSync(join(tmpdir(), 'mlx-manager-killed-'));
    folders.push(folder);
    const bundle = await bundleAgent();
    const environment = environments.get(engineId)!;
    const rest = { script: engineScript, knobs: {}, profiles: [1], spec: launchSpec(), keepOnTerm: false };
    const agent = startAgent(bundle.file, { folder, engineId, environment, modelFolder: tinyModel, ...rest });
    try {
      const before = await agent.until(({ state }) => state === 'healthy');
      await agent.kill();
      const h = house(engineId);
      Object.assign(h.deps, { instances: new FileInstances(join(folder, 'records')), logsFolder: join(folder, 'logs') });
      await h.service.adopt();
      expect(h.service.get(1)).toMatchObject({ state: 'healthy', adopted: true, pid: before.pid });
      const lines = await h.service.logs(1, lineQuery());
      expect(await ask(h)).toContain('Paris');
      const more = await h.service.logs(1, lineQuery());
      expect(more.length).toBeGreaterThan(lines.length);
      expect(more.slice(0, lines.length).map(({ seq }) => seq)).toEqual(lines.map(({ seq }) => seq));
      process.kill(before.pid!, 'SIGKILL');
      await h.until(1, ({ restarts }) => restarts === 1);
      await h.service.whenReady(1);
      expect(await ask(h)).toContain('Paris');
      const { pid } = h.service.get(1)!;
      expect(await h.service.stop(1)).toBe(true);
      expect(await processes.startTime(pid!)).toBeNull();
    } finally {
      await agent.kill();
      await bundle.remove();
    }
  },
  180_000,
);
