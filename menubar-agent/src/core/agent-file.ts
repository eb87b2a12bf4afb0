/** What `agent.json` says: by it the CLI, the extension and the shell find the running agent. The agent writes it (agent/agent-file.ts). */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AgentPaths } from './paths.js';

const agentFile = z.object({ port: z.int(), pid: z.int(), token: z.string(), version: z.string(), started_at: z.string() });
export type AgentFile = z.output<typeof agentFile>;

/** What agent.json says; null when there is none or it is damaged. */
export function readAgentFile(paths: Pick<AgentPaths, 'agentFile'>): AgentFile | null {
  return readJsonFile(paths.agentFile, agentFile);
}

/** A JSON file that fits a schema; null when there is none or it is damaged. */
export function readJsonFile<T>(file: string, schema: z.ZodType<T>): T | null {
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
