/** Quick Chat, as built, against a real agent with the real engine: asked, streamed, closed in mid-answer, branched, edited, killed. */
import { jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatMessage, Profile } from '@mlx-manager/shared';
import { endRig, startAgent, startAndWait } from '../support/agent.js';
import type { Host, Screen } from './host/index.js';
import { startProfilesRig, type ProfilesRig } from './support/profiles.js';
import { slowly } from '../support/slow-engine.js';

jest.setTimeout(300_000);

/** Greedy: the tiny model says what it knows by heart. */
const GREEDY = { temperature: 0 };
/** So hot that the end is seldom drawn: an answer of some hundred tokens. */
const BABBLING = { temperature: 3, seed: 5, maxTokens: 600 };

let rig: ProfilesRig;
let host: Host;
let tiny: Profile;
beforeAll(async () => {
  rig = await startProfilesRig();
  await rig.client.updateSettings({ body: { chatTitles: 'first_words' } });
  tiny = await rig.profile('Tiny', { sampling: GREEDY });
  await rig.client.updateSettings({ body: { defaultProfileId: tiny.id } });
  // Up before it is asked, so that it can be slowed down.
  const babbler = await rig.profile('Babbler', { sampling: BABBLING });
  await startAndWait(rig.client, babbler.id);
}, 600_000);
afterAll(() => endRig(rig));
beforeEach(async () => {
  host = await rig.host();
});
afterEach(async () => {
  await host.close();
  for (const chat of await chats()) await rig.client.deleteChat({ params: { chatId: chat.id } });
});

const markdown = (screen: Screen): string => screen.text();
const saying = (screen: Screen, text: string | RegExp, timeout = 60_000): Promise<unknown> =>
  screen.until(() => (typeof text === 'string' ? markdown(screen).includes(text) : text.test(markdown(screen))), {
    what: `"${String(text)}" in\n${markdown(screen)}`,
    timeout,
  });
const offers = (screen: Screen, title: string): boolean => screen.actions().some((action) => action.title === title);
const chats = async () => (await rig.client.listChats()).map(({ chat }) => chat);
/** Comes back in the middle of a long answer, its thinking shown. */
async function writing(screen: Screen): Promise<void> {
  await screen.until(() => screen.rows().length === 1);
  await screen.press('Show Thinking');
  await saying(screen, /▾[^]{200}/);
}
/** Everything an answer's model wrote. */
const written = (message: ChatMessage): string => message.parts.map((part) => ('text' in part ? part.text : '')).join('\n');
const messages = async (): Promise<ChatMessage[]> => (await rig.client.getChat({ params: { chatId: (await chats())[0]!.id } })).messages;

test('nothing to chat with: the screen leads to Search Models; an agent that goes away leaves what is typed', async () => {
  const empty = await startAgent();
  const elsewhere = await rig.host({ env: { MLX_MANAGER_HOME: empty.env.MLX_MANAGER_HOME, HOME: empty.folder } });
  try {
    const screen = await elsewhere.launch('quick-chat');
    await saying(screen, 'No Model Yet');
    await screen.press('Search Models');
    expect(elsewhere.launched.at(-1)?.name).toBe('search-models');
    await screen.search('What is the capital of France?');
    await empty.stop();
    await saying(screen, /MLX Manager Is (Not Running|Not Installed|Stopping)/);
    expect(screen.text()).toContain('What is the capital of France?');
  } finally {
    await elsewhere.close();
    await endRig(empty);
  }
});

test('a question is typed, its answer read, copied, pasted; the next one goes on; the window comes back to it', async () => {
  const screen = await host.launch('quick-chat');
  await saying(screen, 'Ask Anything');
  await screen.search('What is the capital of France?');
  await screen.press('Send Message');
  await saying(screen, 'The capital of France is Paris.');
  await saying(screen, /Thought for/);
  await saying(screen, /tokens\/s · \d+ tokens/);
  await screen.press('Copy Answer');
  expect(host.copied.at(-1)).toBe('The capital of France is Paris.');
  await screen.press('Paste Answer');
  expect(host.pasted.at(-1)).toBe('The capital of France is Paris.');
  await screen.press('Show Thinking');
  await saying(screen, '▾');
  await screen.press('Hide Thinking');
  await saying(screen, '▸');

  await screen.search('What is the capital of Italy?');
  await screen.enter();
  await saying(screen, 'The capital of Italy is Rome.');
  expect(screen.rows().map(({ title }) => title)).toEqual(['What is the capital of Italy?', 'What is the capital of France?']);
  await screen.close();

  const again = await host.launch('quick-chat');
  await saying(again, 'The capital of Italy is Rome.');
  await again.press('New Chat');
  await saying(again, 'Ask Anything');
  await again.close();
  const third = await host.launch('quick-chat');
  await saying(third, 'Ask Anything');
  expect((await chats()).map(({ title, messageCount }) => [title, messageCount])).toEqual([['What is the capital of France?', 4]]);
});

test('asked by argument and as fallback: answered at once, in a chat of its own', async () => {
  const screen = await host.launch('quick-chat', { arguments: { question: 'What is the capital of Japan?' } });
  await saying(screen, 'The capital of Japan is Tokyo.');
  await screen.close();
  const fallback = await host.launch('quick-chat', { fallbackText: 'What is the capital of Spain?' });
  await saying(fallback, 'The capital of Spain is Madrid.');
  expect(await chats()).toHaveLength(2);
});

test('the window is closed in mid-answer and opened again: the answer is whole', async () => {
  await slowly(rig.client, async () => {
    const screen = await host.launch('quick-chat', { arguments: { question: 'Go on for ever' }, launchContext: { model: 'Babbler' } });
    await writing(screen);
    expect((await rig.client.listRuns()).map(({ state }) => state)).toEqual(['generating']);
    await screen.close();
  });
  const again = await host.launch('quick-chat');
  await saying(again, /\d+ tokens/);
  const answer = (await messages())[1]!;
  expect(answer.status).toBe('complete');
  expect(answer.metrics?.completionTokens).toBeGreaterThan(100);
  await again.press('Show Thinking');
  await saying(again, written(answer).trim().split('\n').at(-1)!.slice(-40));
});

test('streams are painted at most every 50 ms, and never by an empty screen', async () => {
  const screen = await host.launch('quick-chat', { arguments: { question: 'Go on for ever' }, launchContext: { model: 'Babbler' } });
  await screen.until(() => screen.rows().length === 1);
  await screen.press('Show Thinking');
  await saying(screen, /\d+ tokens/);
  const frames = screen.frames.filter(({ rows }) => rows > 0);
  const answer = written((await messages())[1]!);
  expect(answer.length).toBeGreaterThan(300);
  const seconds = (frames.at(-1)!.at - frames[0]!.at) / 1000;
  // A painting each 50 ms, one at each end, and the clock's each second.
  expect(frames.length).toBeLessThanOrEqual(seconds * 21 + 6);
  expect(frames.some(({ empty }) => empty)).toBe(false);
});

test('stopped, continued, regenerated, branches shown, edited', async () => {
  const screen = await host.launch('quick-chat', { launchContext: { model: 'Babbler' } });
  await slowly(rig.client, async () => {
    await screen.search('Go on for ever');
    await screen.press('Send Message', { wait: false });
    await writing(screen);
    await screen.press('Stop Answer');
  });
  await saying(screen, 'Stopped.');
  const partial = written((await messages())[1]!);
  expect(partial.length).toBeGreaterThan(0);
  await screen.press('Continue Answer');
  await saying(screen, /cut at its length limit|\d+ tokens/);
  expect(written((await messages())[1]!).startsWith(partial)).toBe(true);

  await screen.press('Switch Model…/Tiny');
  await screen.until(() => screen.view());
  await screen.press('Edit Last Message…');
  await screen.fill({ text: 'What is the capital of France?' });
  await screen.submit();
  await saying(screen, 'The capital of France is Paris.');
  await screen.press('Regenerate Answer');
  await saying(screen, 'The capital of France is Paris.');
  await screen.until(() => offers(screen, 'Show Previous Answer (1 of 2)'), { timeout: 30_000 });
  await screen.press('Show Previous Answer (1 of 2)');
  await screen.until(() => offers(screen, 'Show Next Answer (2 of 2)'));
  await screen.press('Show Next Answer (2 of 2)');
  await screen.until(() => offers(screen, 'Show Previous Wording (1 of 2)'));
  await screen.press('Show Previous Wording (1 of 2)');
  await saying(screen, 'Go on for ever');
  await screen.press('Show Next Wording (2 of 2)');
  await saying(screen, 'The capital of France is Paris.');
  expect((await messages())[1]!.profileId).toBe(tiny.id);
});

test('settings of the chat: model, persona, system prompt, title, pin; whole chat copied; one page; searched; deleted', async () => {
  const screen = await host.launch('quick-chat', { arguments: { question: 'What is the capital of France?' } });
  await saying(screen, 'Paris');
  await saying(screen, /tokens\/s/);
  await screen.press('Set Persona…/Coder');
  expect((await chats())[0]!.personaId).not.toBeNull();
  await screen.press('Set Persona…/No Persona');
  await screen.press('Edit System Prompt…');
  await screen.fill({ text: 'Be brief.' });
  await screen.submit();
  await screen.press('Rename Chat…');
  await screen.fill({ text: 'Capitals' });
  await screen.submit();
  await screen.press('Pin Chat');
  await screen.until(() => offers(screen, 'Unpin Chat'));
  expect((await chats())[0]).toMatchObject({ title: 'Capitals', titled: true, systemPrompt: 'Be brief.', pinned: true, personaId: null });
  await screen.press('Unpin Chat');
  await screen.press('Copy Chat as Markdown');
  expect(String(host.copied.at(-1))).toContain('The capital of France is Paris.');
  await screen.press('Switch Model…/Default Model');
  expect((await chats())[0]!.profileId).toBeNull();
  await screen.dropdown('Tiny');
  await screen.until(() => screen.text().includes('[Tiny]'));
  expect((await chats())[0]!.profileId).not.toBeNull();
  await screen.press('Show as Single Page');
  await saying(screen, 'Paris');
  await screen.press('Show as Transcript');
  await screen.press('Search Chats');
  expect(host.launched.at(-1)?.name).toBe('search-chats');
  host.answer = false;
  await screen.press('Delete Chat');
  expect(await chats()).toHaveLength(1);
  host.answer = true;
  await screen.press('Delete Chat');
  await saying(screen, 'Ask Anything');
  expect(await chats()).toEqual([]);
});

test('Default Model is the preference Default Profile: in a new chat, chosen again, and in a chat that names nobody', async () => {
  const second = await rig.profile('Second', { sampling: GREEDY });
  const preferring = await rig.host({ preferences: { defaultProfile: 'second' } });
  try {
    const screen = await preferring.launch('quick-chat');
    await screen.until(() => screen.text().includes('[Default Model]'));
    await screen.search('What is the capital of France?');
    await screen.press('Send Message');
    await saying(screen, /Paris[^]*tokens\/s/);
    expect((await messages())[1]).toMatchObject({ profileId: second.id });
    expect(screen.text()).toContain('[Default Model]');
    await screen.dropdown('Tiny');
    await screen.until(() => screen.text().includes('[Tiny]'));
    await screen.press('Switch Model…/Default Model');
    await screen.until(() => screen.text().includes('[Default Model]'));
    expect((await chats())[0]).toMatchObject({ profileId: null, model: 'second' });
    await screen.close();

    // Begun in the window, where the default is the agent's: here it is the preference's, without a word in the chat.
    const { id } = await rig.client.createChat({ body: {} });
    const other = await preferring.launch('quick-chat', { launchContext: { chatId: id } });
    await saying(other, 'Ask Anything');
    await other.search('What is the capital of Italy?');
    await other.press('Send Message');
    await saying(other, /Rome[^]*tokens\/s/);
    const detail = await rig.client.getChat({ params: { chatId: id } });
    expect([detail.messages[1]!.profileId, detail.chat.model]).toEqual([second.id, null]);
    await other.close();
  } finally {
    await preferring.close();
  }
});

test('a longer message with a file, written in a form', async () => {
  const file = join(rig.folder, 'Makefile');
  writeFileSync(file, 'all:\n\techo hello\n');
  const screen = await host.launch('quick-chat');
  await saying(screen, 'Ask Anything');
  await screen.press('Write Longer Message…');
  await screen.submit();
  expect(screen.field('text').error).toMatch(/Write something/);
  await screen.fill({ text: 'What is this?', files: [file] });
  await screen.submit();
  await saying(screen, /tokens\/s/);
  expect((await messages())[0]!.parts).toMatchObject([{ type: 'text' }, { type: 'file', name: 'Makefile', mediaType: 'text/plain' }]);
  await saying(screen, 'Makefile');
});
