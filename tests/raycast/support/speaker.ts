/** What the tests of chats share: a whole agent whose answers a stand-in provider speaks, word for word as the test says, and Raycast around it. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { startAgent, type Rig } from '../../support/agent.js';
import { say, run } from '../../support/chats/index.js';
import { startProvider } from '../../support/provider.js';
import { builtExtension, createHost, type Host, type Screen } from '../host/index.js';

export interface Speaker {
  /** What every further answer says. */
  text: string;
  /** What is thought before. */
  thinking: string;
  /** While true, answers wait behind their first word. */
  held: boolean;
  /** The last message of each request, oldest first. */
  readonly asked: string[];
  /** The system prompt of each request; empty where there was none. */
  readonly system: string[];
}

export interface ChatsRig {
  readonly client: Rig['client'];
  readonly folder: string;
  readonly host: Host;
  readonly speaker: Speaker;
  /** Lets held answers go on. */
  release(): void;
  /** Breaks held answers off where they are; further ones are whole. */
  breakOff(): void;
  /** A chat with one exchange. */
  chat(question: string, answer: string, changes?: Parameters<Rig['client']['updateChat']>[0]['body']): Promise<string>;
  /** Ends the agent, or starts it again in its folder. */
  stopAgent(): Promise<void>;
  startAgent(): Promise<void>;
  end(): Promise<void>;
}

interface Body {
  messages: { role: string; content: string | { text?: string }[] }[];
}
const contentOf = (message: Body['messages'][number] | undefined): string =>
  typeof message?.content === 'string' ? message.content : (message?.content ?? []).map((part) => part.text ?? '').join('');

/** @param options `speaks` false: nobody is there to answer. */
export async function startChats(options: { speaks?: boolean } = {}): Promise<ChatsRig> {
  const speaker: Speaker = { text: 'The answer.', thinking: '', held: false, asked: [], system: [] };
  const waiting = new Map<ServerResponse, () => void>();
  const write = (response: ServerResponse, delta: object, finish: string | null = null): void =>
    void response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  const provider = await startProvider((response, { body }) => {
    const { messages = [] } = body as Partial<Body>;
    speaker.asked.push(contentOf(messages.at(-1)));
    speaker.system.push(contentOf(messages.find(({ role }) => role === 'system')));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const [first = '', ...words] = speaker.text.split(/(?<=\s)/);
    if (speaker.thinking !== '') write(response, { reasoning_content: speaker.thinking });
    write(response, { content: first });
    const rest = (): void => {
      for (const word of words) write(response, { content: word });
      write(response, {}, 'stop');
      response.end('data: [DONE]\n\n');
    };
    if (speaker.held) waiting.set(response, rest);
    else rest();
  });
  let rig = await startAgent();
  await rig.client.updateSettings({ body: { chatTitles: 'first_words', routingEnabled: true } });
  if (options.speaks !== false) {
    const { id } = await rig.client.createProvider({
      body: { name: 'Stand-in', protocol: 'openai', baseUrl: `${provider.url}/v1`, key: 'k' },
    });
    const match = { models: [], minTokens: null, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] };
    await rig.client.createRule({
      body: {
        name: 'All',
        match,
        target: { profileId: null, providerId: id, model: 'speaker' },
        fallbacks: [],
        fallbackOn: ['failed'],
        enabled: true,
      },
    });
  }
  const supportPath = mkdtempSync(join(tmpdir(), 'raycast-chats-'));
  const env = { MLX_MANAGER_HOME: rig.env.MLX_MANAGER_HOME, HOME: rig.folder, PATH: '' };
  const host = createHost({ folder: await builtExtension(), supportPath, env });
  const release = (): void => {
    speaker.held = false;
    for (const go of waiting.values()) go();
    waiting.clear();
  };
  return {
    get client() {
      return rig.client;
    },
    folder: rig.folder,
    host,
    speaker,
    release,
    breakOff() {
      speaker.held = false;
      for (const response of waiting.keys()) response.destroy();
      waiting.clear();
    },
    async chat(question, answer, changes = {}) {
      speaker.text = answer;
      const { id } = await rig.client.createChat({ body: {} });
      await run(rig.client, id, say(question));
      if (Object.keys(changes).length > 0) await rig.client.updateChat({ params: { chatId: id }, body: changes });
      return id;
    },
    stopAgent: () => rig.stop(),
    async startAgent() {
      rig = await startAgent({ folder: rig.folder });
    },
    async end() {
      const closing = await Promise.allSettled([host.close()]);
      release();
      await rig.stop();
      await provider.stop();
      await Promise.all([rig.folder, supportPath].map((path) => rm(path, { recursive: true, force: true })));
      for (const one of closing) if (one.status === 'rejected') throw one.reason;
    },
  };
}

/** Waits until the window says something. */
export const says = (screen: Screen, text: string | RegExp): Promise<unknown> =>
  screen.until(() => (typeof text === 'string' ? screen.text().includes(text) : text.test(screen.text())), { what: `"${String(text)}"` });

export const offers = (screen: Screen, title: string): boolean => screen.actions().some((action) => action.title === title);

/** Presses everything that a failure screen offers, and comes back where it leads further; with the agent still away, Try Again leads back to it. */
export async function pressAll(screen: Screen, except?: string): Promise<void> {
  const { depth } = screen.view();
  for (const { title } of screen.actions()) {
    if (title === except) continue;
    await screen.until(() => offers(screen, title));
    await screen.press(title);
    if (screen.view().depth > depth) await screen.back();
  }
}
