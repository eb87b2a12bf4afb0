/** Quick Chat, as built, in mid-answer: a follow-up waits, is sent, taken back, given back; what stands in a form is not lost on a refusal. */
import { jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Screen } from './host/index.js';
import { offers, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(120_000);

let rig: ChatsRig;
beforeEach(async () => {
  rig = await startChats();
});
afterEach(() => rig.end());

/** In the middle of the answer to "Count". */
async function inMidAnswer(): Promise<Screen> {
  Object.assign(rig.speaker, { text: 'One two three.', held: true });
  const screen = await rig.host.launch('quick-chat', { arguments: { question: 'Count' } });
  await screen.until(() => /^One\s*$/m.test(screen.markdown()) && offers(screen, 'Stop Answer'));
  return screen;
}
const typed = (screen: Screen): string => screen.view().searchText;
const waits = (screen: Screen): boolean => screen.row('waiting') !== undefined;
const chatId = async (): Promise<string> => (await rig.client.listChats())[0]!.chat.id;
const over = async (): Promise<void> => {
  const id = await chatId();
  while ((await rig.client.getChat({ params: { chatId: id } })).chat.activeRunId !== null) await new Promise(setImmediate);
};

test('Enter with a follow-up lets it wait, and a second one behind it; both are sent when the answer is whole', async () => {
  const screen = await inMidAnswer();
  expect(screen.actions()[0]?.title).toBe('Stop Answer');
  expect(offers(screen, 'Write Longer Message…')).toBe(false);
  await screen.search('And then?');
  expect(screen.actions()[0]?.title).toBe('Send When Answered');
  expect(offers(screen, 'Stop Answer')).toBe(true);
  await screen.enter({ wait: false });
  await screen.until(() => waits(screen) && typed(screen) === '');
  await screen.search('And after that?');
  await screen.press('Send When Answered');
  await screen.until(() => screen.row('waiting')?.title === 'And then? And after that?');
  await screen.select('waiting');
  expect(screen.markdown()).toContain('sent as soon as the answer is whole');
  await screen.select('Count');
  await screen.press('Show as Single Page');
  await says(screen, 'Waiting. It is sent');
  await screen.press('Show as Transcript');
  expect(rig.speaker.asked).toEqual(['Count']);
  rig.speaker.text = 'Four.';
  rig.release();
  await says(screen, 'Four.');
  expect(waits(screen)).toBe(false);
  expect(rig.speaker.asked).toEqual(['Count', 'And then?\n\nAnd after that?']);
  await screen.close();
});

test('taken back it stands in the search bar, and the answer goes on', async () => {
  const screen = await inMidAnswer();
  await screen.search('And then?');
  await screen.press('Send When Answered', { wait: false });
  await screen.until(() => waits(screen));
  await screen.select('waiting');
  expect(screen.actions()[0]?.title).toBe('Take Back Follow-Up');
  await screen.search('Or');
  await screen.press('Take Back Follow-Up');
  expect([typed(screen), waits(screen)]).toEqual(['And then? Or', false]);
  rig.release();
  await says(screen, 'One two three.');
  await screen.until(() => offers(screen, 'Send Message'));
  expect(rig.speaker.asked).toEqual(['Count']);
  await screen.close();
});

test('an answer that is stopped, or fails, gives it back', async () => {
  const screen = await inMidAnswer();
  await screen.search('And then?');
  await screen.press('Send When Answered', { wait: false });
  await screen.until(() => waits(screen));
  await screen.press('Stop Answer');
  await screen.until(() => typed(screen) === 'And then?' && !waits(screen) && offers(screen, 'Send Message'));

  rig.release();
  Object.assign(rig.speaker, { held: true });
  await screen.press('Send Message', { wait: false });
  await screen.until(() => rig.speaker.asked.length === 2 && offers(screen, 'Stop Answer'));
  await screen.search('Once more');
  await screen.press('Send When Answered', { wait: false });
  await screen.until(() => waits(screen));
  await rig.stopAgent();
  await screen.until(() => typed(screen) === 'Once more' && !waits(screen));
  await rig.startAgent();
  await screen.close();
});

test('the window is closed while it waits: it stands in the search bar of that chat, once', async () => {
  const screen = await inMidAnswer();
  await screen.search('And then?');
  await screen.press('Send When Answered', { wait: false });
  await screen.until(() => waits(screen));
  await screen.close();
  const again = await rig.host.launch('quick-chat');
  await again.until(() => typed(again) === 'And then?' && offers(again, 'Send When Answered'));
  expect(waits(again)).toBe(false);
  rig.release();
  await says(again, 'One two three.');
  await again.search('');
  await again.close();
  const third = await rig.host.launch('quick-chat');
  await says(third, 'One two three.');
  expect([typed(third), rig.speaker.asked]).toEqual(['', ['Count']]);
  await third.close();
});

test('a form stays, with its text and files, until the agent has taken the message', async () => {
  const { client, host } = rig;
  const file = join(rig.folder, 'notes.txt');
  writeFileSync(file, 'Some notes.');
  const screen = await host.launch('quick-chat', { arguments: { question: 'Count' } });
  await says(screen, 'The answer.');
  await screen.until(() => offers(screen, 'Write Longer Message…'));
  await screen.press('Write Longer Message…');
  await screen.fill({ text: 'A long message', files: [file] });
  // Another window asks in the same chat meanwhile.
  rig.speaker.held = true;
  await client.createRun({ params: { chatId: await chatId() }, body: { kind: 'send', parts: [{ type: 'text', text: 'Me first' }] } });
  await screen.submit();
  expect(host.toast).toMatchObject({ style: 'FAILURE', title: 'Could Not Send the Message' });
  expect([screen.field('text').value, screen.field('files').value]).toEqual(['A long message', [file]]);
  rig.release();
  await over();
  rig.speaker.held = true;
  await screen.submit();
  // Taken, not answered yet.
  await screen.until(() => offers(screen, 'Stop Answer'));
  rig.release();
  await screen.until(() => offers(screen, 'Edit Last Message…'));
  expect(rig.speaker.asked.at(-1)).toContain('Some notes.');

  await screen.press('Edit Last Message…');
  await screen.fill({ text: 'Other words' });
  rig.speaker.held = true;
  await client.createRun({ params: { chatId: await chatId() }, body: { kind: 'send', parts: [{ type: 'text', text: 'Me again' }] } });
  await screen.submit();
  expect(host.toast).toMatchObject({ style: 'FAILURE', title: 'Could Not Edit the Message' });
  expect(screen.field('text').value).toBe('Other words');
  rig.release();
  await over();
  await screen.submit();
  await screen.until(() => rig.speaker.asked.at(-1)?.includes('Other words') && offers(screen, 'Edit Last Message…'));
  await screen.close();
});

test('a system prompt that cannot be saved stays in its form', async () => {
  const { client, host } = rig;
  const screen = await host.launch('quick-chat', { arguments: { question: 'Count' } });
  await says(screen, 'The answer.');
  await screen.until(() => offers(screen, 'Edit Last Message…'));
  await screen.press('Edit System Prompt…');
  await screen.fill({ text: 'Be brief.' });
  await client.deleteChat({ params: { chatId: await chatId() } });
  await screen.submit();
  expect(host.toast).toMatchObject({ style: 'FAILURE', title: 'Could Not Change the System Prompt' });
  expect(screen.field('text').value).toBe('Be brief.');
  await screen.close();
});
