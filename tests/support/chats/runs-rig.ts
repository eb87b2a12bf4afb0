/** A runs service over a real database, with a gateway that does what the test says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError, type Chat, type Profile, type Run, type RunCreate, type RunEvent } from '@mlx-manager/shared';
import { RunsService } from '../../../menubar-agent/src/chats/runs/index.js';
import type { RunsDeps } from '../../../menubar-agent/src/chats/runs/types.js';
import { EventBus, silentLogger, systemClock } from '../../../menubar-agent/src/core/index.js';
import type { Call, ChatChunk } from '../../../menubar-agent/src/gateway/index.js';
import { ChatsRepository, MessagesRepository, openDatabase, RunsRepository } from '../../../menubar-agent/src/store/index.js';

/** The one profile there is. */
export const profile = { id: 1, name: 'Tiny', modelType: 'lm', contextLength: 400, systemPrompt: null, sampling: {} } as unknown as Profile;
export const unreachable = (): AgentError => new AgentError('ENGINE_UNREACHABLE', { name: 'Tiny', reason: 'connection refused' });
export const broken = (): AgentError => new AgentError('ENGINE_STREAM_BROKEN', { name: 'Tiny', said: '' });
const text = (content: string): ChatChunk => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

/** What the gateway answers to one call. */
export type Script = (call: Call) => AsyncGenerator<ChatChunk>;
export const answers = (...words: string[]): Script =>
  async function* () {
    for (const word of words) yield text(word);
  };
export const fails = (error: () => Error, ...words: string[]): Script =>
  async function* () {
    for (const word of words) yield text(word);
    throw error();
  };
/** Says something, then waits until it is aborted. */
export const waits = (...words: string[]): Script =>
  async function* ({ signal }) {
    for (const word of words) yield text(word);
    signal.throwIfAborted();
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
  };
/** A message as it is sent to the service. */
export const saying = (words: string): RunCreate => ({ kind: 'send', parts: [{ type: 'text', text: words }] });

/** One database with the chat `c`. */
export class RunsRig {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mlx-runs-'));
  readonly db = openDatabase(join(this.#folder, 'state.db'));
  readonly chats = new ChatsRepository(this.db);
  readonly storage: RunsDeps['storage'];
  readonly bus = new EventBus((error) => {
    throw error;
  });
  /** What the gateway was asked. */
  readonly calls: Call[] = [];
  /** States of runs as they were announced. */
  readonly states: Run[] = [];
  /** How often the Mac is kept awake now. */
  holds = 0;

  constructor() {
    const messages = new MessagesRepository(this.db);
    this.storage = {
      chats: this.chats,
      messages,
      runs: new RunsRepository<RunCreate>(this.db, messages),
      attachment: async () => null,
    };
    const now = new Date().toISOString();
    const given = { model: null, profileId: null, personaId: null, systemPrompt: null, sampling: {}, tools: [], tags: [], pinned: false };
    const chat: Chat = {
      ...{ id: 'c', title: 'New Chat', titled: false, ...given },
      ...{ preview: '', messageCount: 0, headId: null, answeredProfileId: null, activeRunId: null, createdAt: now, updatedAt: now },
    };
    this.chats.insert(chat);
    this.bus.on('run.updated', (run) => this.states.push(run));
  }

  /** Each script answers one call; the last one those after it too. */
  service(scripts: Script[], more: Partial<RunsDeps> = {}): RunsService {
    return new RunsService({
      storage: this.storage,
      bus: this.bus,
      clock: systemClock,
      logger: silentLogger(),
      gateway: {
        chat: (call) => {
          this.calls.push(call);
          call.trace.profileName = 'Tiny';
          call.trace.profileId = 1;
          return (scripts[this.calls.length - 1] ?? scripts.at(-1)!)(call);
        },
      },
      sleepGuard: { hold: () => (this.holds++, () => this.holds--) },
      setting: ((key: string) => (key === 'chatTitles' ? 'first_words' : null)) as RunsDeps['setting'],
      profile: () => profile,
      persona: () => null,
      answerer: async () => ({ profile, characteristics: null }),
      countPrompt: async (_profile, { messages }) => ({ tokens: JSON.stringify(messages).length, exact: true }),
      render: async () => null,
      adapter: () => ({ capabilities: { endpoints: [] } }) as never,
      isLoaded: () => true,
      timings: { flush: 5, merge: 1, retries: [5, 5], leave: 100 },
      ...more,
    });
  }

  close(): void {
    this.db.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Watches a run to its end. */
export async function toEnd(runs: RunsService, run: Run): Promise<Extract<RunEvent, { type: 'finished' }>['data']> {
  let last: RunEvent | undefined;
  for await (const event of runs.events(run.id, undefined, new AbortController().signal)) last = event;
  if (last?.type !== 'finished') throw new Error('no end');
  return last.data;
}
