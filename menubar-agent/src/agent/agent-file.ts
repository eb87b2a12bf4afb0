/** `agent.json`: by which the CLI and the extension find the running agent; `launcher.json`: by which they start one. And the lock that keeps a second one out. */
import { accessSync, chmodSync, constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AgentError, VERSION } from '@mlx-manager/shared';
import { readAgentFile, readJsonFile, type AgentFile, type AgentPaths } from '../core/index.js';
import type { ProcessIdentity, ProcessTable } from '../system/index.js';

export { readAgentFile, type AgentFile };

const lockFile = z.object({ pid: z.int(), startTime: z.string() });

/** Writes agent.json at once or not at all. Readable by its owner alone: it holds the token. */
export function writeAgentFile(paths: AgentPaths, content: AgentFile): void {
  writeFileSync(`${paths.agentFile}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${paths.agentFile}.new`, paths.agentFile);
}

/**
 * Writes launcher.json, at once or not at all: the command by which this agent was started, so that the extension, which sees no shell's PATH, can start
 * the next one. It stays when the agent ends.
 * @param command the program and its first arguments; `start` and its options come after them.
 */
export function writeLauncherFile(paths: AgentPaths, command: readonly string[]): void {
  writeFileSync(`${paths.launcherFile}.new`, `${JSON.stringify({ command, version: VERSION }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${paths.launcherFile}.new`, paths.launcherFile);
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
    for (const folder of [paths.home, paths.logs, paths.downloads, paths.models, paths.attachments, paths.secrets])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(paths.home, 0o700);
    accessSync(paths.home, constants.W_OK);
  } catch (error) {
    throw notWritable(paths.home, error);
  }
}

/** Between two tries, ms, with as much again by chance, so that two who try do not meet for ever; and how often we try before we give up. */
const PAUSE_MS = 10;
const MAX_TRIES = 250;

/**
 * Takes the state folder for this process. What counts is a lock of the kernel on `agent.lock.db`, which ends with its process: nobody has to
 * clear up after one that was killed, which cannot be done without a moment in which two could do it. `agent.lock` only says who has it.
 * @returns how to let go.
 * @throws AgentError AGENT_ALREADY_RUNNING naming the process and its address; STATE_NOT_WRITABLE.
 */
export async function lockStateFolder(paths: AgentPaths, processes: ProcessTable): Promise<() => void> {
  const file = join(paths.home, 'agent.lock');
  const own: ProcessIdentity = { pid: process.pid, startTime: (await processes.startTime(process.pid)) ?? '' };
  for (let tries = 1; ; tries++) {
    const release = await takeLock(`${file}.db`);
    let named: ProcessIdentity | null;
    try {
      named = await liveHolder(file, processes);
      // Else a live holder without the lock: somebody deleted the file it lies on.
      if (release !== null && (named === null || named.pid === own.pid)) {
        writeFileSync(`${file}.new`, JSON.stringify(own), { mode: 0o600 });
        renameSync(`${file}.new`, file);
        return letGo(file, own, release);
      }
    } catch (error) {
      release?.();
      throw notWritable(file, error);
    }
    release?.();
    if (named !== null) {
      // What a killed agent wrote may still lie there: it names another process.
      const agent = readAgentFile(paths);
      const address = agent?.pid === named.pid ? `http://127.0.0.1:${agent.port}` : 'an address not known yet';
      throw new AgentError('AGENT_ALREADY_RUNNING', { pid: named.pid, address });
    }
    // Who has just taken it has not written yet who it is.
    if (tries === MAX_TRIES)
      throw new AgentError('STATE_NOT_WRITABLE', { path: file, reason: 'a process that does not say who it is has it' });
    await sleep(PAUSE_MS * (1 + Math.random()));
  }
}

async function liveHolder(file: string, processes: ProcessTable): Promise<ProcessIdentity | null> {
  const holder = readJsonFile(file, lockFile);
  return holder !== null && (await processes.isAlive(holder)) ? holder : null;
}

function letGo(file: string, own: ProcessIdentity, release: () => void): () => void {
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    // In this order: what the next one writes must stay.
    if (readJsonFile(file, lockFile)?.pid === own.pid) rmSync(file, { force: true });
    release();
  };
}

async function takeLock(file: string): Promise<(() => void) | null> {
  try {
    const { takeExclusive } = await import('../store/index.js'); // the CLI reads agent.json without a database
    return takeExclusive(file);
  } catch (error) {
    throw notWritable(file, error);
  }
}

const notWritable = (path: string, error: unknown): AgentError =>
  new AgentError('STATE_NOT_WRITABLE', { path, reason: error instanceof Error ? error.message : String(error) }, { cause: error });
