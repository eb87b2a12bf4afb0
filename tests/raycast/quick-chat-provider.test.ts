/** Quick Chat, as built, on a machine without a model: a provider answers where a routing rule says so. */
import { jest } from '@jest/globals';
import { offers, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(120_000);

let rig: ChatsRig;
beforeEach(async () => {
  rig = await startChats();
});
afterEach(() => rig.end());

test('a provider behind a rule answers; its model can be chosen; without rules the screen leads to a model', async () => {
  const { host, client, speaker } = rig;
  const screen = await host.launch('quick-chat');
  await says(screen, 'or from a provider where your routing rules say so');
  await screen.search('Who are you?');
  await screen.press('Send Message');
  await says(screen, 'The answer.');
  expect(speaker.asked).toEqual(['Who are you?']);

  await screen.until(() => screen.view().dropdown?.options.some(({ title }) => title === 'speaker'));
  await screen.dropdown('speaker');
  await screen.until(() => screen.text().includes('[speaker]'));
  expect((await client.listChats())[0]?.chat).toMatchObject({ model: 'speaker', profileId: null });
  speaker.text = 'Another answer.';
  await screen.search('And now?');
  await screen.press('Send Message');
  await says(screen, 'Another answer.');

  await screen.press('New Chat');
  await says(screen, 'Ask Anything');
  await client.updateSettings({ body: { routingEnabled: false } });
  await says(screen, 'No Model Yet');
  expect(offers(screen, 'Search Models')).toBe(true);
  await screen.close();
});
