/** Search Chats, as built, against a real agent: found as one types, sorted, changed, exported, deleted, live. */
import { jest } from '@jest/globals';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Screen } from './host/index.js';
import { offers, pressAll, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(120_000);

let rig: ChatsRig;
beforeEach(async () => {
  rig = await startChats();
});
afterEach(() => rig.end());

const sections = (screen: Screen): [string | undefined, string[]][] =>
  screen.view().sections.map(({ title, rows }) => [title, rows.map((row) => row.title)]);
const shows = (screen: Screen, wanted: [string, string[]][]): Promise<unknown> =>
  screen.until(() => JSON.stringify(sections(screen)) === JSON.stringify(wanted), { what: JSON.stringify(wanted) });
const chatOf = async (chatId: string) => (await rig.client.getChat({ params: { chatId } })).chat;

test('no chats: said without a flash, and a new one begun', async () => {
  const screen = await rig.host.launch('search-chats');
  await says(screen, 'No Chats Yet');
  expect(screen.frames.slice(0, -1).some((frame) => frame.empty && !frame.isLoading)).toBe(false);
  await screen.press('New Chat');
  expect(rig.host.launched.at(-1)).toMatchObject({ name: 'quick-chat', context: { fresh: true } });
});

test('found as one types, in titles and answers: the words are bold; the transcript stands beside the row', async () => {
  const france = await rig.chat('Where do the French eat?', 'In **Paris**, at the Bouillon Chartier, they eat snails.');
  await rig.chat('Best pizza?', 'In Naples.');
  const screen = await rig.host.launch('search-chats');
  await shows(screen, [['Today', ['Best pizza?', 'Where do the French eat?']]]);
  await screen.select(france);
  await screen.until(() => screen.markdown().includes('> Where do the French eat?') && screen.markdown().includes('In **Paris**, at the'));
  expect(screen.view().detail?.metadata.find(({ title }) => title === 'Messages')?.text).toBe('2');

  await screen.search('snai');
  await shows(screen, [['Found', ['Where do the French eat?']]]);
  await screen.until(() => screen.markdown().includes('they eat **snai**ls'));
  expect(screen.markdown().startsWith('> 🔍')).toBe(true);
  await screen.press('Open Chat');
  expect(rig.host.launched.at(-1)).toMatchObject({ name: 'quick-chat', context: { chatId: france } });

  await screen.search('nothing like it');
  await says(screen, 'No Chats Found');
  await screen.press('Show All Chats');
  await shows(screen, [['Today', ['Best pizza?', 'Where do the French eat?']]]);
  await screen.press('Hide Detail');
  await screen.until(() => screen.view().detail === undefined);
  expect(screen.row(france)).toMatchObject({ accessories: ['2', 'just now'] });
  expect(screen.row(france)?.subtitle).toContain('In Paris');
  await screen.press('Show Detail');
  await screen.press('Refresh');
  await screen.press('New Chat');
  await screen.close();
});

test('pinned, renamed, tagged: shown at once, and filtered by', async () => {
  const one = await rig.chat('One', 'First.');
  await rig.chat('Two', 'Second.');
  const screen = await rig.host.launch('search-chats');
  await screen.rowShown(one);
  await screen.select(one);
  await screen.press('Pin Chat');
  await shows(screen, [
    ['Pinned', ['One']],
    ['Today', ['Two']],
  ]);
  expect((await chatOf(one)).pinned).toBe(true);

  await screen.press('Rename Chat…');
  await screen.fill({ text: 'Uno' });
  await screen.submit();
  await screen.until(() => screen.row(one)?.title === 'Uno');
  expect(await chatOf(one)).toMatchObject({ title: 'Uno', titled: true });
  await screen.press('Rename Chat…');
  await screen.fill({ text: '' });
  await screen.submit();
  await screen.until(() => screen.row(one)?.title === 'One');

  await screen.press('Edit Tags…');
  await screen.fill({ added: 'x'.repeat(41) });
  await screen.submit();
  expect(screen.field('added').error).toMatch(/40 characters/);
  await screen.fill({ added: 'work, fun , work' });
  await screen.submit();
  await screen.until(() => screen.view().kind === 'list');
  expect((await chatOf(one)).tags).toEqual(['work', 'fun']);
  await screen.until(() => screen.view().dropdown?.options.some(({ title }) => title === 'fun (1)'));
  await screen.dropdown('fun (1)');
  await shows(screen, [['Pinned', ['One']]]);
  await screen.press('Edit Tags…');
  expect(screen.field('tags').options.map(({ value }) => value)).toEqual(['fun', 'work']);
  await screen.fill({ tags: ['work'] });
  await screen.submit();
  // It no longer has the tag that is chosen: gone at once.
  await says(screen, 'No Chats Found');
  await screen.dropdown('pinned');
  await shows(screen, [['Pinned', ['One']]]);
  await screen.press('Unpin Chat');
  await says(screen, 'No Chats Found');
  await screen.dropdown('all');
  await shows(screen, [['Today', ['One', 'Two']]]);
  await screen.close();
});

test('the last answer is copied and pasted, the chat exported: nothing is written over', async () => {
  const id = await rig.chat('What: is/it?', 'An answer.');
  const { host } = rig;
  const screen = await host.launch('search-chats');
  await screen.rowShown(id);
  await screen.press('Copy Last Answer');
  expect(host.copied.at(-1)).toBe('An answer.');
  await screen.press('Paste Last Answer');
  expect(host.pasted.at(-1)).toBe('An answer.');
  await screen.press('Copy Chat as Markdown');
  expect(host.copied.at(-1)).toMatch(/What: is\/it\?[^]*An answer\./);

  const folder = join(rig.folder, 'out');
  mkdirSync(folder);
  for (const expected of ['What is it.md', 'What is it 2.md']) {
    await screen.press('Save as Markdown…');
    expect(screen.field('folder').value).toEqual([join(rig.folder, 'Downloads')]);
    await screen.fill({ folder: [folder], name: '../x' });
    await screen.submit();
    expect(screen.field('name').error).toBe('A name, not a path');
    await screen.fill({ name: 'What is it.md' });
    await screen.submit();
    expect(host.toast).toMatchObject({ title: 'File Saved', message: join(folder, expected) });
    await host.pressToast('Show in Finder');
    expect(host.machine.entries('show-in-finder').at(-1)?.path).toBe(join(folder, expected));
  }
  await screen.press('Save as JSON…');
  expect(screen.field('name').value).toBe('What is it.json');
  await screen.fill({ option: true });
  await screen.submit();
  const saved = join(rig.folder, 'Downloads', 'What is it.json');
  expect(JSON.parse(readFileSync(saved, 'utf8'))).toMatchObject({ chat: { id } });
  expect(readdirSync(folder).sort()).toEqual(['What is it 2.md', 'What is it.md']);
  await screen.close();
});

test('deleted only when one is sure; what another window does is seen; a running answer has its sign', async () => {
  const id = await rig.chat('Keep me', 'Yes.');
  const { host } = rig;
  const screen = await host.launch('search-chats');
  await screen.rowShown(id);
  host.answer = false;
  await screen.press('Delete Chat');
  expect(host.alerts.at(-1)).toMatchObject({ destructive: true, message: expect.stringContaining('2 messages') });
  expect(screen.row(id)).toBeDefined();

  rig.speaker.held = true;
  rig.speaker.text = 'Slow words here.';
  const { id: other } = await rig.client.createChat({ body: {} });
  await rig.client.createRun({ params: { chatId: other }, body: { kind: 'send', parts: [{ type: 'text', text: 'Elsewhere' }] } });
  await screen.until(() => screen.row(other)?.accessories.includes('Answering'));
  await screen.select(other);
  rig.release();
  await screen.until(() => !screen.row(other)?.accessories.includes('Answering') && screen.markdown().includes('Slow words here.'));

  await rig.client.deleteChat({ params: { chatId: other } });
  await screen.until(() => screen.row(other) === undefined);
  host.answer = true;
  await screen.press('Delete Chat');
  await says(screen, 'No Chats Yet');
  expect(await rig.client.listChats()).toEqual([]);
  await screen.close();
});

test('page by page; a change keeps all pages that were scrolled to', async () => {
  for (let i = 0; i < 60; i++) await rig.client.createChat({ body: { title: `Chat ${i}` } });
  const screen = await rig.host.launch('search-chats');
  await screen.until(() => screen.rows().length === 50);
  expect(await screen.scrollToEnd()).toBe(true);
  await screen.until(() => screen.rows().length === 60);
  expect(await screen.scrollToEnd()).toBe(false);
  await screen.select('Chat 0');
  await screen.press('Pin Chat');
  await screen.until(() => screen.rows()[0]?.title === 'Chat 0');
  await screen.press('Refresh');
  await screen.until(() => !screen.view().isLoading);
  expect(screen.rows()).toHaveLength(60);
  await screen.close();
});

test('rows come from the cache; an agent that goes away is told; what fails is told and taken back', async () => {
  const id = await rig.chat('Here', 'Now.');
  const { id: empty } = await rig.client.createChat({ body: { title: 'Empty', pinned: true } });
  const first = await rig.host.launch('search-chats');
  await first.rowShown(id);
  await first.select(empty);
  await first.press('Copy Last Answer');
  expect(rig.host.toast).toMatchObject({ title: 'Could Not Copy the Answer', message: 'There is no answer in this chat yet.' });
  await first.close();

  const screen = await rig.host.launch('search-chats');
  expect(screen.frames[0]).toMatchObject({ rows: 2 });
  await screen.until(() => !screen.view().isLoading);
  await rig.stopAgent();
  await screen.until(() => offers(screen, 'Try Again'));
  await pressAll(screen);
  await rig.startAgent();
  await screen.rowShown(id);
  await screen.close();
});
