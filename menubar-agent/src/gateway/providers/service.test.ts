/** Providers with a real database and real secret files. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, openaiEvents, startProvider, stream } from '../../../../tests/support/provider.js';
import { EventBus, silentLogger, systemClock } from '../../core/index.js';
import { openDatabase, ProvidersRepository, SecretsFolder, type Connection } from '../../store/index.js';
import { createSecretVault } from '../../system/index.js';
import { Providers } from './service.js';

const KEY = 'sk-very-secret-0123456789';
let folder: string;
let db: Connection;
let events: unknown[];
let rules: string[];
let providers: Providers;
const make = (): Providers => {
  const bus = new EventBus((error) => {
    throw error;
  });
  bus.onAny((event) => events.push(event));
  return new Providers({
    repository: new ProvidersRepository(db),
    vault: createSecretVault({ platform: 'linux', files: new SecretsFolder(join(folder, 'secrets')), scope: folder }),
    bus,
    clock: systemClock,
    logger: silentLogger(),
    usersOf: () => rules,
  });
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-providers-'));
  db = openDatabase(join(folder, 'x.db'));
  events = [];
  rules = [];
  providers = make();
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});
const secrets = (): string[] => readdirSync(join(folder, 'secrets'));
const input = { name: 'Cloud', protocol: 'openai', baseUrl: 'https://api.example.com/v1' } as const;

test('the key is kept apart: in a file of the owner’s alone, and in no answer, event or database', async () => {
  const made = await providers.create({ ...input, key: KEY, headers: { 'x-team': 'a' } });
  expect(made).toMatchObject({ name: 'Cloud', keySet: true, models: [], headers: { 'x-team': 'a' } });
  const [file] = secrets();
  expect(file).toMatch(/^provider_[0-9a-f]{16}$/);
  expect(statSync(join(folder, 'secrets', file!)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, 'secrets', file!), 'utf8')).toBe(KEY);
  db.pragma('wal_checkpoint(TRUNCATE)');
  for (const name of readdirSync(folder).filter((one) => one.startsWith('x.db')))
    expect(readFileSync(join(folder, name), 'latin1')).not.toContain(KEY);
  expect(JSON.stringify([made, events, await providers.list()])).not.toContain(KEY);
});

test('providers survive a restart, with their keys', async () => {
  const made = await providers.create({ ...input, key: KEY });
  await providers.create({ ...input, name: 'Local', baseUrl: 'http://127.0.0.1:8080' });
  providers = make();
  expect(await providers.list()).toEqual([made, expect.objectContaining({ name: 'Local', keySet: false })]);
  expect(await providers.get(made.id)).toEqual(made);
});

test('changes: only what is named; a key is replaced and forgotten', async () => {
  const { id } = await providers.create({ ...input, key: KEY });
  expect(await providers.update(id, { name: 'Other', models: ['m'] })).toMatchObject({
    name: 'Other',
    models: ['m'],
    keySet: true,
    baseUrl: input.baseUrl,
  });
  expect(await providers.update(id, { key: 'sk-new' })).toMatchObject({ keySet: true });
  expect(readFileSync(join(folder, 'secrets', secrets()[0]!), 'utf8')).toBe('sk-new');
  expect(await providers.update(id, { key: null })).toMatchObject({ keySet: false });
  expect(secrets()).toEqual([]);
});

test('a key is not taken along to another host', async () => {
  const { id } = await providers.create({ ...input, key: KEY });
  expect(await providers.update(id, { baseUrl: 'https://api.example.com/v2' })).toMatchObject({ keySet: true });
  expect(await providers.update(id, { baseUrl: 'https://evil.example/v1' })).toMatchObject({ keySet: false });
  expect(secrets()).toEqual([]);
  expect(await providers.update(id, { baseUrl: 'https://third.example/v1', key: 'sk-third' })).toMatchObject({ keySet: true });
});

test('a provider that rules use stays: PROVIDER_IN_USE; else it goes with its key', async () => {
  const { id } = await providers.create({ ...input, key: KEY });
  rules = ['Big ones'];
  await expect(providers.remove(id)).rejects.toMatchObject({
    code: 'PROVIDER_IN_USE',
    status: 409,
    message: expect.stringContaining('"Big ones"'),
  });
  expect(secrets()).toHaveLength(1);
  rules = [];
  await providers.remove(id);
  expect(secrets()).toEqual([]);
  expect(await providers.list()).toEqual([]);
  expect(events.at(-1)).toEqual({ type: 'provider.removed', data: { id, name: 'Cloud' } });
});

test('names are one provider’s; what is not there is said', async () => {
  const { id } = await providers.create(input);
  await providers.create({ ...input, name: 'Two' });
  await expect(providers.create({ ...input, name: 'CLOUD', key: KEY })).rejects.toMatchObject({ code: 'PROVIDER_NAME_TAKEN', status: 409 });
  await expect(providers.update(id, { name: 'two' })).rejects.toMatchObject({ code: 'PROVIDER_NAME_TAKEN' });
  await expect(providers.update(id, { name: 'cloud' })).resolves.toMatchObject({ name: 'cloud' });
  for (const work of [providers.get(9), providers.update(9, {}), providers.remove(9), providers.test(9)])
    await expect(work).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND', status: 404 });
});

test('it is asked with its key', async () => {
  const server = await startProvider();
  try {
    const { id } = await providers.create({ ...input, baseUrl: server.url, key: KEY });
    server.answer = stream(openaiEvents({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }));
    const said: unknown[] = [];
    for await (const chunk of providers.chat(id, { model: 'm', messages: [] }, new AbortController().signal))
      said.push(chunk.choices[0]?.delta.content);
    expect(said).toEqual(['Hi']);
    server.answer = json(200, { data: [{ id: 'm' }] });
    expect(await providers.test(id)).toMatchObject({ ok: true, models: ['m'] });
    const passed = await providers.pass(
      id,
      { path: '/v1/embeddings', body: '{"model":"x","input":"a"}', model: 'm', stream: false },
      new AbortController().signal,
    );
    let text = '';
    for await (const part of passed.body) text += Buffer.from(part).toString('utf8');
    expect(JSON.parse(text)).toEqual({ data: [{ id: 'm' }] });
    expect(server.asked.map((one) => one.headers.authorization)).toEqual(Array(3).fill(`Bearer ${KEY}`));
    expect(server.asked[2]).toMatchObject({ path: '/v1/embeddings', text: '{"model":"m","input":"a"}' });
  } finally {
    await server.stop();
  }
});

test('a stored provider that is not valid is left aside', async () => {
  db.prepare("INSERT INTO providers (name, secret_name, options, created_at, updated_at) VALUES ('x', 's', '{}', '', '')").run();
  await providers.create(input);
  expect((await providers.list()).map((one) => one.name)).toEqual(['Cloud']);
});
