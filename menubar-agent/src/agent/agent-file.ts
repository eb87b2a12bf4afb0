/** `agent.json`: by which the CLI and the extension find the running agent. And the lock that keeps a second one out. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Between two looks while another process clears a dead agent's lock, ms; and how often we look before we give up. */
const PAUSE_MS = 20;
const MAX_LOOKS = 250;

/**
 * Takes the state folder for this process.
 * @returns how to let go.
 * @throws AgentError AGENT_ALREADY_RUNNING naming the process and its address.
 */
export async function lockStateFolder(paths: AgentPaths, processes: ProcessTable): Promise<() => void> {
  const file = join(paths.home, 'agent.lock');
  const own: ProcessIdentity = { pid: process.pid, startTime: (await processes.startTime(process.pid)) ?? '' };
  for (let look = 0; !putLock(file, own); look++) {
    const holder = readJson(file, lockFile);
    if (holder !== null && ((await processes.isAlive(holder)) || look > MAX_LOOKS)) {
      // What a killed agent wrote may still lie there: it names another process.
      const agent = readAgentFile(paths);
      const address = agent?.pid === holder.pid ? `http://127.0.0.1:${agent.port}` : 'an address not known yet';
      throw new AgentError('AGENT_ALREADY_RUNNING', { pid: holder.pid, address });
    }
    if (look > MAX_LOOKS) throw new AgentError('STATE_NOT_WRITABLE', { path: file, reason: 'it cannot be taken over' });
    if (!(await clearDeadLock(file, own, processes))) await sleep(PAUSE_MS);
  }
  return () => {
    if (readJson(file, lockFile)?.pid === own.pid) rmSync(file, { force: true });
  };
}

/**
 * Deletes the lock of an agent that was killed. Only who holds a second lock may do that and looks once more under it: otherwise,
 * of three that see a dead lock, one could delete the one that another has just put there.
 * @returns false when another process is at it.
 */
async function clearDeadLock(file: string, own: ProcessIdentity, processes: ProcessTable): Promise<boolean> {
  const guard = `${file}.clearing`;
  if (!putLock(guard, own)) {
    const other = readJson(guard, lockFile);
    // Killed in the very moment.
    if (other !== null && !(await processes.isAlive(other))) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (!existsSync(file)) return true;
    const holder = readJson(file, lockFile);
    // A dead holder's lock changes no more, and a damaged one is nobody's: locks appear with their content.
    const gone = holder === null ? existsSync(file) : !(await processes.isAlive(holder));
    if (gone) rmSync(file, { force: true });
    return true;
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Makes a lock that appears with its content, so that nobody reads an empty one. @returns false when there is one. */
function putLock(file: string, own: ProcessIdentity): boolean {
  const draft = `${file}.${own.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
    try {
      linkSync(draft, file);
    } catch (error) {
      // Disks such as exFAT know no hard links.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
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
