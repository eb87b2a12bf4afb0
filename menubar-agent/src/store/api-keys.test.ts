/** Keys in a real database, over the life of several agents. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBus, silentLogger, systemClock } from '../core/index.js';
import { ApiKeys } from '../http/index.js';
import { ApiKeysRepository, openDatabase, type Connection } from './index.js';

let folder: string;
let db: Connection;
const open = (): ApiKeys => {
  db = openDatabase(join(folder, 'state.db'));
  const bus = new EventBus((error) => {
    throw error;
  });
  return new ApiKeys({ storage: new ApiKeysRepository(db), bus, clock: systemClock, logger: silentLogger() });
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-keys-'));
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

test('everything of a key comes back, and its secret opens again; a revoked one does not', () => {
  let keys = open();
  const terms = {
    name: 'Desk “übung”',
    requestsPerMinute: 5,
    tokensPerMinute: 7000,
    models: ['Tiny', 'mlx-community/*'],
    priority: 'batch' as const,
    expiresAt: '2999-01-01T00:00:00Z',
  };
  const desk = keys.create(terms);
  const plain = keys.create({ name: 'plain' });
  keys.revoke(plain.key.id);
  keys.update(desk.key.id, { tokensPerMinute: null });
  expect(keys.recognise(desk.secret)).toMatchObject({ key: { id: desk.key.id } });
  keys.flush();
  const before = keys.list();
  expect(before[1]).toMatchObject({ ...terms, tokensPerMinute: null, lastUsedAt: expect.stringMatching(/^\d{4}-/) });
  db.close();

  keys = open();
  expect(keys.list()).toEqual(before);
  expect(keys.recognise(desk.secret)).toMatchObject({
    key: { name: terms.name, priority: 'batch', requestsPerMinute: 5, tokensPerMinute: null },
  });
  expect(keys.recognise(plain.secret)).toEqual({ problem: expect.stringContaining('was revoked on') });
  // A name is free again when its key is revoked, and an id never is.
  expect(keys.create({ name: 'PLAIN' }).key.id).toBe(plain.key.id + 1);
});

test('the files of the database hold no secret', () => {
  const keys = open();
  const secrets = Array.from({ length: 20 }, (_, i) => keys.create({ name: `key ${i}` }).secret);
  for (const secret of secrets) keys.recognise(secret);
  keys.flush();
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  expect(files.join('')).toContain(secrets[0]?.slice(0, 12));
  for (const secret of secrets) for (const file of files) expect(file).not.toContain(secret.slice(12, 24));
});

test('the database itself lets no two valid keys have one name', () => {
  open().create({ name: 'one' });
  const [record] = new ApiKeysRepository(db).all();
  expect(() => new ApiKeysRepository(db).insert({ ...record!, name: 'ONE', hash: 'other' })).toThrow(/UNIQUE/);
});
