/** What the pictures are taken of: an agent with models, profiles, servers and chats, and Raycast around it. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import { createAgent, type Agent } from '../../../menubar-agent/src/agent.js';
import { agentEnv, clientOf } from '../../support/agent.js';
import { startHub } from '../../support/hub/index.js';
import { builtExtension, createHost, type Host } from '../host/index.js';
import type { Furnished } from './furnish.js';
import { hubModels, quantizedTinyModel } from './models.js';

export interface Stage extends Furnished {
  readonly host: Host;
  /** Folder of the built extension's own pictures. */
  readonly assets: string;
  end(): Promise<void>;
}

/** Where the agent is by default; any free port where one runs already. */
async function startAtHome(env: Record<string, string>): Promise<Agent> {
  try {
    return await createAgent({ env, port: 10_239 });
  } catch (error) {
    if (error instanceof AgentError && error.code === 'AGENT_PORT_IN_USE') return createAgent({ env, port: 0 });
    throw error;
  }
}

export async function openStage(): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'raycast-pictures-')));
  const hub = await startHub({ models: hubModels(await quantizedTinyModel(folder)) });
  const env = agentEnv(folder, hub.url);
  const agent = await startAtHome(env);
  const client = clientOf(agent.address, agent.token);
  const extension = await builtExtension();
  const host = createHost({ folder: extension, env: { MLX_MANAGER_HOME: env.MLX_MANAGER_HOME, HOME: folder } });
  await client.updateSettings({ body: { chatTitles: 'first_words', maxMemoryGb: 16 } });
  return {
    client,
    hub,
    host,
    assets: join(extension, 'assets'),
    async end() {
      await host.close();
      await agent.stop(false);
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
