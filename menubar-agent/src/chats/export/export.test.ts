import type { Chat, ChatMessage, MessagePart } from '@mlx-manager/shared';
import { exportJson, exportMarkdown } from './index.js';
import { closed, fenced } from './text.js';
import { cpuMs } from '../../../../tests/support/cpu.js';

const at = '2026-01-02T03:04:05.000Z';
const chat: Chat = {
  id: 'c',
  title: 'A [title] with *stars* # and <b>\nlines',
  titled: true,
  model: null,
  profileId: null,
  personaId: 1,
  systemPrompt: 'Be brief.\n```\nopen',
  sampling: {},
  tools: [],
  tags: ['work_x'],
  pinned: false,
  preview: '',
  messageCount: 2,
  headId: 'm2',
  answeredProfileId: null,
  activeRunId: null,
  createdAt: at,
  updatedAt: at,
};
const message = (id: string, role: ChatMessage['role'], parts: MessagePart[], changes: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  chatId: 'c',
  parentId: null,
  role,
  parts,
  status: 'complete',
  error: null,
  metrics: null,
  model: role === 'assistant' ? 'auto' : null,
  profileId: null,
  profileName: null,
  trimmed: 0,
  runId: null,
  siblingIds: [id],
  createdAt: at,
  updatedAt: at,
  ...changes,
});
const metrics = {
  promptTokens: 5,
  completionTokens: 12,
  cachedTokens: null,
  reasoningTokens: null,
  tokensPerSecond: 34.56,
  firstTokenMs: 250,
  totalMs: 1234,
  loadMs: 0,
  queueMs: 0,
  thinkingMs: null,
  finishReason: 'stop',
};

test('a chat as Markdown: readable, and nothing of it reaches beyond its place', () => {
  const messages = [
    message('m1', 'user', [
      { type: 'text', text: 'Why?\n\n```js\nconst a = 1;\n```' },
      { type: 'image', attachmentId: 'i', name: 'my_picture.png', mediaType: 'image/png' },
    ]),
    message(
      'm2',
      'assistant',
      [
        { type: 'thinking', text: 'Hm </details> <!-- open', durationMs: 1500 },
        { type: 'text', text: 'So:\n````md\n```\ninner\n```' },
        { type: 'tool_call', id: 't', name: 'get_weather', arguments: '{"city":"Köln ```"}' },
      ],
      { status: 'stopped', metrics, profileName: 'Coding', trimmed: 2 },
    ),
    message('m3', 'tool', [{ type: 'tool_result', toolCallId: 't', content: 'rain', isError: true }]),
  ];
  expect(exportMarkdown({ chat, messages }, 'Coder')).toBe(`# A \\[title\\] with \\*stars\\* \\# and \\<b\\> lines

- Date: 2026-01-02 03:04 UTC
- Model: Coding
- Persona: Coder
- Tags: work\\_x

## System Prompt

> Be brief.
> \`\`\`
> open
> \`\`\`

## You

Why?

\`\`\`js
const a = 1;
\`\`\`

*Image: my\\_picture.png*

## Assistant (Coding)

<details>
<summary>Thought for 1.5 s</summary>

Hm &lt;/details> <!-- open

</details>

So:
\`\`\`\`md
\`\`\`
inner
\`\`\`
\`\`\`\`

**Tool call: get\\_weather**

\`\`\`\`json
{
  "city": "Köln \`\`\`"
}
\`\`\`\`

*Stopped*  
*2 older messages did not fit into the context*  
*12 tokens · 34.6 tokens/s · first token after 0.25 s · 1.2 s*

## Tool

**Tool result (error)**

\`\`\`
rain
\`\`\`
`);
});

test.each([
  ['```\nopen', '```\nopen\n```'],
  ['~~~~ x\nopen\n~~~', '~~~~ x\nopen\n~~~\n~~~~'],
  ['```js\nwhole\n```', '```js\nwhole\n```'],
  ['```\n~~~\n```', '```\n~~~\n```'],
  ['inline ```code``` here', 'inline ```code``` here'],
  ['<!-- open', '&lt;!-- open'],
  ['<!-- a\n```\n-->', '<!-- a\n```\n-->'],
  ['<script>\nx', '&lt;script>\nx'],
  ['<pre>\nx\n</pre>', '<pre>\nx\n</pre>'],
  ['```\n<!-- in code\n```', '```\n<!-- in code\n```'],
])('%j is closed as %j', (text, expected) => {
  expect(closed(text)).toBe(expected);
});

test('what opens on every line, and what is nothing but fences, takes no longer than other text', () => {
  const cost = cpuMs(() => {
    expect(closed('<!--\n'.repeat(50_000))).toBe('&lt;!--\n'.repeat(50_000));
    expect(closed('<script>\n'.repeat(50_000) + '</script>\n<!--')).toBe('<script>\n'.repeat(50_000) + '</script>\n&lt;!--');
  });
  // Hours, when each of them was compared with all behind it.
  expect(cost).toBeLessThan(5_000);
  expect(fenced('```\n'.repeat(300_000)).slice(0, 9)).toBe('````\n```\n');
});

test('a chat as JSON has everything, in the names of the wire', () => {
  const file = JSON.parse(
    exportJson({ chat, messages: [message('m1', 'assistant', [{ type: 'text', text: 'x' }], { metrics })] }, true, at),
  ) as unknown;
  expect(file).toMatchObject({
    format: 'mlx-manager/chat',
    version: 1,
    exported_at: at,
    branches: true,
    chat: { id: 'c', system_prompt: chat.systemPrompt, message_count: 2 },
    messages: [{ id: 'm1', parent_id: null, sibling_ids: ['m1'], metrics: { tokens_per_second: 34.56 } }],
  });
});
