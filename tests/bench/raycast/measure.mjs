/** How long until a command of the extension shows its first rows, in the tests' host, from a real agent that is warm. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildExtension } from '../../../scripts/extension.mjs';
import { newEnv, post, startAgent } from '../agents.mjs';
import { end, getText } from '../processes.mjs';
import { stateOf, tinyModel } from '../rig.mjs';

/** Profiles and models that the agent has: a full desk. */
const PROFILES = 30;
const MODELS = 10;

/** Commands and the call that their first rows come from. Search Models shows what is on this Mac while the hub is asked. */
const LISTS = {
  'quick-chat': '/api/profiles',
  'search-models': '/api/models/local',
  'connect-client': '/api/profiles',
  'manage-profiles': '/api/profiles',
  'manage-models': '/api/models/local',
  'show-servers': '/api/servers',
  'show-downloads': '/api/models/downloads',
  'search-chats': '/api/chats',
  'run-template': '/api/templates',
};

/**
 * @param rounds launches of each command, cold and warm.
 * @returns rows of { name, httpMs, coldMs, warmMs } with a list of figures each, and { name, bytes } of all bundles.
 */
export async function measureRaycast(folder, rounds) {
  // As in Raycast: React without its checks.
  process.env.NODE_ENV = 'production';
  const { folder: built } = await buildExtension();
  await import('./typescript.mjs');
  const { createHost } = await import('../../raycast/host/index.ts');
  const env = newEnv(folder);
  for (let i = 0; i < MODELS; i++) {
    const model = join(stateOf(env.HOME), 'models', `tiny-${i}`);
    mkdirSync(join(model, '..'), { recursive: true });
    cpSync(tinyModel, model, { recursive: true });
  }
  const agent = await startAgent(folder, env);
  for (let i = 0; i < PROFILES; i++) {
    const body = { name: `Profile ${i}`, model_path: join(stateOf(env.HOME), 'models', `tiny-${i % MODELS}`) };
    await post(agent, '/api/profiles', body);
  }

  const host = (supportPath) => createHost({ folder: built, supportPath, env: { MLX_MANAGER_HOME: env.MLX_MANAGER_HOME, HOME: env.HOME } });
  const launch = async (name, supportPath) => {
    const raycast = host(supportPath);
    const began = performance.now();
    const screen = await raycast.launch(name);
    // The empty view counts once nothing loads any more: then it is the answer.
    const isFirst = ({ rows, empty, isLoading }) => rows > 0 || (empty && !isLoading);
    await screen.until(() => screen.frames.some(isFirst));
    const { at } = screen.frames.find(isFirst);
    await screen.until(() => !screen.view().isLoading);
    await screen.close();
    await raycast.close();
    return at - began;
  };
  const request = async (path) => {
    const began = performance.now();
    await getText(`${agent.address}${path}`, agent.headers);
    return performance.now() - began;
  };

  const there = new Set(readdirSync(built));
  const rows = Object.entries(LISTS)
    .filter(([name]) => there.has(`${name}.js`))
    .map(([name, path]) => ({ name, path, httpMs: [], coldMs: [], warmMs: [] }));
  // The first of each is not counted: it compiles the code and opens the agent's connections.
  for (let round = -1; round < rounds; round++) {
    for (const row of rows) {
      const supportPath = mkdtempSync(join(folder, 'support-'));
      const measured = [await request(row.path), await launch(row.name, supportPath), await launch(row.name, supportPath)];
      if (round < 0) continue;
      for (const [i, key] of ['httpMs', 'coldMs', 'warmMs'].entries()) row[key].push(measured[i]);
    }
  }
  await end(agent);
  return { rows, bundles: bundlesOf(built) };
}

/** Commands and tools with their size, the largest first. */
function bundlesOf(built) {
  return readdirSync(built, { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => ({ name: name.replace(/\.js$/, ''), bytes: statSync(join(built, name)).size }))
    .sort((a, b) => b.bytes - a.bytes);
}
