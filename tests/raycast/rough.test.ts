/** What users, other programs and old releases do to the extension: odd data, double presses, slow and broken agents, hostile words. */
import { jest } from '@jest/globals';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ChatMessage } from '@mlx-manager/shared';
import { builtExtension, createHost, type Host, type Screen } from './host/index.js';
import { manifest } from './support/extension.js';
import { offers, says, startChats, type ChatsRig } from './support/speaker.js';

jest.setTimeout(15_000);

const views = manifest.commands.filter(({ mode }) => mode === 'view').map(({ name }) => name);
let rig: ChatsRig;
let hosts: Host[] = [];
let servers: Server[] = [];
beforeAll(async () => {
  rig = await startChats();
}, 300_000);
afterAll(() => rig.end());
afterEach(async () => {
  rig.release();
  rig.speaker.text = 'The answer.';
  for (const host of hosts.splice(0)) await host.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  for (const { chat } of await rig.client.listChats()) await rig.client.deleteChat({ params: { chatId: chat.id } });
});

async function hostOf(preferences: Record<string, unknown> = {}, supportPath?: string): Promise<Host> {
  const env = { MLX_MANAGER_HOME: join(rig.folder, 'state'), HOME: rig.folder, PATH: '' };
  const host = createHost({ folder: await builtExtension(), preferences, env, ...(supportPath !== undefined && { supportPath }) });
  host.machine.selectedText = 'Some text.';
  hosts.push(host);
  return host;
}
async function standIn(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
/** The agent behind something that does `how` to each exchange. */
const proxy = (how: (path: string, forward: () => void, answer: ServerResponse) => void): Promise<string> =>
  standIn((asked, answer) => {
    const { hostname, port } = new URL(rig.client.baseUrl);
    const forward = (): void => {
      const to = request({ hostname, port, path: asked.url, method: asked.method, headers: { ...asked.headers, host: `${hostname}:${port}` } });
      to.on('response', (from) => {
        answer.writeHead(from.statusCode ?? 500, from.headers);
        from.pipe(answer);
        answer.on('close', () => to.destroy());
      });
      to.on('error', () => answer.destroy());
      asked.pipe(to);
    };
    how(asked.url ?? '', forward, answer);
  });
const token = (): string => (JSON.parse(readFileSync(join(rig.folder, 'state', 'agent.json'), 'utf8')) as { token: string }).token;
const given = (name: string) => ({
  arguments: Object.fromEntries(
    (manifest.commands.find((command) => command.name === name)?.arguments ?? []).filter((one) => one.required).map((one) => [one.name, 'Hi']),
  ),
});
const quiet = (screen: Screen) => screen.until(() => !screen.view().isLoading, { what: 'to be through loading' });
const settled = (screen: Screen, title: string) => screen.until(() => screen.text().includes(title), { what: title });
const messages = async (): Promise<ChatMessage[]> => {
  const [first] = await rig.client.listChats();
  return (await rig.client.getChat({ params: { chatId: first!.chat.id } })).messages;
};

test('data of another release in the cache, and damaged data, are fetched anew', async () => {
  await rig.chat('Count', 'One.');
  const support = join(rig.folder, 'support-old');
  const first = await hostOf({}, support);
  for (const name of views) {
    const screen = await first.launch(name, given(name));
    await quiet(screen);
    await screen.close();
  }
  const files = readdirSync(support, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(support, file)).isFile());
  const agentFiles = files.filter((file) => readFileSync(join(support, file), 'utf8').includes('version'));
  expect(agentFiles.length).toBeGreaterThan(0);
  for (const odd of ['{"models":7}', '[null]', 'null', '"text"', '{"version":"0.0.0","data":{"rows":1}}', '{"half']) {
    for (const file of agentFiles) {
      const path = join(support, file);
      const text = readFileSync(path, 'utf8');
      let poisoned = odd;
      try {
        const all = JSON.parse(text) as Record<string, unknown>;
        if (!('version' in all)) poisoned = JSON.stringify(Object.fromEntries(Object.keys(all).map((key) => [key, odd])));
      } catch {
        // One value in a file: replaced as it is.
      }
      writeFileSync(path, poisoned);
    }
    const host = await hostOf({}, support);
    for (const name of views) {
      const screen = await host.launch(name, given(name));
      await quiet(screen);
      expect(screen.takeErrors()).toEqual([]);
      await screen.close();
    }
    await host.close();
    hosts = hosts.filter((one) => one !== host);
  }
}, 300_000);

test('a note of the last chat that cannot be read begins a new one', async () => {
  for (const odd of ['{"id', 'null', '7', '{"id":7,"at":"x"}', '[]']) {
    const support = join(rig.folder, `support-last-${odd.length}-${odd.charCodeAt(1)}`);
    const host = await hostOf({}, support);
    const before = await host.launch('quick-chat');
    await says(before, 'Ask Anything');
    await before.search('Count');
    await before.press('Send Message');
    await says(before, 'The answer.');
    await before.close();
    const file = readdirSync(support, { recursive: true, encoding: 'utf8' }).find((one) => {
      try {
        return readFileSync(join(support, one), 'utf8').includes('last chat');
      } catch {
        return false; // a folder
      }
    });
    expect(file).toBeDefined();
    const stored = JSON.parse(readFileSync(join(support, file!), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(support, file!), JSON.stringify(Object.fromEntries(Object.keys(stored).map((key) => [key, odd]))));
    const screen = await host.launch('quick-chat');
    await says(screen, 'Ask Anything');
    await screen.close();
  }
});

test.each([
  ['text', 'x'],
  ['numbers where texts belong', { query: 7, chatId: 7, model: 7, text: 7, template: 7, modelPath: 7, created: 7 }],
  ['lists and objects', { query: ['x'], profileId: {}, chatId: [], templateId: [], created: {}, modelPath: null }],
  ['ids that are none', { profileId: -1, templateId: 1e99, personaId: 0.5, chatId: '' }],
  ['ids of nobody', { profileId: 999_999, templateId: 999_999, chatId: '../../settings', model: 'no/such "model"\n', template: '<b>' }],
  ['prototypes', JSON.parse('{"__proto__":{"send":true},"constructor":1,"toString":2}') as object],
])('a deeplink’s context may be anything: %s', async (_, launchContext) => {
  const host = await hostOf();
  for (const name of views) {
    const screen = await host.launch(name, { ...given(name), launchContext: launchContext as Record<string, unknown> });
    await quiet(screen);
    expect(screen.takeErrors()).toEqual([]);
    await screen.close();
  }
});

test.each(['“quotes” "and" \'more\'\nlines\n\n', '   \n', '👩‍👩‍👧 שלום', 'x'.repeat(50_000), '-rf / $(id) `id` \\ %00'])(
  'arguments are data: %j',
  async (question) => {
    const host = await hostOf();
    const screen = await host.launch('quick-chat', { arguments: { question } });
    if (question.trim() === '') {
      await says(screen, 'Ask Anything');
      return;
    }
    await says(screen, 'The answer.');
    expect((await messages())[0]!.parts).toEqual([{ type: 'text', text: question.trim() }]);
  },
);

test('Enter twice asks once', async () => {
  const host = await hostOf();
  const screen = await host.launch('quick-chat');
  await says(screen, 'Ask Anything');
  await screen.search('Count');
  const twice = screen.view().actions.find(({ title }) => title === 'Send Message')!;
  await Promise.all([screen.press(twice.title), screen.press(twice.title, { wait: false }).catch(() => undefined)]);
  await says(screen, 'The answer.');
  expect(await rig.client.listChats()).toHaveLength(1);
  expect(await messages()).toHaveLength(2);
});

test('a new chat takes neither title nor pin nor system prompt of the one before', async () => {
  const host = await hostOf();
  const screen = await host.launch('quick-chat', { arguments: { question: 'Count' } });
  await says(screen, 'The answer.');
  await screen.press('Pin Chat');
  await screen.press('Rename Chat…');
  await screen.fill({ text: 'Numbers' });
  await screen.submit();
  await screen.press('Edit System Prompt…');
  await screen.fill({ text: 'Shout.' });
  await screen.submit();
  await screen.press('New Chat');
  await screen.search('Again');
  await screen.press('Send Message');
  await says(screen, 'The answer.');
  const found = (await rig.client.listChats()).map(({ chat }) => [chat.title, chat.pinned, chat.systemPrompt]);
  expect(found).toEqual([
    ['Numbers', true, 'Shout.'],
    ['Again', false, null],
  ]);
});

test('an answer that fetches and draws: nothing of it is alive on any screen', async () => {
  const hostile = 'Hi ![x](http://evil.example/a) `![y](http://evil.example/b)`` <img src="http://evil.example/c">\n- a\n  ```\n![z](http://evil.example/d)';
  const host = await hostOf();
  await rig.chat('What?', hostile);
  const check = (screen: Screen): void => expect(screen.markdown()).not.toMatch(/!\[|<img/);
  const chats = await host.launch('search-chats');
  await settled(chats, 'evil');
  check(chats);
  const { chat } = (await rig.client.listChats())[0]!;
  const screen = await host.launch('quick-chat', { launchContext: { chatId: chat.id } });
  await says(screen, 'evil');
  check(screen);
  await screen.press('Show as Single Page');
  await says(screen, 'evil');
  check(screen);
  // What is copied is what was written.
  await screen.press('Copy Answer');
  expect(host.copied.at(-1)).toBe(hostile);
});

describe('an agent that is not itself', () => {
  const KEY = 'sk-very-secret-key';
  test.each<[string, RequestListener, string | RegExp]>([
    ['HTML', (_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to nginx</html>'), /.+/],
    ['errors', (_, answer) => answer.writeHead(500).end('boom'), /.+/],
    ['JSON of another shape', (_, answer) => answer.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":[1,2]}'), /.+/],
    ['half an answer', (_, answer) => void answer.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"a', () => answer.destroy()), /.+/],
    ['nothing', (asked) => asked.socket.destroy(), /.+/],
    ['a redirect to itself', (asked, answer) => answer.writeHead(302, { location: asked.url ?? '/' }).end(), /.+/],
  ])('%s: each command says so, and never the key', async (_, listener) => {
    const host = await hostOf({ address: `${await standIn(listener)}/`, key: KEY });
    for (const name of views) {
      const screen = await host.launch(name, given(name));
      await screen.until(() => /Something Went Wrong|Is Not|Cannot|Does Not|Refuses|Needs/.test(screen.text()), { what: `${name}: its failure` });
      expect(screen.text()).not.toMatch(/undefined|\[object|<html>/);
      expect(screen.takeErrors()).toEqual([]);
      for (const { title } of screen.actions().filter((action) => action.title === 'Copy Error')) await screen.press(title);
      await screen.close();
    }
    const journal = JSON.stringify(host.machine.journal);
    expect(journal).not.toContain(KEY);
  });
});

test('a slow agent: what is typed is not lost, and one question makes one chat', async () => {
  const address = await proxy((_, forward) => void setTimeout(forward, 600));
  const host = await hostOf({ address, key: token() });
  const chatId = await rig.chat('Count', 'One.');
  const screen = await host.launch('quick-chat', { launchContext: { chatId } });
  await screen.search('And then?');
  await screen.until(() => offers(screen, 'Send Message'));
  await screen.press('Send Message');
  await says(screen, 'The answer.');
  expect((await rig.client.listChats()).map(({ chat }) => [chat.id, chat.messageCount])).toEqual([[chatId, 4]]);
  await screen.close();
});

test('an event stream that is cut all the time', async () => {
  const address = await proxy((path, forward, answer) => {
    forward();
    if (path.startsWith('/api/events')) setTimeout(() => answer.destroy(), 200);
  });
  const host = await hostOf({ address, key: token() });
  const screen = await host.launch('search-chats');
  await says(screen, 'No Chats Yet');
  await rig.chat('Count', 'One.');
  await screen.until(() => screen.rows().length === 1);
  expect(host.toasts.filter(({ style }) => String(style) === 'FAILURE')).toEqual([]);
});

test('the agent stays away in mid-answer: it is told, and the answer is there as soon as the agent is', async () => {
  const host = await hostOf();
  rig.speaker.text = 'One two three.';
  rig.speaker.held = true;
  const screen = await host.launch('quick-chat');
  await says(screen, 'Ask Anything');
  await screen.search('Count');
  await screen.press('Send Message', { wait: false });
  await says(screen, 'One');
  await rig.stopAgent();
  try {
    await screen.until(() => !screen.view().isLoading, { timeout: 20_000 });
    expect(screen.text()).toContain('One');
  } finally {
    rig.release();
    await rig.startAgent();
  }
  await screen.until(() => /Interrupted|Stopped/.test(screen.text()), { timeout: 20_000 });
});
