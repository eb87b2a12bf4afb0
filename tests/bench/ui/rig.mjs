/** What the page is measured on: an agent with a desk full of things, the stand-in hub, a Chromium that is signed in. */
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { post, startAgent } from '../agents.mjs';
import { getText } from '../processes.mjs';
import { enginesDir, envOf, stateOf, tinyModel } from '../rig.mjs';

const ENGINE_DEADLINE_MS = 180_000;

export const pad = (i, digits = 4) => String(i).padStart(digits, '0');

/** @returns a hub with so many models; `stop()` ends it. */
export async function startHubOf(count) {
  const { startHub } = await import('../../support/hub/index.ts');
  const model = (i) => ({
    id: `bench/model-${pad(i)}`,
    files: { 'config.json': '{"model_type":"llama"}', 'model.safetensors': 'x' },
    info: { downloads: 20_000 - i, usedStorage: 1e9 },
  });
  return startHub({ models: Array.from({ length: count }, (_, i) => model(i)) });
}

/**
 * An agent with models, profiles and chats; where mlx-lm is installed, one of them runs and has answered.
 * @param many how many models and profiles.
 * @returns the agent, and whether a model runs.
 */
export async function startDesk(folder, hubUrl, many) {
  const home = mkdtempSync(join(folder, 'ui-'));
  const env = { ...envOf(home, join(home, 'compile-cache')), HF_ENDPOINT: hubUrl };
  if (process.env.MLX_MANAGER_PAGE_DIR) process.stderr.write('MLX_MANAGER_PAGE_DIR is for the tests: the built page is measured.\n');
  const models = join(stateOf(home), 'models');
  const tiny = join(models, 'tiny-qwen3');
  mkdirSync(models, { recursive: true });
  cpSync(tinyModel, tiny, { recursive: true });
  for (let i = 0; i < many; i++) {
    const model = join(models, `model-${pad(i)}`);
    mkdirSync(model);
    writeFileSync(join(model, 'config.json'), '{"model_type":"qwen3","architectures":["Qwen3ForCausalLM"]}');
    writeFileSync(join(model, 'model.safetensors'), '');
  }
  const agent = await startAgent(folder, env);
  await send(agent, 'PATCH', '/api/settings', { model_folders: [models], chat_titles: 'first_words' });
  const { id } = await post(agent, '/api/profiles', { name: 'Tiny', model_path: tiny, engine: 'mlx-lm' });
  for (let i = 1; i < many; i++)
    await post(agent, '/api/profiles', { name: `Profile ${pad(i)}`, model_path: join(models, `model-${pad(i)}`), engine: 'mlx-lm' });
  for (let i = 0; i < 20; i++) await post(agent, '/api/chats', { title: `Chat ${pad(i)}`, profile_id: id });
  const running = existsSync(join(enginesDir, 'mlx-lm'));
  if (running) {
    await post(agent, `/api/servers/${id}/start`, {});
    await untilHealthy(agent);
    for (let i = 0; i < 10; i++)
      await post(agent, '/v1/chat/completions', { model: 'Tiny', max_tokens: 8, messages: [{ role: 'user', content: `Question ${i}` }] });
  }
  return { ...agent, running, profileId: id, state: stateOf(home) };
}

async function untilHealthy(agent) {
  for (const deadline = Date.now() + ENGINE_DEADLINE_MS; ;) {
    const [server] = JSON.parse(await getText(`${agent.address}/api/servers`, agent.headers));
    if (server?.state === 'healthy') return;
    if (server?.state === 'failed' || Date.now() > deadline) throw new Error(`the engine did not start: ${JSON.stringify(server)}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

/** A call with a method of its own. Answers the body. */
export function send({ address, headers }, method, path, body) {
  return new Promise((resolve, reject) => {
    const asked = request(`${address}${path}`, { method, headers: { ...headers, 'content-type': 'application/json' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode < 300
          ? resolve(text === '' ? null : JSON.parse(text))
          : reject(new Error(`${path} answered ${response.statusCode}: ${text}`)),
      );
    });
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}

/** Lines as uvicorn and mlx-lm write them; every hundredth is a warning that names a needle. */
export function writeLog({ state, profileId }, lines) {
  const start = Date.parse('2026-11-21T08:00:00Z');
  const line = (i) => {
    const time = new Date(start + i * 250).toISOString().replace('T', ' ').replace('Z', '').replace('.', ',');
    return i % 100 === 99
      ? `${time} - WARNING - needle ${i}: the prompt cache is full, the oldest entry was dropped`
      : `${time} - INFO - Prompt processing progress: ${i}/${lines} tokens, ${(i % 97) + 120.5} tokens-per-sec`;
  };
  const folder = join(state, 'logs');
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `server-${profileId}.log`), `${Array.from({ length: lines }, (_, i) => line(i)).join('\n')}\n`);
}

/** A Chromium. */
export async function openBrowser() {
  const { launchChromium } = await import('../../browser/support/chromium.ts');
  return launchChromium();
}

/**
 * A page of a context of its own, so that nothing is cached, signed in by a one-time link.
 * @param address where the page is, when not at the agent's own address.
 */
export async function newPage(browser, agent, { address = agent.address, size = { width: 1180, height: 800 }, clock = false } = {}) {
  const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce', acceptDownloads: true });
  const { url } = await post(agent, '/api/agent/link', {});
  await context.request.get(url.replace(agent.address, address));
  const page = await context.newPage();
  if (clock) await page.clock.install();
  return page;
}
