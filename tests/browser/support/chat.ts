/** A house for the chat page: the tiny model on a real engine, and a stand-in provider that says what a test wants, token by token. */
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import type { Locator, Page } from 'playwright-core';
import { endRig, startAgent, startAndWait, type Rig } from '../../support/agent.js';
import { installedEngine, tinyModel } from '../../support/engines.js';
import { startProvider, type StandInProvider } from '../../support/provider.js';
import { pageFolder } from './page.js';

export interface ChatHouse {
  readonly rig: Rig;
  /** Profile of the tiny model, running. */
  readonly profileId: number;
  readonly provider: StandInProvider;
  /** What the provider's model answers from now on, at once. The model is called `cloud`. */
  says(text: string, thinking?: string): void;
  /** The provider's model answers with calls of tools: name and arguments of each. */
  calls(calls: readonly (readonly [name: string, args: string])[]): void;
  /** The provider's model answers piece by piece, as the test lets it. */
  writes(): { said: Promise<void>; piece(text: string): void; end(): void };
  end(): Promise<void>;
}

const chunk = (delta: unknown, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'cloud', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const DONE = `${chunk({}, 'stop')}data: [DONE]\n\n`;

/** @param engine whether the tiny model is started too. */
export async function chatHouse(engine = true): Promise<ChatHouse> {
  if (engine) await installedEngine('mlx-lm');
  const rig = await startAgent(pageFolder());
  const { client } = rig;
  const provider = await startProvider();
  await client.updateSettings({ body: { modelFolders: [join(tinyModel, '..')], chatTitles: 'first_words', routingEnabled: true } });
  const profileId = (await client.createProfile({ body: { name: 'Tiny', modelPath: tinyModel, sampling: { temperature: 0 } } })).id;
  const cloud = await client.createProvider({ body: { name: 'Cloud', protocol: 'openai', baseUrl: `${provider.url}/v1`, key: 'sk-test' } });
  await client.createRule({
    body: {
      name: 'To the stand-in',
      match: { models: ['cloud'], minTokens: null, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] },
      target: { profileId: null, providerId: cloud.id, model: 'cloud' },
      fallbacks: [],
      fallbackOn: ['failed'],
      enabled: true,
    },
  });
  if (engine) await startAndWait(client, profileId);
  return {
    rig,
    profileId,
    provider,
    says(text, thinking) {
      provider.answer = (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        if (thinking !== undefined) response.write(chunk({ role: 'assistant', reasoning_content: thinking }));
        response.end(chunk({ role: 'assistant', content: text }) + DONE);
      };
    },
    calls(calls) {
      const delta = calls.map(([name, args], index) => ({
        index,
        id: `call_${index}`,
        type: 'function',
        function: { name, arguments: args },
      }));
      provider.answer = (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`${chunk({ role: 'assistant', tool_calls: delta })}${chunk({}, 'tool_calls')}data: [DONE]\n\n`);
      };
    },
    writes() {
      const asked = Promise.withResolvers<ServerResponse>();
      let at: ServerResponse | undefined;
      provider.answer = (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        at = response;
        asked.resolve(response);
      };
      return {
        said: asked.promise.then(() => undefined),
        piece: (text) => void at?.write(chunk({ content: text })),
        end: () => void at?.end(DONE),
      };
    },
    async end() {
      await endRig(rig);
      await provider.stop();
    },
  };
}

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message', exact: true });
export const messages = (page: Page): Locator => page.getByRole('region', { name: 'Messages' });
export const answers = (page: Page): Locator => page.getByRole('article', { name: 'Answer' });
/** Waits until the last answer is whole. */
export async function answered(page: Page, text: string): Promise<void> {
  await answers(page).last().getByText(text).first().waitFor();
  await page.getByRole('button', { name: 'Regenerate' }).last().waitFor();
}
