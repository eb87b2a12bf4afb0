/** Ask About Selection, as built: asked by argument, typed, by a template; the answer streamed, used, stopped, gone on with. */
import { jest } from '@jest/globals';
import { endRig } from '../support/agent.js';
import { startProfilesRig } from './support/profiles.js';
import { offers, pressAll, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(180_000);

const CODE = 'const x = 1;\n```\nnot the end';

describe('with a stand-in that answers', () => {
  let rig: ChatsRig;
  beforeEach(async () => {
    rig = await startChats();
  });
  afterEach(() => rig.end());

  test('by argument: the selection is quoted, the answer streams; stopped, gone on with, regenerated, used', async () => {
    const { host, speaker } = rig;
    host.machine.selectedText = CODE;
    Object.assign(speaker, { text: 'A constant.\n\n```js\nlet x;\n```', thinking: 'Hm.', held: true });
    const screen = await host.launch('ask-about-selection', { arguments: { question: 'What is x?' } });
    await screen.until(() => /^A\s*$/m.test(screen.markdown()) && offers(screen, 'Stop Answer'));
    expect(speaker.asked).toEqual([`What is x?\n\n\`\`\`\`\n${CODE}\n\`\`\`\``]);
    expect(screen.markdown()).not.toContain('What is x?');
    expect(offers(screen, 'Copy Answer')).toBe(false);
    await screen.press('Stop Answer');
    await screen.until(() => screen.markdown().includes('Stopped.'));
    await screen.press('Copy Answer');
    expect(host.copied.at(-1)?.trim()).toBe('A');

    rig.release();
    await screen.press('Continue Answer', { wait: false });
    await screen.until(() => screen.markdown().includes('let x;') && offers(screen, 'Copy Answer'));
    await screen.press('Regenerate Answer', { wait: false });
    await screen.until(() => speaker.asked.length >= 3 && screen.markdown().includes('let x;') && offers(screen, 'Copy Answer'));
    await screen.press('Show Thinking');
    await screen.until(() => screen.markdown().includes('Hm.'));
    await screen.press('Hide Thinking');
    await screen.until(() => !screen.markdown().includes('Hm.'));
    expect(screen.actions()[0]?.title).toBe('Copy Answer');
    await screen.press('Paste Answer');
    expect(host.pasted.at(-1)).toContain('A constant.');
    await screen.press('Copy Last Code Block');
    expect(host.copied.at(-1)).toBe('let x;');
    await screen.press('Paste Last Code Block');
    expect(host.pasted.at(-1)).toBe('let x;');
    await screen.press('Continue in Quick Chat');
    const [hit] = await rig.client.listChats();
    expect(host.launched.at(-1)).toMatchObject({ name: 'quick-chat', context: { chatId: hit?.chat.id } });
    expect(hit?.chat.title).toBe('What is x?: const x = 1; ``` not the end');
    await screen.close();
  });

  test('the window is closed in mid-answer: the chat keeps the whole', async () => {
    const { host, speaker } = rig;
    host.machine.selectedText = 'Some text';
    Object.assign(speaker, { text: 'It is long and whole.', held: true });
    const screen = await host.launch('ask-about-selection', { arguments: { question: 'Why?' } });
    await screen.until(() => screen.markdown().includes('It'));
    await screen.close();
    rig.release();
    const again = await host.launch('search-chats');
    await again.until(() => again.markdown().includes('It is long and whole.'));
    await again.close();
  });

  test('typed: the question first, then the templates of that name; each answers on its page', async () => {
    const { host, speaker } = rig;
    host.machine.selectedText = 'Le chat';
    const rhyme = await rig.client.createTemplate({
      body: { name: 'Rhyme', text: 'Rhyme {selection} in {meter}', description: null, model: null, persona: null },
    });
    await rig.client.createTemplate({ body: { name: 'No place', text: 'Hello', description: null, model: null, persona: null } });
    const screen = await host.launch('ask-about-selection', { arguments: {} });
    await screen.rowShown('Explain');
    expect(screen.rows().map(({ title }) => title)).toEqual(['Explain', 'Fix', 'Summarize', 'Rewrite', 'Translate', 'Rhyme']);
    expect(screen.markdown()).toContain('Le chat');
    await screen.search('trans');
    expect(screen.rows().map(({ title }) => title)).toEqual(['trans', 'Translate']);
    speaker.text = 'It means cat.';
    await screen.press('Ask Question');
    await screen.until(() => screen.markdown().includes('It means cat.'));
    expect(speaker.asked.at(-1)).toBe('trans\n\n```\nLe chat\n```');
    await screen.back();
    await screen.select('Translate');
    speaker.text = 'The cat';
    await screen.press('Run Template');
    await screen.until(() => screen.markdown().includes('The cat') && offers(screen, 'Paste Answer'));
    expect(screen.actions()[0]?.title).toBe('Paste Answer');
    expect(speaker.asked.at(-1)).toMatch(/Translate what is between[^]*into English[^]*Le chat/);
    await screen.back();
    await screen.search('Rhyme');
    await screen.select(String(rhyme.id));
    await screen.press('Run Template');
    await screen.fill({ 'variable:meter': 'iambs' });
    await screen.submit();
    await screen.until(() => speaker.asked.at(-1) === 'Rhyme Le chat in iambs' && offers(screen, 'Copy Answer'));
    await screen.close();
  });

  test('nothing selected: it says so; looked again, or the clipboard taken', async () => {
    const { host, speaker } = rig;
    const screen = await host.launch('ask-about-selection', { arguments: { question: 'Why?' } });
    await says(screen, 'Nothing Is Selected');
    expect(offers(screen, 'Use Clipboard')).toBe(false);
    await screen.press('Open Quick Chat');
    expect(host.launched.at(-1)?.name).toBe('quick-chat');
    host.machine.clipboard = [{ text: 'From the clipboard' }];
    host.machine.selectedText = '  \n';
    await screen.press('Look Again');
    await screen.until(() => offers(screen, 'Use Clipboard'));
    await screen.enter();
    await screen.until(() => screen.markdown().includes('The answer.'));
    expect(screen.markdown()).toContain('Nothing was selected');
    expect(speaker.asked.at(-1)).toContain('From the clipboard');
    await screen.close();
  });

  test('no agent: the screen says so, and asks when it is back', async () => {
    const { host } = rig;
    host.machine.selectedText = 'Text';
    await rig.stopAgent();
    const screen = await host.launch('ask-about-selection', { arguments: { question: 'Why?' } });
    await screen.until(() => offers(screen, 'Try Again'));
    await pressAll(screen);
    await screen.until(() => offers(screen, 'Try Again'));
    await rig.startAgent();
    await screen.press('Try Again');
    await screen.until(() => screen.markdown().includes('The answer.'));
    await screen.close();
  });
});

test('no model: the screen leads to Search Models', async () => {
  const rig = await startChats({ speaks: false });
  try {
    rig.host.machine.selectedText = 'Text';
    const screen = await rig.host.launch('ask-about-selection', { arguments: { question: 'Why?' } });
    await says(screen, 'No Model Yet');
    await screen.press('Search Models');
    expect(rig.host.launched.at(-1)?.name).toBe('search-models');
    await screen.close();
  } finally {
    await rig.end();
  }
});

test('the real engine answers', async () => {
  const rig = await startProfilesRig();
  const host = await rig.host({ preferences: { defaultProfile: 'Tiny' } });
  try {
    await rig.client.updateSettings({ body: { chatTitles: 'first_words' } });
    await rig.profile('Tiny', { sampling: { temperature: 0, maxTokens: 200 } });
    host.machine.selectedText = 'France';
    const screen = await host.launch('ask-about-selection', { arguments: { question: 'What is the capital?' } });
    await screen.until(() => /tokens\/s · \d+ tokens.*Tiny/.test(screen.markdown()), { timeout: 120_000 });
    await screen.close();
    expect((await rig.client.listChats())[0]?.chat).toMatchObject({ model: 'Tiny', messageCount: 2 });
  } finally {
    await host.close();
    await endRig(rig);
  }
});
