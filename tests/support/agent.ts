/** A whole agent for a test: its own state folder, its own cache, any free port. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fetch from 'node-fetch';
import { createClient, type AgentEvent, type Client, type EventTopic, type Server } from '@mlx-manager/shared';
import { createAgent, type Agent } from '../../menubar-agent/src/agent.js';
import type { Launchd } from '../../menubar-agent/src/system/index.js';
import { enginesDir } from './engines.js';

export interface Rig {
  readonly agent: Agent;
  readonly client: Client;
  /** Temporary folder that holds the state folder and the cache. */
  readonly folder: string;
  readonly env: Record<string, string>;
  /** Ends the agent and its servers. */
  stop(): Promise<void>;
}

/** The environment of an agent in a folder of its own. @param hubUrl a stand-in hub; by default an address that refuses. */
export function agentEnv(folder: string, hubUrl = 'http://127.0.0.1:9'): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    MLX_MANAGER_HOME: join(folder, 'state'),
    MLX_MANAGER_ENGINES_DIR: enginesDir(),
    HF_HUB_CACHE: join(folder, 'hub'),
    HF_ENDPOINT: hubUrl,
    // A test on a Mac must not touch its keychain.
    MLX_MANAGER_SECRETS: 'file',
  };
}

export const newFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'mlx-manager-agent-')));

/** Starts an agent inside this process. */
export async function startAgent(
  options: { hubUrl?: string; folder?: string; env?: Record<string, string>; launchd?: Launchd; pageFolder?: string; port?: number } = {},
): Promise<Rig> {
  const folder = options.folder ?? newFolder();
  const env = { ...agentEnv(folder, options.hubUrl), ...options.env };
  const agent = await createAgent({
    env,
    port: options.port ?? 0,
    ...(options.launchd && { launchd: options.launchd }),
    ...(options.pageFolder !== undefined && { pageFolder: options.pageFolder }),
  });
  return { agent, client: clientOf(agent.address, agent.token), folder, env, stop: () => agent.stop(false) };
}

export const clientOf = (address: string, token: string): Client => createClient({ fetch, baseUrl: address, token });

/** Ends an agent and deletes its folder. */
export async function endRig(rig: Rig): Promise<void> {
  await rig.stop();
  await rm(rig.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Collects events from now on. */
export function listen(
  client: Client,
  topics?: EventTopic[],
): { events: AgentEvent[]; until(fits: (event: AgentEvent) => boolean): Promise<AgentEvent>; stop(): Promise<void> } {
  const left = new AbortController();
  const events: AgentEvent[] = [];
  const waiting = new Set<() => void>();
  const reading = (async () => {
    for await (const event of client.events({ signal: left.signal, ...(topics && { topics }) })) {
      events.push(event);
      for (const check of [...waiting]) check();
    }
  })().catch((error: unknown) => {
    if (!left.signal.aborted) throw error;
  });
  return {
    events,
    until: (fits) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = events.find(fits);
          if (!found) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    stop: () => {
      left.abort();
      return reading;
    },
  };
}

/** Starts a profile and waits until it is healthy; a failure is thrown with its log. */
export async function startAndWait(client: Client, profileId: number): Promise<Server> {
  const ear = listen(client, ['server']);
  try {
    await client.startServer({ params: { profileId } });
    const event = await ear.until(
      (one) => one.type === 'server.updated' && one.data.profileId === profileId && ['healthy', 'failed'].includes(one.data.state),
    );
    const server = event.data as Server;
    if (server.state === 'failed') throw new Error(`${server.failure?.message}\n${server.failure?.logTail.join('\n')}`);
    return server;
  } finally {
    await ear.stop();
  }
}

/** Asks a model over `/v1`, streamed; answers the text of the answer and of the thinking. */
export async function ask(
  address: string,
  body: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<{ text: string; chunks: number; finish: string | null }> {
  const answer = await fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ stream: true, temperature: 0, chat_template_kwargs: { enable_thinking: false }, ...body }),
    ...(signal && { signal: signal }),
  });
  const raw = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${raw}`);
  const chunks = raw
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map(
      (line) =>
        JSON.parse(line.slice(6)) as {
          choices?: { delta?: { content?: string }; finish_reason?: string | null }[];
          error?: { message: string };
        },
    );
  const broken = chunks.find((chunk) => chunk.error);
  if (broken) throw new Error(broken.error?.message);
  return {
    text: chunks.map((chunk) => chunk.choices?.[0]?.delta?.content ?? '').join(''),
    chunks: chunks.length,
    finish: chunks.map((chunk) => chunk.choices?.[0]?.finish_reason).find((reason) => reason) ?? null,
  };
}
