/** The built command, as a user runs it: a process of its own, killed for real. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { clientOf } from './agent.js';
import type { Client } from '@mlx-manager/shared';
import { readAgentFile } from '../../menubar-agent/src/agent/agent-file.js';
import { agentPaths } from '../../menubar-agent/src/core/index.js';

const root = resolve(import.meta.dirname, '../..');
const script = join(root, 'menubar-agent/dist/cli.js');

/** Builds the bundle when it is not there; `npm test` builds it before. */
export async function ensureBuilt(): Promise<void> {
  if (!existsSync(script)) await execa(process.execPath, [join(root, 'scripts/build.mjs')]);
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function runCli(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  const result = await execa(process.execPath, [script, ...args], { env, extendEnv: false, reject: false, stdin: 'ignore' });
  return { code: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

export interface AgentProcess {
  readonly process: ChildProcess;
  readonly client: Client;
  readonly address: string;
  readonly token: string;
  output(): string;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits; answers the exit code. */
  terminate(): Promise<number | null>;
}

/** Starts `mlx-manager start` and waits for its ready line. */
export async function startAgentProcess(env: Record<string, string>, ...args: string[]): Promise<AgentProcess> {
  const child = spawn(process.execPath, [script, 'start', '--port', '0', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  await new Promise<void>((resolveReady, reject) => {
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('MLX Manager is ready at')) resolveReady();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void ended.then(() => reject(new Error(`the agent ended: ${output}`)));
  });
  const { port, token } = readAgentFile(agentPaths(env))!;
  const address = `http://127.0.0.1:${port}`;
  return {
    process: child,
    client: clientOf(address, token),
    address,
    token,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    terminate() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
