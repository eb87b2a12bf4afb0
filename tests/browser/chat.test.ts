/** Chat, by mouse and by keyboard, with a real engine and the tiny model. */
import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { tinyModel } from '../support/engines.js';
import { answered, answers, chatHouse, composer, messages, type ChatHouse } from './support/chat.js';
import { MOD, openPage } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);
let house: ChatHouse;
beforeAll(async () => {
  house = await chatHouse();
}, 600_000);
afterAll(() => house.end());

test('by mouse: choose a model, ask, regenerate, go between branches, edit, stop and go on, and find it again', async () => {
  const { rig } = house;
  const { page, expectNoErrors, shot } = await openPage(rig, '/chat');
  await page.getByText('Ask anything').first().waitFor();
  await page.getByRole('combobox', { name: 'Model' }).click();
  await page.getByRole('option', { name: /Tiny/ }).click();
  await composer(page).fill('What is the capital of France?');
  await shot('chat-new');
  await page.getByText(/^\d+ of [\d,]+ tokens$/).waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await answered(page, 'The capital of France is Paris.');
  await page.waitForURL(/\/chat\/[\w-]+$/);
  expect(
    await answers(page)
      .last()
      .getByText(/tok\/s|tokens\/s/)
      .count(),
  ).toBe(1);
  expect(
    await answers(page)
      .last()
      .getByText(/first token after/)
      .count(),
  ).toBe(1);
  // Thought, and folded away.
  const thought = page.getByRole('button', { name: /^Thought/ });
  await soon(() => thought.getAttribute('aria-expanded')).toBe('false');
  await thought.click();
  await soon(() => thought.getAttribute('aria-expanded')).toBe('true');
  await shot('chat-answer');

  await page.getByRole('button', { name: 'Regenerate' }).click();
  await page.getByText('2/2').waitFor();
  await answered(page, 'Paris');
  await page.getByRole('button', { name: 'Previous branch' }).click();
  await page.getByText('1/2').waitFor();

  await page.getByRole('article', { name: 'You' }).hover();
  await page.getByRole('button', { name: 'Edit message' }).click();
  await soon(() => composer(page).inputValue()).toBe('What is the capital of France?');
  await composer(page).fill('What is the capital of Italy?');
  await page.getByRole('button', { name: 'Send anew' }).click();
  await answered(page, 'The capital of Italy is Rome.');
  await soon(() => page.getByText('What is the capital of France?').count()).toBeGreaterThan(0);

  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByText('The answer is written by a model').waitFor();
  await page.getByRole('searchbox', { name: 'Search chats' }).fill('Italy');
  const found = page.getByRole('complementary', { name: 'History' }).getByRole('link');
  await page.locator('mark', { hasText: 'Italy' }).first().waitFor();
  await shot('chat-search');
  await found.first().click();
  await answers(page).getByText('The capital of Italy is Rome.').waitFor();
  expectNoErrors();
});

test('by keyboard alone: new chat, ask, regenerate, edit the last, settings, another chat by arrows, logs', async () => {
  const { rig, profileId } = house;
  const { page, expectNoErrors } = await openPage(rig, '/chat');
  await rig.client.updateSettings({ body: { defaultProfileId: profileId } });
  const { keyboard } = page;
  await page.getByText('Ask anything').first().waitFor();
  await keyboard.press(`${MOD}+k`);
  await soon(() => composer(page).evaluate((field) => field === document.activeElement)).toBe(true);
  await keyboard.type('What is the capital of');
  await keyboard.press('Shift+Enter');
  await keyboard.type('Japan?');
  await soon(() => composer(page).inputValue()).toBe('What is the capital of\nJapan?');
  await keyboard.press('Backspace');
  for (let i = 0; i < 6; i++) await keyboard.press('Backspace');
  await keyboard.type(' Japan?');
  await keyboard.press('Enter');
  await answered(page, 'Tokyo');
  await keyboard.press(`${MOD}+r`);
  await page.getByText('2/2').waitFor();
  await answered(page, 'Tokyo');
  await keyboard.press(`${MOD}+e`);
  await page.getByText('Editing a message').waitFor();
  await keyboard.press('Escape');
  await page.getByText('Editing a message').waitFor({ state: 'detached' });
  await keyboard.press(`${MOD}+e`);
  await keyboard.press(`${MOD}+a`);
  await keyboard.type('What is the capital of Spain?');
  await keyboard.press(`${MOD}+Enter`);
  await answered(page, 'Madrid');
  // `/` is typed here, and searches elsewhere.
  await keyboard.type('/');
  await soon(() => composer(page).inputValue()).toBe('/');
  await page.getByRole('region', { name: 'Chats' }).focus();
  await keyboard.press('ArrowDown');
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href') ?? '');
  const first = await focused();
  expect(first).toMatch(/^\/chat\//);
  await keyboard.press('Enter');
  await page.waitForURL(`**${first}`);
  await keyboard.press(`${MOD}+l`);
  await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
  expectNoErrors();
});

test('an answer goes on while the page is closed, and two windows show the same', async () => {
  const { rig } = house;
  const { client } = rig;
  const chat = await client.createChat({ body: { model: 'cloud', title: 'Long answer' } });
  const one = await openPage(rig, `/chat/${chat.id}`);
  const two = await openPage(rig, `/chat/${chat.id}`);
  const writing = house.writes();
  await one.page.getByRole('heading', { level: 1, name: 'Long answer' }).waitFor();
  await two.page.getByRole('heading', { level: 1, name: 'Long answer' }).waitFor();
  await two.page.getByText('Ask anything').first().waitFor();
  await composer(one.page).fill('Tell me more');
  await composer(one.page).press('Enter');
  await writing.said;
  writing.piece('First word, ');
  for (const { page } of [one, two]) await answers(page).getByText('First word,').waitFor();
  one.expectNoErrors();
  await one.page.close();
  writing.piece('second word, ');
  await answers(two.page).getByText('second word,').waitFor();
  const three = await openPage(rig, `/chat/${chat.id}`);
  await answers(three.page).getByText('First word, second word,').waitFor();
  await three.page.getByRole('button', { name: 'Stop' }).waitFor();
  writing.piece('last word.');
  writing.end();
  for (const { page } of [two, three]) await answered(page, 'First word, second word, last word.');
  two.expectNoErrors();
  three.expectNoErrors();
});

test('Stop keeps what was written, Continue goes on; a failure says what to do and loses nothing', async () => {
  const { rig } = house;
  const chat = await rig.client.createChat({ body: { model: 'cloud', title: 'Stops' } });
  const { page, expectNoErrors } = await openPage(rig, `/chat/${chat.id}`, { expected: /status of 404/ });
  const writing = house.writes();
  await composer(page).fill('Go');
  await composer(page).press('Enter');
  await writing.said;
  writing.piece('Half an answer');
  await answers(page).getByText('Half an answer').waitFor();
  await composer(page).press('Escape');
  await page.getByText('Stopped.').waitFor();
  house.says('A whole answer.');
  await page.getByRole('button', { name: 'Continue' }).click();
  await answered(page, 'whole answer.');
  // Not taken: what was typed is still there.
  await rig.client.updateChat({ params: { chatId: chat.id }, body: { model: 'nobody/has-this' } });
  await composer(page).fill('Keep me');
  await composer(page).press('Enter');
  await page
    .getByRole('region', { name: /Notices|Notifications/ })
    .or(page.getByRole('status'))
    .first()
    .waitFor();
  await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('textarea[aria-label="Message"]')?.value === 'Keep me');
  expectNoErrors();
});

test('rename, pin, tag, export and delete, in the list and in the head', async () => {
  const { rig } = house;
  const { client } = rig;
  const chat = await client.createChat({ body: { title: 'To be renamed' } });
  const { page, expectNoErrors } = await openPage(rig, `/chat/${chat.id}`);
  const menu = async (item: string): Promise<void> => {
    await page.getByRole('button', { name: 'Chat actions' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await menu('Rename…');
  await page.getByRole('textbox', { name: 'Title' }).fill('Renamed');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Renamed' }).waitFor();
  await menu('Pin');
  await page.getByRole('heading', { name: 'Pinned' }).waitFor();
  await menu('Tags…');
  await page.getByRole('textbox', { name: 'Tags' }).fill('work, #Paris');
  await page.keyboard.press('Enter');
  await page.getByText('#work · #Paris').waitFor();
  await page.getByRole('combobox', { name: 'Filter' }).click();
  await page.getByRole('option', { name: /#work/ }).click();
  const links = page.getByRole('complementary', { name: 'History' }).getByRole('link');
  await page.waitForFunction(() => document.querySelectorAll('a[data-chat]').length === 1);
  const download = page.waitForEvent('download');
  await menu('Export as Markdown');
  const file = await download;
  expect(file.suggestedFilename()).toBe('Renamed.md');
  expect(readFileSync(await file.path(), 'utf8')).toContain('# Renamed');
  await links.first().hover();
  await page.getByRole('button', { name: 'Actions for Renamed' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(/\/chat$/);
  await expect(client.getChat({ params: { chatId: chat.id } })).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND' });
  await soon(() => messages(page).count()).toBe(0);
  expectNoErrors();
});

test('nothing that was typed or attached is lost: while a chat is made, between chats, and after a refusal elsewhere', async () => {
  const { rig } = house;
  const { client } = rig;
  const other = await client.createChat({ body: { model: 'cloud', title: 'Other' } });
  const { page, expectNoErrors } = await openPage(rig, '/chat', { expected: /status of 409/ });
  const text = (said: string) =>
    page.waitForFunction((wanted) => document.querySelector<HTMLTextAreaElement>('textarea[aria-label="Message"]')?.value === wanted, said);
  const hold = Promise.withResolvers<boolean>();
  let held = hold;
  await page.route('**/api/chats/*/runs', async (route) => {
    if (await held.promise) await route.continue();
    else
      await route.fulfill({ status: 409, json: { error: { code: 'RUN_IN_PROGRESS', message: 'Refused.', action: 'Wait.', details: {} } } });
  });
  house.says('Done.');
  await page.getByRole('combobox', { name: 'Model' }).waitFor();
  await page.getByRole('button', { name: 'Chat settings' }).click();
  await page.getByRole('textbox', { name: 'System prompt' }).fill('Only for this one');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await client.updateSettings({ body: { defaultProfileId: house.profileId } });
  await composer(page).fill('First question');
  await composer(page).press('Enter');
  // The agent takes its time; the next question is begun.
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await composer(page).fill('Second question');
  hold.resolve(true);
  await page.waitForURL(/\/chat\/[\w-]+$/);
  await page.getByRole('button', { name: 'Regenerate' }).waitFor({ timeout: 60_000 });
  await text('Second question');
  await page.getByRole('button', { name: 'New chat' }).click();
  await text('');
  // What was said of that chat is not silently said of this one.
  await page.getByRole('button', { name: 'Chat settings' }).click();
  await soon(() => page.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe('');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  const link = (title: string) => page.getByRole('complementary', { name: 'History' }).getByRole('link', { name: title });
  await link('Other').click();
  await page.waitForURL(`**/chat/${other.id}`);
  await text('');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Attach files' }).click()]);
  await chooser.setFiles([{ name: 'Makefile', mimeType: '', buffer: Buffer.from('all:\n') }]);
  await page.waitForFunction(() => document.querySelector('[aria-label="Being attached"]') === null);
  await page.getByRole('button', { name: 'Remove Makefile' }).waitFor();
  await link('First question').click();
  await text('Second question');
  await soon(() => page.getByRole('button', { name: 'Remove Makefile' }).count()).toBe(0);
  await page.goBack();
  await page.getByRole('button', { name: 'Remove Makefile' }).waitFor();

  // Sent, and refused when another chat is on the screen already.
  held = Promise.withResolvers<boolean>();
  await composer(page).fill('To the other');
  await composer(page).press('Enter');
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await link('First question').click();
  await text('Second question');
  held.resolve(false);
  await page.getByText('Refused.').waitFor();
  await text('Second question');
  await link('Other').click();
  await text('To the other');
  await page.getByRole('button', { name: 'Remove Makefile' }).waitFor();
  expectNoErrors();
});

test('Esc stops an answer wherever the focus is, and a chat that is not there takes no question', async () => {
  const { rig } = house;
  const chat = await rig.client.createChat({ body: { model: 'cloud', title: 'Esc' } });
  const { page, expectNoErrors } = await openPage(rig, `/chat/${chat.id}`, { expected: /status of 404/ });
  const writing = house.writes();
  await composer(page).fill('Go');
  await composer(page).press('Enter');
  await writing.said;
  writing.piece('Half');
  await answers(page).getByText('Half').waitFor();
  await messages(page).focus();
  await page.keyboard.press('Escape');
  await page.getByText('Stopped.').waitFor();
  await page.goto(`${rig.agent.address}/chat/not-there`);
  await page.getByRole('button', { name: 'New Chat', exact: true }).waitFor();
  await soon(() => composer(page).count()).toBe(0);
  expectNoErrors();
});

test('a chat that asked the default model is found by the server that answered it', async () => {
  const { rig, profileId } = house;
  const { client } = rig;
  await client.updateSettings({ body: { defaultProfileId: profileId } });
  const other = await client.createProfile({ body: { name: 'Other', modelPath: tinyModel } });
  await client.createChat({ body: { title: 'Of another', profileId: other.id } });
  const { page, expectNoErrors } = await openPage(rig, '/chat');
  await composer(page).fill('What is the capital of France, again?');
  await composer(page).press('Enter');
  await answered(page, 'Paris');
  const history = page.getByRole('complementary', { name: 'History' });
  const mine = history.getByRole('link', { name: /^What is the capital of France, again\?/ });
  await history.getByRole('combobox', { name: 'Group by' }).click();
  await page.getByRole('option', { name: 'By model' }).click();
  await history.getByRole('heading', { name: 'Tiny', exact: true }).waitFor();
  await page.goto(`${rig.agent.address}/chat?profile=${other.id}`);
  await history.getByRole('link', { name: 'Of another' }).waitFor();
  await soon(() => mine.count()).toBe(0);
  await page.goto(`${rig.agent.address}/chat?profile=${profileId}`);
  await mine.waitFor();
  await soon(() => history.getByRole('combobox', { name: 'Filter' }).textContent()).toContain('Tiny');
  await soon(() => history.getByRole('link', { name: 'Of another' }).count()).toBe(0);
  expectNoErrors();
});

test('a model of a provider is chosen in the window and answers; one that no rule leads to says so', async () => {
  const { rig } = house;
  const { client } = rig;
  const far = await client.createProvider({
    body: { name: 'Faraway', protocol: 'openai', baseUrl: `${house.provider.url}/v1`, key: 'sk-test', models: ['far-large', 'far-small'] },
  });
  await client.createRule({
    body: {
      name: 'Far',
      match: { models: ['*-large'], minTokens: null, maxTokens: null, capabilities: [], time: null, clients: [], keys: [], protocols: [] },
      target: { profileId: null, providerId: far.id, model: null },
    },
  });
  house.says('Hello from afar.');
  const { page, expectNoErrors } = await openPage(rig, '/chat');
  const picker = page.getByRole('combobox', { name: 'Model' });
  await picker.click();
  await page.getByRole('option', { name: /^cloud From Cloud/ }).waitFor();
  const small = page.getByRole('option', { name: /far-small/ });
  await soon(() => small.getAttribute('aria-disabled')).toBe('true');
  await small.getByText('No routing rule asks Faraway for it').waitFor();
  await page.getByRole('option', { name: /far-large/ }).click();
  await soon(() => picker.inputValue()).toBe('far-large');
  await page.getByText('Faraway writes the answer: what you ask leaves this Mac.').waitFor();
  await composer(page).fill('Who are you?');
  await composer(page).press('Enter');
  await answered(page, 'Hello from afar.');
  expect(house.provider.asked.at(-1)?.body).toMatchObject({ model: 'far-large' });
  expect((await client.getChat({ params: { chatId: page.url().split('/').at(-1)! } })).chat).toMatchObject({ model: 'far-large' });
  expectNoErrors();
});

test('while a message is edited, what would be sent is counted: what stands before it, and its new words', async () => {
  const { rig, profileId } = house;
  const { client } = rig;
  const chat = await client.createChat({ body: { title: 'Counted', profileId, sampling: { temperature: 0, maxTokens: 8 } } });
  const { page, expectNoErrors } = await openPage(rig, `/chat/${chat.id}`);
  await page.getByRole('button', { name: /^Thinking/ }).click();
  await page.getByRole('menuitem', { name: 'Thinking: off' }).click();
  const ask = async (text: string): Promise<void> => {
    await composer(page).fill(text);
    await composer(page).press('Enter');
    await page.getByRole('button', { name: 'Regenerate' }).last().waitFor();
    await soon(() => page.getByRole('button', { name: 'Stop', exact: true }).count()).toBe(0);
  };
  await ask('What is the capital of France?');
  await ask('And what is the capital of Italy, in one word only, please?');
  const mine = page.getByRole('article', { name: 'You' });
  await mine.first().hover();
  await mine.first().getByRole('button', { name: 'Edit message' }).click();
  const words = 'Which city is the capital of Japan, and how many people live in it?';
  await composer(page).fill(words);
  const { tokens } = await client.countChat({
    body: { chatId: chat.id, parentId: null, parts: [{ type: 'text', text: words }], thinking: false },
  });
  await page.getByText(new RegExp(`^${tokens} of [\\d,]+ tokens$`)).waitFor();
  await composer(page).press('Enter');
  await page.getByText('2/2').waitFor();
  await soon(() => page.getByRole('button', { name: 'Stop', exact: true }).count()).toBe(0);
  const { messages: kept } = await client.getChat({ params: { chatId: chat.id } });
  expect(kept).toHaveLength(2);
  expect(Math.abs(tokens - (kept[1]?.metrics?.promptTokens ?? NaN))).toBeLessThanOrEqual(5);
  expectNoErrors();
});

test('the tiny model calls a tool of the chat, and answers with its result', async () => {
  const { rig, profileId } = house;
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Weather of a city', parameters } }];
  const chat = await rig.client.createChat({ body: { title: 'Weather', profileId, tools, sampling: { temperature: 0 } } });
  const { page, expectNoErrors } = await openPage(rig, `/chat/${chat.id}`);
  await page.getByRole('button', { name: /^Thinking/ }).click();
  await page.getByRole('menuitem', { name: 'Thinking: off' }).click();
  await composer(page).fill('What is the weather in Paris?');
  await composer(page).press('Enter');
  await page.getByRole('button', { name: 'Send Result (1 missing)' }).waitFor({ timeout: 60_000 });
  await page.getByRole('textbox', { name: 'Result of get_weather' }).fill('{"temperature": 21, "unit": "C"}');
  await page.getByRole('button', { name: 'Send Result', exact: true }).click();
  await soon(() => answers(page).count()).toBe(2);
  await answered(page, 'Paris');
  await page.getByRole('button', { name: 'Called get_weather · done' }).waitFor();
  expectNoErrors();
});
