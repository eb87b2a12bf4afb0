/** How long until it answers: from spawn to the ready line, and to the first 200. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { agentArgs, bareServer, envOf } from './rig.mjs';
import { end, getText, startNode } from './processes.mjs';

/** One start and its end. */
async function once(args, env, healthPath) {
  const started = await startNode(args, env);
  let answerMs = Number.NaN;
  if (healthPath !== null) {
    await getText(`${started.address}${healthPath}`);
    answerMs = performance.now() - started.spawnedAt;
  }
  await end(started);
  return { readyMs: started.readyMs, answerMs, cpuMs: started.cpuMs };
}

/**
 * Starts each contestant once a round, by turns, so that a change of the machine's load meets all of them.
 * Every start has a new state folder.
 * @returns rows of { name, runs }.
 */
export async function measureReady(folder, rounds) {
  const caches = join(folder, 'compile-caches');
  mkdirSync(caches);
  const warm = join(caches, 'warm');
  const contestants = [
    { name: 'bare `node -e`', args: ['-e', 'process.stdout.write("ready"); setInterval(() => {}, 1e9)'], health: null, cache: () => warm },
    { name: 'bare `node:http` server', args: [bareServer], health: '/', cache: () => warm },
    { name: 'agent, cold compile cache', args: agentArgs, health: '/api/health', cache: () => mkdtempSync(join(caches, 'cold-')) },
    { name: 'agent, warm compile cache', args: agentArgs, health: '/api/health', cache: () => warm },
  ].map((contestant) => ({ ...contestant, runs: [] }));
  const start = ({ args, health, cache }) => once(args, envOf(mkdtempSync(join(folder, 'ready-')), cache()), health);

  // The first start reads files from the disk and fills the compile cache: it is not counted.
  for (const contestant of contestants) await start(contestant);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) contestant.runs.push(await start(contestant));
  }
  return contestants;
}
