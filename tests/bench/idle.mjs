/** What an agent costs while nobody asks for anything: CPU a minute and memory. */
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newEnv, startAgent, withEngine } from './agents.mjs';
import { bareServer, enginesDir } from './rig.mjs';
import { cpuSeconds, end, memoryMb, startNode } from './processes.mjs';

/**
 * What the start leaves behind to be done, milliseconds: it belongs to the start, not to the idle minute. The last of it is one garbage
 * collection of 30 to 50 ms, by which V8 gives back some 9 MB 10 to 45 s after the start.
 */
const SETTLE_MS = 50_000;

/**
 * A window of an agent and a bare server without anybody. With `more` a second one, for information: an agent with a client on the event
 * stream and one with an engine. Nothing looks at the processes within a window.
 * @returns rows of { name, cpuPerMinute, rss, pss }, and what was left out.
 */
export async function measureIdle(folder, seconds, more) {
  const notes = [];
  const rows = await inOneWindow(seconds, [
    { name: 'bare `node:http` server', start: () => startNode([bareServer], newEnv(folder)) },
    { name: 'agent, nobody listens', start: () => startAgent(folder) },
  ]);
  if (!more) return { rows, notes };
  const busier = [{ name: 'agent, one client on `/api/events?topics=download`', start: () => withListener(folder) }];
  if (existsSync(join(enginesDir, 'mlx-lm')))
    busier.push({ name: 'agent, one engine (mlx-lm, tiny-qwen3), idle', start: () => withEngine(folder) });
  else notes.push('mlx-lm is not installed in the engines folder: the agent with an engine was left out.');
  rows.push(...(await inOneWindow(seconds, busier)));
  return { rows, notes };
}

async function inOneWindow(seconds, contestants) {
  const started = [];
  for (const { name, start } of contestants) started.push({ name, ...(await start()) });
  await delay(SETTLE_MS);
  const before = started.map(({ pid }) => cpuSeconds(pid));
  await delay(seconds * 1000);
  const rows = started.map(({ name, pid }, i) => ({
    name,
    // Whole milliseconds: a difference of two sums of ticks is not exact.
    cpuPerMinute: Math.round(((cpuSeconds(pid) - before[i]) * 60_000) / seconds) / 1000,
    ...memoryMb(pid),
  }));
  await Promise.all(started.map(end));
  return rows;
}

async function withListener(folder) {
  const agent = await startAgent(folder);
  await new Promise((resolve, reject) => {
    get(`${agent.address}/api/events?topics=download`, { headers: agent.headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the event stream answered ${response.statusCode}`));
      // It ends when the agent ends, at the latest.
      response.on('error', () => undefined);
      response.resume();
      resolve();
    }).on('error', reject);
  });
  return agent;
}
