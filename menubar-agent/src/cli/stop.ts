/** `stop`: ends the agent and waits until it is gone. */
import { AgentError } from '@mlx-manager/shared';
import { readAgentFile } from '../agent/agent-file.js';
import { agentPaths } from '../core/index.js';
import { createProcessTable } from '../system/index.js';
import { connect } from './connect.js';
import { note } from './output.js';

type Env = Readonly<Record<string, string | undefined>>;

/** @param keepServers leaves engines running for the next agent; the setting decides when left out. */
export async function stop(env: Env, keepServers: boolean | undefined): Promise<void> {
  const pid = readAgentFile(agentPaths(env))?.pid;
  const client = await connect(env);
  const processes = createProcessTable();
  const startTime = pid === undefined ? null : await processes.startTime(pid);
  const events = client.events({ topics: ['agent'] });
  const ended = drain(events);
  await client.shutdown({ body: keepServers === undefined ? {} : { keepServers } });
  // The stream ends when the agent begins to stop; then the process itself goes.
  await ended;
  while (pid !== undefined && startTime !== null && (await processes.isAlive({ pid, startTime }))) await pause(50);
  note('✓ The agent has stopped.');
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  try {
    const reader = events[Symbol.asyncIterator]();
    while ((await reader.next()).done !== true);
  } catch (error) {
    // The connection goes with the agent: that is the end we wait for.
    if (!(error instanceof AgentError)) throw error;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
