/** Explain, Fix, Summarize, Rewrite, Translate, as built: the product's templates on the selection, the clipboard, or nothing. */
import { jest } from '@jest/globals';
import { offers, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(120_000);

let rig: ChatsRig;
beforeEach(async () => {
  rig = await startChats();
});
afterEach(() => rig.end());

const COMMANDS = [
  ['explain-selection', /^Explain what[^]*teh text/, 'Copy Answer', 'Explain: teh text'],
  ['fix-writing', /^Correct what[^]*teh text/, 'Paste Answer', 'Fix: teh text'],
  ['summarize-selection', /^Summarize what[^]*at most 5[^]*teh text/, 'Copy Answer', 'Summarize: teh text'],
  ['rewrite-selection', /^Rewrite what[^]*clear and friendly[^]*teh text/, 'Paste Answer', 'Rewrite: teh text'],
  ['translate-selection', /^Translate what[^]*into English[^]*teh text/, 'Paste Answer', 'Translate: teh text'],
] as const;

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
  for (const { title } of away.actions()) if (title !== 'Try Again') await away.press(title);
  await rig.startAgent();
  await away.press('Try Again');
  await away.until(() => away.markdown().includes('The answer.'));
  await away.close();
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
