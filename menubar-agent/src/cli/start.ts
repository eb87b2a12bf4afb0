/** `start`: the agent in the foreground, with one ready line, and a starter model where there is none. */
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError, createClient } from '@mlx-manager/shared';
import type { Agent } from '../agent.js';
import { agentPaths } from '../core/index.js';
import { prepareStateFolder, readAgentFile } from '../agent/agent-file.js';
import { launchOf } from './launch.js';
import { note, print, printError } from './output.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface StartOptions {
  readonly detach?: boolean;
  readonly starter: boolean;
  /** An agent that runs already is no failure. */
  readonly unlessRunning?: boolean;
  readonly port?: number;
}

/**
 * Runs the agent until it is told to end.
 * @throws AgentError AGENT_ALREADY_RUNNING, AGENT_PORT_IN_USE, STATE_*.
 */
export async function start(env: Env, options: StartOptions): Promise<void> {
  if (options.detach) {
    await startDetached(env, options);
    return;
  }
  // Heard from the first moment on: a signal right after the ready line must end the agent in good order.
  const left = new AbortController();
  const signalled = hearSignals(left.signal);
  const { createAgent } = await import('../agent.js');
  const agent = await createAgent({ env, ...launchOf(env), ...(options.port !== undefined && { port: options.port }) }).catch(
    (error: unknown) => {
      if (options.unlessRunning && error instanceof AgentError && error.code === 'AGENT_ALREADY_RUNNING') return null;
      throw error;
    },
  );
  if (agent === null) return;
  process.on('uncaughtExceptionMonitor', (error) => agent.reportCrash(error));
  print(`MLX Manager is ready at ${agent.address}`);
  note(`  The window: ${agent.address}/ (a browser is signed in by: npx mlx-manager open)`);
  const ended = untilEnded(agent, signalled, left);
  if (options.starter) await bringStarter(agent, left.signal);
  await ended;
}

interface Ending {
  readonly keepServers: boolean | undefined;
}

/** Resolves at the first signal to end. A second one ends the process the hard way. */
function hearSignals(ending: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (ending.aborted) process.exit(1);
        resolve({ keepServers: undefined });
      });
    }
  });
}

/** Ends the agent on a signal or on request. */
async function untilEnded(agent: Agent, signalled: Promise<Ending>, left: AbortController): Promise<void> {
  const { keepServers } = await Promise.race([signalled, agent.shutdownRequested]);
  left.abort();
  note('• Stopping');
  await agent.stop(keepServers);
}

async function bringStarter(agent: Agent, signal: AbortSignal): Promise<void> {
  // Only now: node-fetch imports node:http as a module, which loads all of Node's own undici; a ready agent need not wait for that.
  const [{ ensureStarter }, { default: fetch }] = await Promise.all([import('./starter.js'), import('node-fetch')]);
  try {
    await ensureStarter(agent, createClient({ fetch, baseUrl: agent.address, token: agent.token }), signal);
  } catch (error) {
    if (signal.aborted) return;
    // The agent itself is well: what can be done without the starter goes on.
    if (!(error instanceof AgentError)) throw error;
    printError(error);
    note('  The agent runs on without a starter model.');
  }
}

/** Starts the agent as a process of its own and waits until it answers. */
async function startDetached(env: Env, options: StartOptions): Promise<void> {
  const paths = agentPaths(env);
  prepareStateFolder(paths);
  const [{ spawn }, { connect }] = await Promise.all([import('node:child_process'), import('./connect.js')]);
  const output = openSync(join(paths.logs, 'start.log'), 'a', 0o600);
  const script = process.argv[1] ?? '';
  const args = [
    script,
    'start',
    '--headless',
    ...(options.starter ? [] : ['--no-starter']),
    ...(options.port === undefined ? [] : ['--port', String(options.port)]),
  ];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', output, output], env: { ...env } });
  child.unref();
  const exited = new AbortController();
  child.once('exit', () => exited.abort());
  for (;;) {
    if (readAgentFile(paths)?.pid === child.pid) break;
    if (exited.signal.aborted) {
      // It says why in its own words; most often that one runs already.
      const running = await connect(env).catch(() => null);
      if (running) throw new AgentError('AGENT_ALREADY_RUNNING', { pid: readAgentFile(paths)?.pid, address: running.baseUrl });
      throw new AgentError('AGENT_NOT_RUNNING', { address: 'its port' }, { action: `See ${join(paths.logs, 'start.log')}` });
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const client = await connect(env);
  print(`MLX Manager is ready at ${client.baseUrl}`);
}
