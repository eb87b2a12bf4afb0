/** What Quick Chat makes of messages: turns, Markdown that loads nothing, figures in words; and who may answer. */
import fc from 'fast-check';
import type { AnswerMetrics, ChatMessage, LocalModel, MessagePart, Profile, Server } from '@mlx-manager/shared';
import { adviceFor } from '../../../raycast-extension/src/lib/advice.js';
import { choice, defaultFor, profileNamed, targetsOf, valueOf } from '../../../raycast-extension/src/lib/chat/targets.js';
import { isIntricate } from '../../../raycast-extension/src/lib/markdown.js';
import {
  answerOf,
  chatMarkdown,
  inert,
  metricsLine,
  titleOf,
  turnMarkdown,
  turnsOf,
} from '../../../raycast-extension/src/lib/chat/words.js';

let ids = 0;
const message = (role: ChatMessage['role'], parts: MessagePart[] | string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: `m${++ids}`,
  chatId: 'c',
  parentId: null,
  role,
  parts: typeof parts === 'string' ? [{ type: 'text', text: parts }] : parts,
  status: 'complete',
  error: null,
  metrics: null,
  model: null,
  profileId: null,
  profileName: null,
  trimmed: 0,
  runId: null,
  siblingIds: [],
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...more,
});
const answered = (parts: MessagePart[] | string, more: Partial<ChatMessage> = {}) =>
  turnMarkdown({ id: 'x', question: null, answers: [message('assistant', parts, more)] }, { thinking: false });

const metrics = (more: Partial<AnswerMetrics> = {}): AnswerMetrics =>
  ({
    promptTokens: null,
    completionTokens: null,
    firstTokenMs: null,
    totalMs: 0,
    loadMs: 0,
    tokensPerSecond: null,
    finishReason: null,
    cachedTokens: null,
    ...(more as object),
  }) as AnswerMetrics;

describe('turns', () => {
  test('an answer belongs to the question before it; what nobody asked is a turn of its own', () => {
    const [hello, one, two, tool, three] = [
      message('assistant', 'Hello'),
      message('user', 'One'),
      message('user', 'Two'),
      message('assistant', 'Calls'),
      message('assistant', 'Three'),
    ];
    const turns = turnsOf([hello, one, two, tool, three]);
    expect(turns.map(({ id, question, answers }) => [id, question?.id ?? null, answers.map((answer) => answer.id)])).toEqual([
      [hello.id, null, [hello.id]],
      [one.id, one.id, []],
      [two.id, two.id, [tool.id, three.id]],
    ]);
    expect(turns.map((turn) => answerOf(turn)?.id ?? null)).toEqual([hello.id, null, three.id]);
    expect(turnsOf([])).toEqual([]);
  });

  test('a row is one line: the question, or the names of its files', () => {
    const title = (parts: MessagePart[] | string) => titleOf({ id: 'x', question: message('user', parts), answers: [] });
    expect(title(' a\n\n  b\t c ')).toBe('a b c');
    expect(title('x'.repeat(5000))).toHaveLength(200);
    expect(title([{ type: 'file', attachmentId: 'a', name: 'Plan.pdf', mediaType: 'application/pdf' }])).toBe('Plan.pdf');
    expect(titleOf({ id: 'x', question: null, answers: [] })).toBe('');
  });

  test('question and answer, thinking collapsed and shown, tools, files, ends', () => {
    const turn = {
      id: 'x',
      question: message('user', [
        { type: 'text', text: '# not a *title*\n<b>' },
        { type: 'file', attachmentId: 'a', name: 'a_b.txt', mediaType: 'text/plain' },
      ]),
      answers: [
        message('assistant', [
          { type: 'thinking', text: 'Hm\n![x](http://e)', durationMs: 12_000 },
          { type: 'tool_call', id: '1', name: 'look_up', arguments: '{"a":"```"}' },
          { type: 'tool_result', toolCallId: '1', content: 'found', isError: false },
          { type: 'text', text: '**Yes.**' },
        ]),
      ],
    };
    const closed = turnMarkdown(turn, { thinking: false });
    expect(closed).toContain('> \\# not a \\*title\\*\n> \\<b\\>\n> \n> 📎 a\\_b.txt');
    expect(closed).toContain('▸ *Thought for 12 s*');
    expect(closed).not.toContain('Hm');
    expect(closed).toContain('````json\n{"a":"```"}\n````');
    expect(closed).toContain('```\nfound\n```');
    expect(closed.endsWith('**Yes.**')).toBe(true);
    expect(turnMarkdown(turn, { thinking: true })).toContain('▾ *Thought for 12 s*\n\n> Hm\n> !\u200b[x](http://e)');
  });

  test('how an answer ended, and what to do', () => {
    expect(answered('Half', { status: 'stopped' })).toContain('Stopped.');
    expect(answered('Half', { status: 'interrupted' })).toContain('continue or regenerate');
    expect(answered([], { status: 'failed', error: null })).toContain('Regenerate it.');
    const error = { code: 'MODEL_NOT_DOWNLOADED', message: 'It is not <here>.', action: 'Download it with: mlx-manager pull a/b' };
    expect(answered([], { status: 'failed', error })).toBe('⚠️ **It is not \\<here\\>.**\n\nDownload it with the command Search Models.');
    const waiting = message('assistant', [], { status: 'generating' });
    const shown = (now: number) =>
      turnMarkdown({ id: 'x', question: null, answers: [waiting] }, { thinking: false, now: Date.parse(waiting.createdAt) + now });
    expect([shown(500), shown(7000)]).toEqual(['*Waiting for the first token… *', '*Waiting for the first token… 7 s*']);
    expect(answered([{ type: 'thinking', text: 'x', durationMs: null }], { status: 'generating' })).toBe('▸ *Thinking…*');
    expect(answered('x', { trimmed: 3 })).toContain('the oldest 3 messages were left out: the context is full');
  });
});

test('figures in words: what is not known is left out', () => {
  expect(metricsLine(metrics())).toBe('');
  const all = metrics({
    tokensPerSecond: 42.06,
    completionTokens: 1234,
    promptTokens: 20,
    firstTokenMs: 420,
    loadMs: 3000,
    finishReason: 'length',
  });
  expect(metricsLine(all)).toBe(
    '42.1 tokens/s · 1.2k tokens · 20 in prompt · first token after 0.4 s · loaded in 3 s · cut at its length limit',
  );
  expect(metricsLine(metrics({ loadMs: 99, completionTokens: 0 }))).toBe('0 tokens');
  expect(answered('x', { metrics: metrics({ completionTokens: 5 }), profileName: 'My_Model' })).toContain('*5 tokens · My\\_Model*');
});

describe('inert', () => {
  const LIVE = /!\[|<[a-z/!?]/i;
  /** What a reader of Markdown takes for text: a small reader of fences that stand at the beginning of a line. */
  const outside = (markdown: string): string => {
    let fence: string | undefined;
    return markdown
      .split('\n')
      .filter((line) => {
        const mark = /^(`{3,}|~{3,})/.exec(line)?.[1];
        if (fence === undefined) {
          if (mark && !(mark.startsWith('`') && line.slice(mark.length).includes('`'))) fence = mark;
          return fence === undefined;
        }
        if (mark?.startsWith(fence) && /^[ \t]*$/.test(line.slice(mark.length))) fence = undefined;
        return false;
      })
      .join('\n');
  };
  const piece = fc.constantFrom(
    '![',
    '<img src=x>',
    '</b>',
    '<!--',
    '-->',
    '<?',
    '`',
    '``',
    '```',
    '````',
    '~~~',
    '\n',
    '\r',
    '\r\n',
    ' ',
    '    ',
    '\t',
    '> ',
    '- ',
    '1. ',
    'x',
    ']',
    '(http://e/x)',
    '\\',
    '$$',
    '\u2028',
    '\u00a0',
    '!',
    '<',
    '[',
  );
  const markdown = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

  test('no picture and no tag survives outside fences', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        expect(outside(inert(text))).not.toMatch(LIVE);
      }),
      { numRuns: 3000 },
    );
  });
  test('without the marks nothing else is changed, but for the ends of lines and an open fence', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const shown = inert(text).replaceAll('\u200b', '');
        expect(shown.startsWith(text.replace(/\r\n|\r/g, '\n'))).toBe(true);
      }),
    );
  });
  test('what is fenced stays byte for byte', () => {
    const code = fc
      .array(fc.constantFrom('![a](b)', '<div>', '</p>', '<!-- x -->', ' ', 'x', '`', '\n'), { maxLength: 20 })
      .map((pieces) => pieces.join(''))
      .filter((text) => !text.includes('```'));
    fc.assert(
      fc.property(code, fc.constantFrom('```', '~~~', '````'), fc.constantFrom('', 'html'), (text, fence, language) => {
        const block = `${fence}${language}\n${text}\n${fence}`;
        expect(inert(`Before\n\n${block}\n\nAfter ![x](y)`)).toBe(`Before\n\n${block}\n\nAfter !\u200b[x](y)`);
      }),
    );
  });
  test.each([
    ['backticks of different length', '`![x](http://e)``'],
    ['an escaped backtick', '\\`![x](http://e)\\`'],
    ['a span that began a line before', 'a ` b\n` ![x](http://e) `'],
    ['a fence that ends with its list', '- a\n  ```\n![x](http://e)'],
    ['a fence deep in a list', '- a\n    ```\n  ```\n  ![x](http://e)'],
    ['a fence in a quote', '> ```\n![x](http://e)'],
    ['a space that ends no fence', '```\na\n```\u00a0\n```\n![x](http://e)\n```\n![x](http://e)'],
    ['old ends of lines', '```\ra\r```\r![x](http://e)'],
    ['an odd end of a line', '```\u2028\na\n```\n![x](http://e)'],
    ['a fence in a formula', '$$\n```\n$$\n![x](http://e)'],
    ['a comment over a fence', '<!--\n```\n-->\n```\n![x](http://e)'],
  ])('%s', (_, text) => {
    const shown = isIntricate(text) ? inert(text) : outside(inert(text));
    expect(shown).toContain('[x]');
    expect(shown).not.toMatch(LIVE);
  });
  test('an open fence ends with its answer: the next one cannot be inside out', () => {
    const turns = ['```\nhalf', '```\ncode\n```\n![x](http://e)'].map((text, i) => ({
      id: String(i),
      question: null,
      answers: [message('assistant', text)],
    }));
    const page = chatMarkdown(turns, { thinking: false });
    expect(page).toBe('```\nhalf\n```\n\n---\n\n```\ncode\n```\n!\u200b[x](http://e)');
    // Where one has doubtful bounds, none of them is spared.
    const doubtful = [{ id: 'a', question: null, answers: [message('assistant', '- a\n  ```\nx')] }, ...turns];
    expect(outside(chatMarkdown(doubtful, { thinking: false })) + chatMarkdown(doubtful, { thinking: false })).not.toMatch(LIVE);
  });
});

test('advice for somebody in front of Raycast names no command line and no route', () => {
  expect(adviceFor('PORT_IN_USE', 'Take another port, such as the one from GET /api/profiles/next-port, or end that program.')).toBe(
    'Take another port, or end that program.',
  );
  expect(adviceFor('PORT_IN_USE', 'End that program.')).toBe('End that program.');
  expect(adviceFor(undefined, 'Check the network. POST /api/providers/1/test says what happens.')).toBe('Check the network.');
  expect(adviceFor('SOMETHING_NEW', 'See it with: mlx-manager show')).toBe('');
});

describe('who may answer', () => {
  const profile = (id: number, name: string, more: object = {}) =>
    ({ id, name, modelPath: `org/${name}`, modelType: 'lm', aliases: [], ...more }) as unknown as Profile;
  const model = (modelId: string, more: object = {}) =>
    ({ modelId, localPath: `/m/${modelId}`, complete: true, characteristics: { modelType: 'lm' }, ...more }) as unknown as LocalModel;
  const server = (profileId: number, state: string) => ({ profileId, state }) as unknown as Server;

  test('running ones first, then profiles, then models without one; only what talks', () => {
    const targets = targetsOf({
      profiles: [profile(1, 'b'), profile(2, 'a'), profile(3, 'ear', { modelType: 'whisper' }), profile(4, 'c', { modelPath: '/m/org/d' })],
      servers: [server(1, 'healthy'), server(2, 'starting')],
      models: [
        model('org/a'),
        model('org/d'),
        model('org/z'),
        model('org/half', { complete: false }),
        model('org/embed', { characteristics: { modelType: 'embeddings' } }),
      ],
      routingEnabled: false,
      rules: [],
      providers: [],
    });
    expect(targets.map(({ value, group }) => [value, group])).toEqual([
      ['profile:1', 'running'],
      ['profile:2', 'profile'],
      ['profile:4', 'profile'],
      ['model:org/z', 'model'],
    ]);
  });

  test('a choice and what it stands for', () => {
    expect([choice('profile:7', 'Writer'), choice('model:org/a', 'Writer'), choice('', null), choice('', 'Writer')]).toEqual([
      { profileId: 7, model: null },
      { profileId: null, model: 'org/a' },
      { profileId: null, model: null },
      { profileId: null, model: 'Writer' },
    ]);
    const profiles = [profile(1, 'Writer', { aliases: ['W'] })];
    expect(valueOf({ profileId: 9, model: null }, profiles, null)).toBe('profile:9');
    expect(valueOf({ profileId: null, model: 'w' }, profiles, null)).toBe('profile:1');
    expect(valueOf({ profileId: null, model: 'org/a' }, profiles, null)).toBe('model:org/a');
    expect(valueOf({ profileId: null, model: null }, profiles, null)).toBe('');
    // The preference is the default.
    expect(valueOf({ profileId: null, model: 'WRITER' }, profiles, 'writer')).toBe('');
    expect(valueOf({ profileId: null, model: null }, profiles, 'writer')).toBe('');
    expect(valueOf({ profileId: 1, model: null }, profiles, 'writer')).toBe('profile:1');
    expect(defaultFor({ profileId: null, model: null }, 'Writer')).toEqual({ model: 'Writer' });
    expect([
      defaultFor(null, 'Writer'),
      defaultFor({ profileId: 1, model: null }, 'Writer'),
      defaultFor({ profileId: null, model: null }, null),
    ]).toEqual([{}, {}, {}]);
    expect([profileNamed('WRITER', profiles)?.id, profileNamed('x', profiles)]).toEqual([1, undefined]);
  });
});
