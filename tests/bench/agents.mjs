/** Agents under measurement, in surroundings of their own. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentArgs, envOf, stateOf, tinyModel } from './rig.mjs';
import { getText, startNode } from './processes.mjs';

const ENGINE_DEADLINE_MS = 180_000;

/** A home and a state of its own. */
export const newEnv = (folder) => {
  const own = mkdtempSync(join(folder, 'idle-'));
  return envOf(own, join(own, 'compile-cache'));
};

/** An agent that has answered once. */
export async function startAgent(folder, env = newEnv(folder)) {
  const started = await startNode(agentArgs, env);
  await getText(`${started.address}/api/health`);
  const { token } = JSON.parse(readFileSync(join(env.MLX_MANAGER_HOME, 'agent.json'), 'utf8'));
  return { ...started, headers: { authorization: `Bearer ${token}` } };
}

/** An agent with a profile `Tiny` whose engine runs. @param options more of the profile. */
export async function withEngine(folder, env = newEnv(folder), options = {}) {
  const model = join(stateOf(env.HOME), 'models', 'tiny-qwen3');
  mkdirSync(join(model, '..'), { recursive: true });
  cpSync(tinyModel, model, { recursive: true });
  const agent = await startAgent(folder, env);
  const profile = await post(agent, '/api/profiles', { name: 'Tiny', model_path: model, engine: 'mlx-lm', ...options });
  await post(agent, `/api/servers/${profile.id}/start`, {});
  const deadline = Date.now() + ENGINE_DEADLINE_MS;
  for (;;) {
    const servers = JSON.parse(await getText(`${agent.address}/api/servers`, agent.headers));
    if (servers[0]?.state === 'healthy') return agent;
    if (servers[0]?.state === 'failed' || Date.now() > deadline) throw new Error(`the engine did not start: ${JSON.stringify(servers)}`);
    await delay(250);
  }
}

export function post({ address, headers }, path, body) {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${address}${path}`,
      { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (text += chunk));
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode < 300 ? resolve(JSON.parse(text)) : reject(new Error(`${path} answered ${response.statusCode}: ${text}`)),
        );
      },
    );
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}
