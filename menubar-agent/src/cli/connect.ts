/** Finds the running agent by agent.json. */
import fetch from 'node-fetch';
import { AgentError, createClient, DEFAULT_PORT, type Client } from '@mlx-manager/shared';
import { readAgentFile } from '../agent/agent-file.js';
import { agentPaths } from '../core/index.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * A client for the agent of this state folder.
 * @throws AgentError AGENT_NOT_RUNNING.
 */
export async function connect(env: Env): Promise<Client> {
  const file = readAgentFile(agentPaths(env));
  const address = `http://127.0.0.1:${file?.port ?? (env.MLX_MANAGER_PORT || DEFAULT_PORT)}`;
  if (!file) throw new AgentError('AGENT_NOT_RUNNING', { address });
  const client = createClient({ fetch, baseUrl: address, token: file.token });
  await client.health();
  return client;
}
