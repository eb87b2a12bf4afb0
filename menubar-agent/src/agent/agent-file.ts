/** `agent.json`: by which the CLI and the extension find the running agent. And the lock that keeps a second one out. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, chmodSync, accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AgentError } from '@mlx-manager/shared';
import type { AgentPaths } from '../core/index.js';
import type { ProcessIdentity, ProcessTable } from '../system/index.js';

const agentFile = z.object({ port: z.int(), pid: z.int(), token: z.string(), version: z.string(), started_at: z.string() });
export type AgentFile = z.output<typeof agentFile>;
const lockFile = z.object({ pid: z.int(), startTime: z.string() });

/** What agent.json says; null when there is none or it is damaged. */
export function readAgentFile(paths: AgentPaths): AgentFile | null {
  return readJson(paths.agentFile, agentFile);
}

/** Writes agent.json at once or not at all. Readable by its owner alone: it holds the token. */
export function writeAgentFile(paths: AgentPaths, content: AgentFile): void {
  writeFileSync(`${paths.agentFile}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${paths.agentFile}.new`, paths.agentFile);
}

/** Takes agent.json away when the agent ends. */
export function removeAgentFile(paths: AgentPaths): void {
  rmSync(paths.agentFile, { force: true });
}

/**
 * Makes the state folder, its owner's alone.
 * @throws AgentError STATE_NOT_WRITABLE.
 */
export function prepareStateFolder(paths: AgentPaths): void {
  try {
    for (const folder of [paths.home, paths.logs, paths.downloads, paths.models, paths.secrets])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(paths.home, 0o700);
    accessSync(paths.home, constants.W_OK);
  } catch (error) {
    throw new AgentError(
      'STATE_NOT_WRITABLE',
      { path: paths.home, reason: error instanceof Error ? error.message : String(error) },
      { cause: error },
    );
  }
}

/**
 * Takes the state folder for this process.
 * @returns how to let go.
 * @throws AgentError AGENT_ALREADY_RUNNING naming the process and its address.
 */
export async function lockStateFolder(paths: AgentPaths, processes: ProcessTable): Promise<() => void> {
  const file = join(paths.home, 'agent.lock');
  const own: ProcessIdentity = { pid: process.pid, startTime: (await processes.startTime(process.pid)) ?? '' };
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 5) throw error;
    }
    const holder = readJson(file, lockFile);
    if (holder !== null && (await processes.isAlive(holder))) {
      const port = readAgentFile(paths)?.port;
      throw new AgentError('AGENT_ALREADY_RUNNING', {
        pid: holder.pid,
        address: port === undefined ? 'an address not known yet' : `http://127.0.0.1:${port}`,
      });
    }
    // Left behind by an agent that was killed. Moving it away first: of two that see it, one gets it.
    const aside = `${file}.${process.pid}.stale`;
    try {
      renameSync(file, aside);
      const moved = readJson(aside, lockFile);
      // Between our look and our move another agent may have taken the folder: it gets its lock back.
      if (moved !== null && (await processes.isAlive(moved))) renameSync(aside, file);
      else rmSync(aside, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function readJson<T>(file: string, schema: z.ZodType<T>): T | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null; // a damaged file says nothing; a running agent writes it anew
  }
}
