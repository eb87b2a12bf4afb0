/** Explain, Fix, Summarize, Rewrite, Translate, as built: the product's templates on the selection, the clipboard, or nothing. */
import { jest } from '@jest/globals';
import { textOf } from '@mlx-manager/shared';
import { endRig } from '../support/agent.js';
import { startProfilesRig } from './support/profiles.js';
import { offers, pressAll, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(240_000);

const COMMANDS = [
  ['explain-selection', /^Explain what[^]*teh text/, 'Copy Answer', 'Explain: teh text'],
  ['fix-writing', /^Correct what[^]*teh text/, 'Paste Answer', 'Fix: teh text'],
  ['summarize-selection', /^Summarize what[^]*at most 5[^]*teh text/, 'Copy Answer', 'Summarize: teh text'],
  ['rewrite-selection', /^Rewrite what[^]*clear and friendly[^]*teh text/, 'Paste Answer', 'Rewrite: teh text'],
  ['translate-selection', /^Translate what[^]*into English[^]*teh text/, 'Paste Answer', 'Translate: teh text'],
] as const;

describe('with a stand-in that answers', () => {
  let rig: ChatsRig;
  beforeEach(async () => {
    rig = await startChats();
  });
  afterEach(() => rig.end());

  test.each(COMMANDS)('%s: the selection through the template, the answer used', async (name, asked, enter, title) => {
    const { host, speaker } = rig;
    host.machine.selectedText = 'teh text';
    Object.assign(speaker, { text: 'the text\n```\ncode\n```', thinking: 'Hm.', held: true });
    const screen = await host.launch(name);
    await screen.until(() => screen.markdown().includes('the') && offers(screen, 'Stop Answer'));
    expect(speaker.asked.at(-1)).toMatch(asked);
    await screen.press('Stop Answer');
    await screen.until(() => offers(screen, 'Continue Answer'));
    rig.release();
    await screen.press('Continue Answer', { wait: false });
    await screen.until(() => screen.markdown().includes('code') && offers(screen, enter));
    await screen.press('Regenerate Answer', { wait: false });
    await screen.until(() => speaker.asked.length >= 3 && screen.markdown().includes('code') && offers(screen, enter));
    await screen.press('Show Thinking');
    await screen.press('Hide Thinking');
    expect(screen.actions()[0]?.title).toBe(enter);
    for (const action of ['Copy Answer', 'Paste Answer', 'Copy Last Code Block', 'Paste Last Code Block', 'Continue in Quick Chat']) {
      await screen.press(action);
    }
    expect(host.pasted).toEqual(['the text\n```\ncode\n```', 'code']);
    const [hit] = await rig.client.listChats();
    expect(hit?.chat.title).toBe(title);
    expect(host.launched.at(-1)).toMatchObject({ name: 'quick-chat', context: { chatId: hit?.chat.id } });
    await screen.close();
  });

  test.each(COMMANDS)('%s: nothing selected, then the clipboard; the agent away', async (name) => {
    const { host, speaker } = rig;
    const screen = await host.launch(name);
    await says(screen, 'Nothing Is Selected');
    await screen.press('Open Quick Chat');
    host.machine.clipboard = [{ text: 'copied words' }];
    await screen.press('Look Again');
    await screen.until(() => screen.markdown().includes('The answer.') && screen.markdown().includes('Nothing was selected'));
    expect(speaker.asked.at(-1)).toContain('copied words');
    await screen.close();

    await rig.stopAgent();
    const away = await host.launch(name);
    await away.until(() => offers(away, 'Try Again'));
    await pressAll(away, 'Try Again');
    await rig.startAgent();
    await away.press('Try Again');
    await away.until(() => away.markdown().includes('The answer.'));
    await away.close();
  });

  test('an answer that fails half-way keeps what was written, and goes on', async () => {
    const { host, speaker } = rig;
    host.machine.selectedText = 'teh text';
    Object.assign(speaker, { text: 'Half and whole.', held: true });
    const screen = await host.launch('explain-selection');
    await screen.until(() => screen.markdown().includes('Half'));
    rig.breakOff();
    await screen.until(() => screen.markdown().includes('⚠️') && offers(screen, 'Regenerate Answer'));
    expect(screen.markdown()).toContain('Half');
    expect(screen.markdown()).not.toContain('whole.');
    await screen.press('Continue Answer', { wait: false });
    await screen.until(() => screen.markdown().includes('Half and whole.') && offers(screen, 'Copy Answer'));
    expect(offers(screen, 'Continue Answer')).toBe(false);
    await screen.close();
  });

  test('what is typed behind the command fills the template; a preference names the language', async () => {
    const { host, speaker } = rig;
    host.machine.selectedText = 'Hello';
    const rewrite = await host.launch('rewrite-selection', { arguments: { tone: 'very formal' } });
    await rewrite.until(() => rewrite.markdown().includes('The answer.'));
    expect(speaker.asked.at(-1)).toContain('so that it is very formal.');
    await rewrite.close();
    const translate = await host.launch('translate-selection', { arguments: { language: 'French' } });
    await translate.until(() => translate.markdown().includes('The answer.'));
    expect(speaker.asked.at(-1)).toContain('into French.');
    await translate.close();
  });
});

test('the real engine explains what is selected, word by word', async () => {
  const engine = await startProfilesRig();
  const host = await engine.host({ preferences: { defaultProfile: 'Tiny' } });
  try {
    await engine.client.updateSettings({ body: { chatTitles: 'first_words' } });
    await engine.profile('Tiny', { sampling: { temperature: 0, maxTokens: 60 } });
    host.machine.selectedText = 'The capital of France is Paris.';
    const screen = await host.launch('explain-selection');
    await screen.until(() => /\d+ tokens.*Tiny/.test(screen.markdown()), { timeout: 120_000 });
    const [hit] = await engine.client.listChats();
    expect(hit?.chat).toMatchObject({ title: 'Explain: The capital of France is Paris.', model: 'Tiny', messageCount: 2 });
    const [question, answer] = (await engine.client.getChat({ params: { chatId: hit!.chat.id } })).messages;
    expect(textOf(question!)).toMatch(/^Explain what[^]*The capital of France is Paris\./);
    expect([answer!.status, answer!.profileName]).toEqual(['complete', 'Tiny']);
    expect(answer!.metrics?.completionTokens).toBeGreaterThan(0);
    await screen.close();
  } finally {
    await host.close();
    await endRig(engine);
  }
});
