import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import {
  ChatsRepository,
  DownloadsRepository,
  InstancesRepository,
  ModelDatesRepository,
  openDatabase,
  ProfilesRepository,
  SecretsFolder,
  SettingsRepository,
  type Connection,
  type ProfileRecord,
} from './index.js';
import { migrations } from './migrations.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'mlx-store-'));
const open: Connection[] = [];
const track = (db: Connection): Connection => (open.push(db), db);
afterEach(() => {
  for (const db of open.splice(0)) db.close();
});

const record = (changes: Partial<ProfileRecord> = {}): Omit<ProfileRecord, 'id'> => ({
  name: 'Coding',
  description: null,
  modelPath: 'a/b',
  modelType: 'lm',
  engine: null,
  aliases: ['code'],
  port: 10240,
  exposePort: false,
  host: '127.0.0.1',
  contextLength: 4096,
  maxConcurrency: null,
  queueTimeout: 300,
  queueSize: 100,
  toolCallParser: null,
  reasoningParser: 'qwen3',
  enableAutoToolChoice: true,
  trustRemoteCode: false,
  chatTemplateFile: null,
  logLevel: 'INFO',
  logFile: null,
  noLogFile: false,
  autoStart: true,
  restartOnCrash: true,
  systemPrompt: 'Be kind.',
  idleMinutes: 5,
  pinned: false,
  sampling: { topP: 0.9 },
  extraArgs: ['--x', "it's"],
  launchdInstalled: false,
  origin: 'user',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...changes,
});

test('a profile comes back as it was kept', () => {
  const profiles = new ProfilesRepository(track(openDatabase(':memory:')));
  const [saved] = profiles.insert([record()]);
  expect(profiles.find(saved!.id)).toEqual({ ...record(), id: saved!.id });
  profiles.update({ ...saved!, name: 'Other', pinned: true, sampling: {} });
  expect(profiles.all()).toEqual([{ ...record(), id: saved!.id, name: 'Other', pinned: true, sampling: {} }]);
  profiles.remove(saved!.id);
  expect(profiles.find(saved!.id)).toBeNull();
});

test('several profiles are added all or none', () => {
  const profiles = new ProfilesRepository(track(openDatabase(':memory:')));
  expect(() => profiles.insert([record(), record({ name: 'CODING', port: 10241 })])).toThrow(/UNIQUE/);
  expect(profiles.all()).toEqual([]);
});

test('a database of a newer release is refused and left as it is', () => {
  const file = join(folder(), 'x.db');
  const db = openDatabase(file);
  db.pragma('user_version = 99');
  db.close();
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: 'STATE_TOO_NEW' }));
});

test('a file that is no database is refused with a code', () => {
  const file = join(folder(), 'x.db');
  writeFileSync(file, 'this is text, long enough to be looked at as a header of a database file');
  expect(() => openDatabase(file)).toThrow(AgentError);
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: 'STATE_NOT_WRITABLE' }));
});

test('a migration that fails leaves the database at the step before', () => {
  const file = join(folder(), 'x.db');
  const good = { name: 'good', sql: 'CREATE TABLE a (x INTEGER)' };
  expect(() => openDatabase(file, [good, { name: 'bad', sql: 'CREATE TABLE b (x INTEGER); SELECT nothing FROM nowhere' }])).toThrow();
  const db = track(openDatabase(file, [good]));
  expect(db.pragma('user_version', { simple: true })).toBe(1);
  expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'b'").get()).toBeUndefined();
});

test('chats of an earlier release have no tools, and belong to whoever answered them last', () => {
  const file = join(folder(), 'x.db');
  const step = migrations.findIndex(({ name }) => name === 'tools of chats, and who answered them last');
  const before = openDatabase(file, migrations.slice(0, step));
  before.exec(`
    INSERT INTO chats (seq, id, title, titled, sampling, tags, pinned, preview, message_count, head_id, created_at, updated_at)
    VALUES (1, 'c', 'Old', 0, '{}', '[]', 0, '', 3, 'e', 'x', 'x'), (2, 'd', 'Empty', 0, '{}', '[]', 0, '', 0, NULL, 'x', 'x');
    INSERT INTO chat_messages (seq, id, chat_seq, parent_id, depth, role, status, profile_id, trimmed, created_at, updated_at, parts)
    VALUES (1, 'a', 1, NULL, 0, 'assistant', 'complete', 4, 0, 'x', 'x', '[]'), (2, 'b', 1, 'a', 1, 'assistant', 'complete', 7, 0, 'x', 'x', '[]'),
      (3, 'e', 1, 'b', 2, 'user', 'complete', NULL, 0, 'x', 'x', '[]'), (4, 'f', 1, 'a', 1, 'assistant', 'complete', 9, 0, 'x', 'x', '[]');
  `);
  before.close();
  const chats = new ChatsRepository(track(openDatabase(file)));
  expect(chats.find('c')).toMatchObject({ tools: [], answeredProfileId: 7 });
  expect(chats.find('d')).toMatchObject({ tools: [], answeredProfileId: null });
});

test('the database file is the owner’s alone', () => {
  const file = join(folder(), 'x.db');
  track(openDatabase(file));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('settings, dates, instances and tasks survive reopening', () => {
  const file = join(folder(), 'x.db');
  const first = openDatabase(file);
  new SettingsRepository(first).set(
    new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
  );
  new SettingsRepository(first).set(new Map([['a', null]]));
  new ModelDatesRepository(first).markDownloaded('m', '2026-01-01T00:00:00.000Z');
  new ModelDatesRepository(first).markUsed('m', '2026-01-02T00:00:00.000Z');
  const [profile] = new ProfilesRepository(first).insert([record()]);
  new InstancesRepository(first).save({ profileId: profile!.id });
  new DownloadsRepository(first).save({ task: { taskId: 't', modelId: 'm' } });
  first.close();
  const db = track(openDatabase(file));
  expect([...new SettingsRepository(db).all()]).toEqual([['b', '2']]);
  expect(new ModelDatesRepository(db).of('m')).toEqual({
    downloadedAt: '2026-01-01T00:00:00.000Z',
    lastUsedAt: '2026-01-02T00:00:00.000Z',
  });
  expect(new InstancesRepository(db).all()).toEqual([{ profileId: profile!.id }]);
  expect(new DownloadsRepository(db).all()).toEqual([{ task: { taskId: 't', modelId: 'm' } }]);
  new ModelDatesRepository(db).remove('m');
  new InstancesRepository(db).remove(profile!.id);
  new DownloadsRepository(db).remove('t');
  expect(new ModelDatesRepository(db).of('m')).toBeNull();
  expect(new InstancesRepository(db).all().length + new DownloadsRepository(db).all().length).toBe(0);
});

test('a secret is a file of the owner’s alone, and can be taken back', () => {
  const at = join(folder(), 'secrets');
  const secrets = new SecretsFolder(at);
  expect(secrets.read('hf_token')).toBeNull();
  secrets.write('hf_token', 'hf_abc');
  expect(secrets.read('hf_token')).toBe('hf_abc');
  expect(statSync(join(at, 'hf_token')).mode & 0o777).toBe(0o600);
  expect(statSync(at).mode & 0o777).toBe(0o700);
  secrets.write('hf_token', null);
  expect(secrets.read('hf_token')).toBeNull();
  expect(() => secrets.read('../x')).toThrow();
});
