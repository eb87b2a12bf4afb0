/** The gateway beside the engine alone, a bare pass-through and LiteLLM: requests, added latency, streamed events, memory. */
import { memoryMb } from '../processes.mjs';
import { load, startEngine, startGateway, startLiteLlm, startPassThrough } from './rig.mjs';

const CHAT = '/v1/chat/completions';
const ask = { model: 'Tiny', messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0, max_tokens: 1 };
/** Events of one streamed answer. */
const STREAM_EVENTS = 200;

const cases = [
  { name: 'whole, 1 client', body: ask, connections: 1 },
  { name: 'whole, 16 clients', body: ask, connections: 16 },
  { name: 'streamed, 8 clients', body: { ...ask, stream: true, max_tokens: STREAM_EVENTS }, connections: 8 },
];

/**
 * @param folder for state.
 * @param options `rounds` by turns, `seconds` each; `requests` for the memory's growth.
 * @returns rows of { name, results: case → { perSecond, median, p99, eventsPerSecond }, rss }, notes, and the growth of the gateway in MiB.
 */
export async function measureGateway(folder, { rounds, seconds, requests }) {
  const notes = [
    'llama-swap cannot be had from the registries this machine reaches (its Go module is refused), so it is not in the table.',
  ];
  const engine = await startEngine();
  const contestants = [
    { name: 'engine alone', address: engine.address, pid: engine.pid },
    { name: 'bare undici pass-through', ...(await startPassThrough(engine.address)) },
    { name: 'this gateway', ...(await startGateway(folder)) },
  ];
  let litellm = null;
  try {
    litellm = await startLiteLlm(folder, engine.address);
    contestants.push({ name: 'LiteLLM 1.109.1', ...litellm });
  } catch (error) {
    notes.push(`LiteLLM was left out: ${error.message}`);
  }
  const rows = contestants.map(({ name, address, pid }) => ({ name, address, pid, runs: cases.map(() => []) }));
  for (const { address } of rows) await load({ url: address + CHAT, connections: 8, requests: 400, body: ask });
  for (let round = 0; round < rounds; round++) {
    for (const [i, { body, connections }] of cases.entries()) {
      for (const row of rows) {
        // LiteLLM's answers take so long that fewer of them are as exact.
        const measured = await load({ url: row.address + CHAT, connections, seconds, body });
        if (measured.failed > 0) throw new Error(`${row.name}: ${measured.failed} of ${measured.requests} requests failed`);
        row.runs[i].push(measured);
      }
    }
  }
  const growth = await growthOf(rows[2], requests);
  const results = rows.map(({ name, runs, pid }) => ({ name, cases: runs.map(summary), rss: memoryMb(pid).rss }));
  await litellm?.end();
  return { cases: cases.map(({ name }) => name), rows: results, growth, notes };
}

/** RSS over many requests: after a fifth of them (caches are full) and at the end. */
async function growthOf({ address, pid }, requests) {
  const some = (count) => load({ url: address + CHAT, connections: 16, requests: count, body: ask });
  await some(requests / 5);
  const before = memoryMb(pid).rss;
  await some((requests * 4) / 5);
  return { requests, before, after: memoryMb(pid).rss };
}

function summary(runs) {
  const median = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[Math.floor(runs.length / 2)];
  return {
    perSecond: median('perSecond'),
    median: median('median'),
    p99: median('p99'),
    eventsPerSecond: runs.map((run) => run.events / run.seconds).sort((a, b) => a - b)[Math.floor(runs.length / 2)],
  };
}
