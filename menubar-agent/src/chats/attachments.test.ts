import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createLogger, type Clock } from '../core/index.js';
import { AttachmentsRepository, ChatsRepository, MessagesRepository, openDatabase, type Connection } from '../store/index.js';
import { AttachmentsService } from './attachments.js';

let home: string;
let folder: string;
let db: Connection;
let now = 0;
let scheduled: { task: () => void; ms: number }[];
const clock: Clock = {
  now: () => now,
  schedule: (task, ms) => {
    scheduled.push({ task, ms });
    return () => (scheduled = scheduled.filter((one) => one.task !== task));
  },
};
const service = (maxBytes = 1_000_000): AttachmentsService =>
  new AttachmentsService({
    repository: new AttachmentsRepository(db),
    folder,
    clock,
    logger: createLogger(join(home, 'x.log'), 'silent', { maxBytes: () => 1e6, keep: () => 1 }),
    maxBytes,
  });
const bytesOf = (text: string): Readable => Readable.from([Buffer.from(text)], { objectMode: false });
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const DAY = 24 * 3600 * 1000;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mlx-attachments-'));
  folder = join(home, 'attachments');
  db = openDatabase(join(home, 'x.db'));
  now = Date.now();
  scheduled = [];
});
afterEach(() => {
  db.close();
  rmSync(home, { recursive: true });
});

test('a file is kept once, under its hash, for its owner alone; whatever it is called', async () => {
  const files = service();
  const first = await files.keep('../../../etc/passwd', 'text/plain', bytesOf('hello'));
  expect(first).toMatchObject({ id: hash('hello'), bytes: 5, name: '../../../etc/passwd' });
  await files.keep('again.txt', 'text/plain', bytesOf('hello'));
  expect(readdirSync(folder)).toEqual([first.id]);
  expect([statSync(join(folder, first.id)).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(Buffer.from((await files.read(first.id))!.bytes).toString()).toBe('hello');
  expect(files.get(first.id).name).toBe('again.txt');
});

test('what is no id reaches no file: ATTACHMENT_NOT_FOUND', async () => {
  const files = service();
  writeFileSync(join(home, 'secret'), 'x');
  for (const id of ['../secret', '..%2fsecret', '', 'a'.repeat(64), hash('nothing')]) {
    expect(() => files.open(id)).toThrow(expect.objectContaining({ code: 'ATTACHMENT_NOT_FOUND' }) as Error);
    expect(await files.read(id)).toBeNull();
  }
  const { id } = await files.keep('a', 'text/plain', bytesOf('lost'));
  rmSync(join(folder, id));
  expect(() => files.open(id)).toThrow(expect.objectContaining({ code: 'ATTACHMENT_NOT_FOUND' }) as Error);
  expect(await files.read(id)).toBeNull();
});

test('too much, nothing, a false picture and a broken upload leave nothing behind: ATTACHMENT_TOO_LARGE, ATTACHMENT_INVALID', async () => {
  const files = service(10);
  await expect(files.keep('big.bin', 'a/b', bytesOf('x'.repeat(11)))).rejects.toMatchObject({ code: 'ATTACHMENT_TOO_LARGE', status: 413 });
  await expect(files.keep('empty', 'a/b', bytesOf(''))).rejects.toMatchObject({
    code: 'ATTACHMENT_INVALID',
    details: { problem: 'it is empty' },
  });
  await expect(files.keep('p.png', 'image/png', bytesOf('GIF89a'))).rejects.toMatchObject({ code: 'ATTACHMENT_INVALID' });
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('half');
      throw new Error('gone');
    })(),
    { objectMode: false },
  );
  await expect(files.keep('half', 'a/b', broken)).rejects.toThrow('gone');
  expect(readdirSync(folder)).toEqual([]);
  expect(await files.keep('p.gif', 'image/gif', bytesOf('GIF89a'))).toMatchObject({ bytes: 6 });
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'in the way');
  await expect(files.keep('x', 'a/b', bytesOf('x'))).rejects.toMatchObject({
    code: expect.stringMatching(/STATE_NOT_WRITABLE|ENOTDIR/) as string,
  });
});

test('what no message uses goes after a day, and so does what a kill left behind', async () => {
  const files = service();
  const used = await files.keep('used', 'a/b', bytesOf('used'));
  const unused = await files.keep('unused', 'a/b', bytesOf('unused'));
  const at = new Date(now).toISOString();
  const nothing = {
    error: null,
    metrics: null,
    model: null,
    profileId: null,
    profileName: null,
    runId: null,
    trimmed: 0,
    createdAt: at,
    updatedAt: at,
  };
  const chat = {
    id: 'c',
    title: 'T',
    titled: false,
    model: null,
    profileId: null,
    personaId: null,
    systemPrompt: null,
    sampling: {},
    tools: [],
    tags: [],
    pinned: false,
  };
  new ChatsRepository(db).insert({
    ...chat,
    preview: '',
    messageCount: 0,
    headId: null,
    answeredProfileId: null,
    activeRunId: null,
    createdAt: at,
    updatedAt: at,
  });
  const part = { type: 'file', attachmentId: used.id, name: 'used', mediaType: 'a/b' } as const;
  new MessagesRepository(db).insert({ ...nothing, id: 'm', chatId: 'c', parentId: null, role: 'user', status: 'complete', parts: [part] });
  for (const [name, age] of [
    ['old.part', 2 * DAY],
    ['new.part', 0],
    [hash('stray'), 2 * DAY],
    ['not-ours', 2 * DAY],
  ] as const) {
    writeFileSync(join(folder, name), 'x');
    utimesSync(join(folder, name), (now - age) / 1000, (now - age) / 1000);
  }
  files.start();
  expect(new Set(readdirSync(folder))).toEqual(new Set([used.id, unused.id, 'new.part', 'not-ours']));
  expect(scheduled.map(({ ms }) => ms)).toEqual([DAY]);
  now += DAY + 1000;
  scheduled[0]?.task();
  expect([used.id, unused.id].map((id) => existsSync(join(folder, id)))).toEqual([true, false]);
  files.stop();
});
