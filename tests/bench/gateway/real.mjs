/** The gateway in front of a real engine (mlx_lm.server, tiny-qwen3): tokens a second beside the engine alone, and what a cached prefix saves. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withEngine } from '../agents.mjs';
import { getText, memoryMb } from '../processes.mjs';
import { enginesDir } from '../rig.mjs';
import { load } from './rig.mjs';

const CHAT = '/v1/chat/completions';
const story = {
  messages: [{ role: 'user', content: 'Tell me a long story.' }],
  temperature: 0,
  max_tokens: 200,
  stream: true,
  chat_template_kwargs: { enable_thinking: false },
};

/** @returns rows of { clients, engine, gateway } in tokens a second, first tokens in ms, RSS of the agent; null without the engine. */
export async function measureReal(folder, { rounds, requests }) {
  if (!existsSync(join(enginesDir, 'mlx-lm'))) return null;
  const agent = await withEngine(folder);
  const [server] = JSON.parse(await getText(`${agent.address}/api/servers`, agent.headers));
  const engine = `http://127.0.0.1:${server.port}`;
  const sides = [
    { key: 'engine', url: engine + CHAT, body: { ...story, model: 'default_model' } },
    { key: 'gateway', url: agent.address + CHAT, body: { ...story, model: 'Tiny' } },
  ];
  for (const { url, body } of sides) await load({ url, body, connections: 8, requests: 16 });
  const rows = [];
  for (const clients of [1, 5, 8]) {
    const runs = { engine: [], gateway: [] };
    for (let round = 0; round < rounds; round++) {
      for (const { key, url, body } of round % 2 === 0 ? sides : sides.toReversed()) {
        const run = await load({ url, body, connections: clients, requests: Math.max(clients * 2, requests) });
        if (run.failed > 0) throw new Error(`${key}: ${run.failed} requests failed`);
        runs[key].push({ tokens: run.events / run.seconds, first: run.firstMs });
      }
    }
    rows.push({ clients, engine: medians(runs.engine), gateway: medians(runs.gateway) });
  }
  return { rows, prefix: await prefix(agent.address), rss: memoryMb(agent.pid).rss };
}

/** Milliseconds to the first token of a long prompt: never seen, and seen before with another question at its end. */
async function prefix(address) {
  const results = { cold: [], cached: [] };
  for (let round = 0; round < 3; round++) {
    const text = Array.from({ length: 1200 }, (_, i) => `Fact ${round}-${i}.`).join(' ');
    const ask = (question) =>
      load({
        url: address + CHAT,
        connections: 1,
        requests: 1,
        body: {
          ...story,
          model: 'Tiny',
          max_tokens: 8,
          messages: [
            { role: 'system', content: text },
            { role: 'user', content: question },
          ],
        },
      });
    results.cold.push((await ask('What is the capital of France?')).firstMs);
    results.cached.push((await ask('What is the capital of Italy?')).firstMs);
  }
  const middle = (values) => values.sort((a, b) => a - b)[1];
  return { cold: middle(results.cold), cached: middle(results.cached) };
}

function medians(runs) {
  const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return { tokens: middle(runs.map((run) => run.tokens)), first: middle(runs.map((run) => run.first)) };
}
