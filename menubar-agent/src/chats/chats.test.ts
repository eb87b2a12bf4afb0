/** Chats and their branches on a real database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AgentError, type ChatMessage, type ChatsQuery, type MessagePart } from '@mlx-manager/shared';
import { EventBus, type Clock } from '../core/index.js';
import {
  AttachmentsRepository,
  ChatsRepository,
  MessagesRepository,
  openDatabase,
  type Connection,
  type MessageRecord,
} from '../store/index.js';
import { ChatsService } from './chats.js';

interface Rig {
  readonly db: Connection;
  readonly chats: ChatsService;
  readonly repository: ChatsRepository;
  readonly messages: MessagesRepository;
  readonly events: { type: string; data: unknown }[];
  readonly removedFiles: string[];
  readonly bus: EventBus;
  running: string[];
  say(chatId: string, text: string | MessagePart[], parentId?: string | null, role?: MessageRecord['role']): string;
}

const folders: string[] = [];
const open: Connection[] = [];
let file: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mlx-chats-'));
  folders.push(folder);
  file = join(folder, 'x.db');
});
afterEach(() => {
  for (const db of open.splice(0)) db.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

let now = Date.parse('2026-01-01T00:00:00Z');
const clock: Clock = { now: () => (now += 1000), schedule: () => () => undefined };
let count = 0;
const tick = (): string => new Date(clock.now()).toISOString();

function rig(): Rig {
  const db = openDatabase(file);
  open.push(db);
  const repository = new ChatsRepository(db);
  const messages = new MessagesRepository(db);
  const bus = new EventBus((error) => {
    throw error;
  });
  const events: Rig['events'] = [];
  bus.onAny((event) => events.push(event));
  const removedFiles: string[] = [];
  const chats = new ChatsService({
    chats: repository,
    messages,
    attachments: { removeFiles: (ids) => void removedFiles.push(...ids) },
    bus,
    clock,
    checkProfile: (id) => {
      if (id !== 1) throw new AgentError('PROFILE_NOT_FOUND', { profile: id });
    },
    checkPersona: (id) => {
      if (id !== 1) throw new AgentError('PERSONA_NOT_FOUND', { persona: id });
    },
    stopRun: (chatId) => {
      self.running = self.running.filter((id) => id !== chatId);
      repository.update(chatId, { activeRunId: null });
      return Promise.resolve();
    },
  });
  const self: Rig = {
    db,
    chats,
    repository,
    messages,
    events,
    removedFiles,
    bus,
    running: [],
    say(chatId, said, parentId = chats.get(chatId).headId, role = 'user') {
      const at = tick();
      const parts: MessagePart[] = typeof said === 'string' ? [{ type: 'text', text: said }] : said;
      const id = `m${++count}`;
      const nothing = { error: null, metrics: null, model: null, profileId: null, profileName: null, runId: null };
      repository.transaction(() => {
        messages.insert({ ...nothing, id, chatId, parentId, role, parts, status: 'complete', trimmed: 0, createdAt: at, updatedAt: at });
        repository.setHead(chatId, id, at);
      });
      return id;
    },
  };
  return self;
}

const query = (changes: Partial<ChatsQuery> = {}): ChatsQuery => ({ limit: 50, ...changes });
const found = (chats: ChatsService, search: string, changes: Partial<ChatsQuery> = {}): string[] =>
  chats.list(query({ search, ...changes })).hits.map(({ chat }) => chat.title);
const textOf = ({ parts }: ChatMessage): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

describe('a chat', () => {
  test('comes back as it was made, after the database was closed too', () => {
    const first = rig();
    const made = first.chats.create({
      model: 'auto',
      personaId: 1,
      systemPrompt: 'Be brief.',
      sampling: { topP: 0.5 },
      tags: ['Work', 'work', 'x'],
      pinned: true,
    });
    expect(made).toMatchObject({
      title: 'New Chat',
      titled: false,
      tags: ['Work', 'x'],
      messageCount: 0,
      headId: null,
      preview: '',
      activeRunId: null,
    });
    first.say(made.id, 'hello');
    open.splice(0)[0]?.close();
    const { chat, messages } = rig().chats.detail(made.id);
    expect(chat).toMatchObject({ ...made, preview: 'hello', messageCount: 1, headId: messages[0]?.id, updatedAt: chat.updatedAt });
    expect(messages.map(textOf)).toEqual(['hello']);
  });

  test('of nobody’s is told: CHAT_NOT_FOUND, PROFILE_NOT_FOUND, PERSONA_NOT_FOUND, MESSAGE_NOT_FOUND', async () => {
    const { chats, say } = rig();
    expect(() => chats.get('no')).toThrow(expect.objectContaining({ code: 'CHAT_NOT_FOUND' }) as Error);
    await expect(chats.remove('no')).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND' });
    expect(() => chats.create({ profileId: 2 })).toThrow(expect.objectContaining({ code: 'PROFILE_NOT_FOUND' }) as Error);
    const [a, b] = [chats.create({}), chats.create({})];
    expect(() => chats.update(a.id, { personaId: 9, title: 'x' })).toThrow(expect.objectContaining({ code: 'PERSONA_NOT_FOUND' }) as Error);
    expect(() => chats.update(a.id, { headId: say(b.id, 'of b') })).toThrow(
      expect.objectContaining({ code: 'MESSAGE_NOT_FOUND' }) as Error,
    );
    expect(chats.get(a.id)).toMatchObject({ title: 'New Chat', headId: null });
  });

  test('is changed and announced; nothing given is no change', () => {
    const { chats, events, say } = rig();
    const { id } = chats.create({});
    say(id, '# What is **SQLite**? And why?');
    events.length = 0;
    expect(chats.update(id, { title: 'Mine', tags: ['a'], pinned: true }).chat).toMatchObject({ title: 'Mine', titled: true, tags: ['a'] });
    expect(events).toEqual([{ type: 'chat.updated', data: chats.get(id) }]);
    expect(chats.setAutoTitle(id, 'Made')).toBe(false);
    expect(chats.update(id, { title: null }).chat).toMatchObject({ title: 'What is SQLite?', titled: false, pinned: true });
    expect(chats.setAutoTitle(id, ' Made ')).toBe(true);
    expect(chats.get(id)).toMatchObject({ title: 'Made', titled: false });
    const before = chats.get(id);
    events.length = 0;
    chats.update(id, {});
    expect([events, chats.get(id)]).toEqual([[], before]);
  });

  test('is deleted with its words, and the files that only it uses; its run is stopped first', async () => {
    const { chats, say, removedFiles, repository, db, running, events } = rig();
    const [a, b] = [chats.create({ title: 'A' }), chats.create({ title: 'B' })];
    const image = (attachmentId: string): MessagePart => ({ type: 'image', attachmentId, name: 'i.png', mediaType: 'image/png' });
    const files = new AttachmentsRepository(db);
    for (const id of ['own', 'both']) files.put({ id, name: 'i.png', mediaType: 'image/png', bytes: 1, createdAt: tick() });
    say(a.id, [image('own'), image('both')]);
    say(a.id, [image('own'), { type: 'text', text: 'umbrella' }]);
    say(b.id, [image('both')]);
    running.push(a.id);
    repository.update(a.id, { activeRunId: 'r' });
    await chats.remove(a.id);
    expect(events.at(-1)).toEqual({ type: 'chat.removed', data: { id: a.id } });
    expect([removedFiles, files.find('own'), files.find('both')?.id]).toEqual([['own'], null, 'both']);
    expect(found(chats, 'umbrella')).toEqual([]);
    expect(found(chats, 'i.png')).toEqual(['B']);
    await chats.remove(b.id);
    expect(removedFiles).toEqual(['own', 'both']);
    for (const table of ['chat_messages', 'chat_tags', 'message_attachments', 'chat_search'])
      expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
  });

  test('keeps what a persona says when that goes, and lets a deleted profile go', () => {
    const { chats, events, bus } = rig();
    const [a, b] = [chats.create({ personaId: 1, profileId: 1 }), chats.create({ personaId: 1, systemPrompt: 'Mine.' })];
    events.length = 0;
    chats.releasePersona({ id: 1, systemPrompt: 'Voice.' });
    expect(events).toEqual([]);
    bus.emit('persona.removed', { id: 1, name: 'P' });
    expect([a, b].map(({ id }) => [chats.get(id).personaId, chats.get(id).systemPrompt])).toEqual([
      [null, 'Voice.'],
      [null, 'Mine.'],
    ]);
    bus.emit('profile.deleted', { id: 1, name: 'X' });
    expect(chats.get(a.id).profileId).toBeNull();
    expect(events.filter(({ type }) => type === 'chat.updated')).toHaveLength(3);
  });

  test('belongs to the profile that answered last on the branch shown, where it has none of its own', () => {
    const { chats, messages, repository, say, bus } = rig();
    const own = chats.create({ title: 'own', profileId: 1 });
    const { id } = chats.create({ title: 'default' });
    const answer = (parentId: string, profileId: number | null): string => {
      const said = say(id, 'answer', parentId, 'assistant');
      messages.update(said, { profileId });
      repository.refresh(id, tick());
      return said;
    };
    const of = (profileId: number) => chats.list(query({ profileId })).hits.map(({ chat }) => chat.title);
    const question = say(id, 'question');
    expect([chats.get(id).answeredProfileId, of(1)]).toEqual([null, ['own']]);
    const first = answer(question, 1);
    say(id, 'and');
    expect([chats.get(id).answeredProfileId, of(1)]).toEqual([1, ['default', 'own']]);
    answer(question, 7);
    expect([of(1), of(7)]).toEqual([['own'], ['default']]);
    chats.update(id, { headId: first });
    expect(of(1)).toEqual(['default', 'own']);
    // A provider, which is no profile.
    answer(question, null);
    expect(of(1)).toEqual(['own']);
    chats.update(id, { headId: first });
    expect(found(chats, 'default', { profileId: 1 })).toEqual(['default']);
    bus.emit('profile.deleted', { id: 1, name: 'X' });
    expect([chats.get(id).answeredProfileId, chats.get(own.id).profileId, of(1)]).toEqual([null, null, []]);
  });

  test('keeps its tools', () => {
    const { chats } = rig();
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', additionalProperties: false } } }];
    const { id } = chats.create({ tools });
    expect(chats.get(id).tools).toEqual(tools);
    expect(chats.update(id, { tools: [] }).chat.tools).toEqual([]);
  });

  test('of a profile that went while the agent was killed is free of it at the next start', () => {
    const { chats } = rig();
    const { id } = chats.create({ profileId: 1 });
    expect(rig().chats.get(id).profileId).toBeNull();
  });
});

describe('the list', () => {
  test('is in order over its pages, pinned ones on top, while chats are added', () => {
    const { chats } = rig();
    for (let i = 0; i < 25; i++) chats.create({ title: `c${i}`, pinned: i % 10 === 0, tags: i % 2 ? ['odd'] : [] });
    const titles: string[] = [];
    let cursor: string | undefined;
    do {
      const page = chats.list(query({ limit: 7, ...(cursor !== undefined && { cursor }) }));
      titles.push(...page.hits.map(({ chat }) => chat.title));
      cursor = page.cursor ?? undefined;
      chats.create({ title: 'late' });
    } while (cursor !== undefined);
    const rest = Array.from({ length: 25 }, (_, i) => 24 - i).filter((i) => i % 10 !== 0);
    expect(titles).toEqual(['c20', 'c10', 'c0', ...rest.map((i) => `c${i}`)]);
    expect(chats.list(query({ tag: 'ODD', limit: 200 })).hits).toHaveLength(12);
    expect(chats.list(query({ pinned: true })).hits).toHaveLength(3);
    expect(chats.tags()).toEqual([{ tag: 'odd', chats: 12 }]);
    expect(() => chats.list(query({ cursor: 'x' }))).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }) as Error);
    expect(() => chats.list(query({ search: 'a', cursor: 'n1.1' }))).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }) as Error);
  });
});

describe('the search', () => {
  test.each([
    ['the 配置文件 is here', ['配置', '文', '配置文件', 'HERE'], ['置配', '配件']],
    ['Die Straße in Köln', ['strasse', 'STRASSE', 'Straße', 'koln', 'köln', 'str'], ['trasse', 'koeln']],
    ['Ärger, don’t panic: max_tokens=5', ['arger', "don't", 'max_tokens', 'max-tok', 'tokens 5'], ['argers', 'tokens_max']],
    ['서울에서 만나요 이것', ['서울', '만나'], ['부산']],
    ['ガラスのカップ', ['ガラス', 'カップ'], ['カラス']],
    ['party 🎉 now', ['🎉', '🎉 no'], ['🎈']],
    ['C:\\dir\\file.txt and a/b', ['file.txt', 'a/b', 'dir file'], ['b/a']],
    ['one two three', ['"one two"', 'three one', 'thr', '"one" t'], ['"two one"', 'hree']],
  ])('%s', (text, hits, misses) => {
    const { chats, say } = rig();
    chats.create({ title: 'Other' });
    say(chats.create({ title: 'T' }).id, text);
    expect(hits.filter((search) => found(chats, search).length !== 1)).toEqual([]);
    expect(misses.filter((search) => found(chats, search).length !== 0)).toEqual([]);
  });

  test('finds words that are apart in a chat, titles before messages, and says where', () => {
    const { chats, say } = rig();
    const a = chats.create({ title: 'Gardens' });
    say(a.id, 'how to water roses');
    say(a.id, `${'long ago '.repeat(60)} the tulips bloomed ${'again and again '.repeat(40)}`);
    const b = chats.create({ title: 'Tulips' });
    say(b.id, 'nothing else');
    expect(found(chats, 'roses tulips')).toEqual(['Gardens']);
    expect(found(chats, 'gardens tulips')).toEqual(['Gardens']);
    expect(found(chats, 'tulips')).toEqual(['Tulips', 'Gardens']);
    const [title, message] = chats.list(query({ search: 'tulips' })).hits;
    expect(title?.match).toEqual({ messageId: null, text: 'Tulips', ranges: [[0, 6]] });
    const match = message!.match!;
    expect(match.ranges.map(([from, to]) => match.text.slice(from, to))).toEqual(['tulips']);
    expect(match.text).toMatch(/^….{20,200}…$/);
  });

  test('keeps to tag, pin and profile, and pages without doubles while answers are written', async () => {
    const { chats, say } = rig();
    for (let i = 0; i < 12; i++)
      say(chats.create({ title: `n${i}`, tags: i % 2 ? ['odd'] : [], pinned: i === 3 }).id, `apple ${'x '.repeat(i)}`);
    expect(found(chats, 'apple', { tag: 'odd' })).toHaveLength(6);
    expect(found(chats, 'apple', { pinned: true })).toEqual(['n3']);
    const first = chats.list(query({ search: 'apple', limit: 5 }));
    say(chats.create({ title: 'apple' }).id, 'apple apple');
    await chats.remove(first.hits[0]!.chat.id);
    const second = chats.list(query({ search: 'apple', limit: 5, cursor: first.cursor! }));
    const third = chats.list(query({ search: 'apple', limit: 5, cursor: second.cursor! }));
    const titles = [first, second, third].flatMap(({ hits }) => hits.map(({ chat }) => chat.title));
    expect([titles.length, new Set(titles).size, third.cursor]).toEqual([12, 12, null]);
    // An agent that was started anew goes on as well as it can.
    expect(rig().chats.list(query({ search: 'apple', limit: 5, cursor: second.cursor! })).hits).not.toHaveLength(0);
  });

  test('of a word that is everywhere shows titles first, then the newest', () => {
    const { chats, say, repository } = rig();
    const titled = chats.create({ title: 'the one' });
    const bodies = [chats.create({ title: 'x' }), chats.create({ title: 'y' })];
    repository.transaction(() => {
      for (const { id } of bodies) for (let i = 0; i < 1_100; i++) say(id, 'the');
    });
    expect(found(chats, 'the')).toEqual(['the one', 'y', 'x']);
    expect(chats.list(query({ search: 'the' })).hits[0]?.chat.id).toBe(titled.id);
  }, 30_000);

  test('an answer is found when it has ended, and a message by its new words only', () => {
    const { chats, messages, say } = rig();
    const { id } = chats.create({ title: 'T' });
    const answer = say(id, 'first', null, 'assistant');
    messages.update(answer, { status: 'generating' });
    messages.flush(answer, [{ type: 'text', text: 'second' }], tick());
    expect([found(chats, 'first'), found(chats, 'second')]).toEqual([['T'], []]);
    messages.update(answer, { status: 'complete' });
    expect([found(chats, 'first'), found(chats, 'second')]).toEqual([[], ['T']]);
  });

  test('never fails, whatever is typed, and its places are in its text', () => {
    const { chats, say } = rig();
    const { id } = chats.create({ title: 'AND OR NOT NEAR "x" * - ^ : {} ()' });
    say(id, 'a ß İstanbul 配置 🎉 e\u0301 \ud800 ﷺ ½ x*y');
    const typed = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc
        .array(
          fc.constantFrom(
            '"',
            '*',
            'AND',
            'OR',
            'NOT',
            'NEAR(',
            ')',
            '-',
            'title:',
            '^',
            'a',
            'ß',
            '配',
            '🎉',
            'x',
            ' ',
            "'",
            '\\',
            '\0',
            '½',
            '{',
            'istanbul',
          ),
          { maxLength: 12 },
        )
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(typed, (search) => {
        for (const { match } of chats.list(query({ search })).hits)
          for (const [from, to] of match?.ranges ?? []) expect(0 <= from && from < to && to <= (match?.text.length ?? 0)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('a message of a megabyte is kept whole and found by its beginning', () => {
    const { chats, say } = rig();
    const text = `needle ${'hay 草 '.repeat(170_000)}`;
    const { id } = chats.create({ title: 'Big' });
    say(id, text);
    expect(textOf(chats.detail(id).messages[0]!)).toBe(text);
    expect(found(chats, 'needle')).toEqual(['Big']);
    expect(chats.get(id).preview.length).toBeLessThanOrEqual(200);
  });
});

describe('branches', () => {
  test('an edit stands beside the old wording; each can be shown with its newest end', () => {
    const { chats, say } = rig();
    const { id } = chats.create({});
    const q1 = say(id, 'q1');
    const a1 = say(id, 'a1', q1, 'assistant');
    const q2 = say(id, 'q2', a1);
    const edited = say(id, 'q1 edited', null);
    const shown = () => chats.detail(id).messages.map(textOf);
    expect([shown(), chats.get(id).messageCount, chats.get(id).preview]).toEqual([['q1 edited'], 1, 'q1 edited']);
    expect(chats.detail(id).messages[0]?.siblingIds).toEqual([q1, edited]);
    expect(chats.update(id, { headId: q1 }).chat).toMatchObject({ headId: q2, messageCount: 3, preview: 'q2' });
    const again = say(id, 'a1 again', q1, 'assistant');
    expect(shown()).toEqual(['q1', 'a1 again']);
    expect(chats.update(id, { headId: a1 }).messages.map(({ siblingIds }) => siblingIds)).toEqual([[q1, edited], [a1, again], [q2]]);
    expect(chats.everything(id).messages).toHaveLength(5);
  });

  test('whatever is said, edited, answered again, shown and deleted, the tree stays whole', async () => {
    const step = fc.record({ what: fc.constantFrom('say', 'edit', 'switch', 'delete', 'create'), chat: fc.nat(3), at: fc.nat(50) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { chats, say, messages, db } = rig();
        // What is expected, in the simplest form: chat → messages with their parents, in order; and the head.
        const model = new Map<string, { all: { id: string; parent: string | null }[]; head: string | null }>();
        for (const { what, chat, at } of steps) {
          const [id, state] = [...model][chat % Math.max(1, model.size)] ?? [];
          if (what === 'create' || id === undefined || state === undefined) {
            if (model.size < 4) model.set(chats.create({}).id, { all: [], head: null });
          } else if (what === 'delete') {
            await chats.remove(id);
            model.delete(id);
          } else if (what === 'switch') {
            const target = state.all[at % Math.max(1, state.all.length)];
            if (!target) continue;
            const below = new Set([target.id]);
            for (const one of state.all) if (one.parent !== null && below.has(one.parent)) below.add(one.id);
            state.head = state.all.filter((one) => below.has(one.id)).at(-1)!.id;
            chats.update(id, { headId: target.id });
          } else {
            const other = state.all[at % Math.max(1, state.all.length)];
            const parent = what === 'say' ? state.head : (other?.parent ?? null);
            state.head = say(id, `text ${at}`, parent);
            state.all.push({ id: state.head, parent });
          }
        }
        for (const [id, { all, head }] of model) {
          const { chat, messages: shown } = chats.detail(id);
          const path: string[] = [];
          for (let at = head; at !== null; at = all.find((one) => one.id === at)!.parent) path.unshift(at);
          expect([chat.headId, chat.messageCount, shown.map((one) => one.id)]).toEqual([head, path.length, path]);
          for (const one of chats.everything(id).messages)
            expect(one.siblingIds).toEqual(all.filter(({ parent }) => parent === one.parentId).map((sibling) => sibling.id));
          expect(messages.ofChat(id).map((one) => one.id)).toEqual(all.map((one) => one.id));
        }
        const total = [...model.values()].reduce((sum, { all }) => sum + all.length, 0);
        expect(db.prepare('SELECT count(*) FROM chat_messages').pluck().get()).toBe(total);
        expect(db.prepare('SELECT count(*) FROM chat_search').pluck().get()).toBe(total + model.size);
        for (const { id } of chats.list(query()).hits.map(({ chat }) => chat)) await chats.remove(id);
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
