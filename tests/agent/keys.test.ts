/** API keys and sharing on a whole agent: over the API, by the command, with the official clients, over a restart. */
import { jest } from '@jest/globals';
import Anthropic from '@anthropic-ai/sdk';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { API_KEY_PREFIX } from '@mlx-manager/shared';
import { main } from '../../menubar-agent/src/cli/main.js';
import { clientOf, endRig, listen, startAgent, type Rig } from '../support/agent.js';

const outer = Object.values(networkInterfaces())
  .flatMap((card) => card ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const withOuter = outer === undefined ? test.skip : test;

let rig: Rig;
beforeEach(async () => {
  rig = await startAgent();
});
afterEach(() => endRig(rig));

const openai = (apiKey: string, address = rig.agent.address) => new OpenAI({ apiKey, baseURL: `${address}/v1`, maxRetries: 0 });
const failure = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => null,
    (error: unknown) => error,
  );

/** Runs a command in this process. */
async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => ((said[stream] += String(text)), true)),
  );
  try {
    return { code: await main(args, rig.env), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test('made, used, changed, revoked: over the API, with what the official clients make of it', async () => {
  const { client } = rig;
  const ear = listen(client, ['key']);
  await client.updateSettings({ body: { requireApiKey: true } });
  expect(await failure(openai('not-needed').models.list())).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(await failure(new Anthropic({ apiKey: 'any', baseURL: rig.agent.address, maxRetries: 0 }).models.list())).toBeInstanceOf(
    Anthropic.AuthenticationError,
  );
  const { key, secret } = await client.createKey({ body: { name: 'Editor', tokensPerMinute: 5000, models: ['Tiny'] } });
  expect(key).toMatchObject({
    name: 'Editor',
    requestsPerMinute: null,
    tokensPerMinute: 5000,
    models: ['Tiny'],
    priority: null,
    revokedAt: null,
  });
  expect(secret.startsWith(key.prefix) && key.prefix.startsWith(API_KEY_PREFIX)).toBe(true);
  expect((await openai(secret).models.list()).data).toEqual([]);
  expect(await client.updateKey({ params: { id: key.id }, body: { priority: 'batch' } })).toMatchObject({
    name: 'Editor',
    priority: 'batch',
  });
  await expect(clientOf(rig.agent.address, secret).listKeys()).rejects.toMatchObject({ code: 'API_KEY_NOT_FOR_MANAGEMENT', status: 403 });
  await client.revokeKey({ params: { id: key.id } });
  expect(await failure(openai(secret).models.list())).toMatchObject({
    status: 401,
    code: 'invalid_api_key',
    message: expect.stringContaining('was revoked'),
  });
  await expect(client.updateKey({ params: { id: key.id }, body: { name: 'x' } })).rejects.toMatchObject({
    code: 'API_KEY_REVOKED',
    status: 409,
  });
  await expect(client.revokeKey({ params: { id: 99 } })).rejects.toMatchObject({ code: 'API_KEY_NOT_FOUND', status: 404 });
  await expect(client.createKey({ body: { name: 'x', requestsPerMinute: 0 } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  const last = await ear.until((event) => event.type === 'key.updated' && event.data.revokedAt !== null);
  await ear.stop();
  expect(last.data).toEqual(await client.getKey({ params: { id: key.id } }));
});

test('over a restart keys go on, and the last use is kept; no file holds a secret', async () => {
  const { key, secret } = await rig.client.createKey({ body: { name: 'Desk' } });
  const gone = await rig.client.createKey({ body: { name: 'Gone' } });
  await rig.client.revokeKey({ params: { id: gone.key.id } });
  await rig.client.updateSettings({ body: { requireApiKey: true, logLevel: 'debug' } });
  await openai(secret).models.list();
  await failure(openai(gone.secret).models.list());
  await failure(openai(`${secret}x`).chat.completions.create({ model: secret.slice(0, 12), messages: [{ role: 'user', content: 'x' }] }));
  await rig.stop();
  const files = readdirSync(rig.folder, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(rig.folder, file)).isFile());
  expect(files.some((file) => file.endsWith('agent.log'))).toBe(true);
  const texts = files.map((file) => readFileSync(join(rig.folder, file), 'latin1'));
  expect(texts.join('')).toContain(key.prefix);
  for (const text of texts) for (const one of [secret, gone.secret]) expect(text).not.toContain(one.slice(12, 24));

  rig = await startAgent({ folder: rig.folder });
  expect(await rig.client.listKeys()).toMatchObject([
    { name: 'Gone', revokedAt: expect.any(String), lastUsedAt: null },
    { name: 'Desk', revokedAt: null, lastUsedAt: expect.any(String) },
  ]);
  expect((await openai(secret).models.list()).data).toEqual([]);
  expect(await failure(openai(gone.secret).models.list())).toBeInstanceOf(OpenAI.AuthenticationError);
});

withOuter('shared on the network and taken back, live, and over a restart', async () => {
  const { client } = rig;
  await expect(client.updateSettings({ body: { listenHost: '0.0.0.0' } })).rejects.toMatchObject({
    code: 'SHARING_NEEDS_KEYS',
    status: 409,
  });
  await expect(client.updateSettings({ body: { listenHost: '203.0.113.1', requireApiKey: true } })).rejects.toMatchObject({
    code: 'LISTEN_HOST_UNAVAILABLE',
  });
  expect(await client.getSettings()).toMatchObject({ listenHost: '127.0.0.1', requireApiKey: false });
  expect((await client.agentStatus()).sharedUrls).toEqual([]);

  const { secret } = await client.createKey({ body: { name: 'Laptop' } });
  await client.updateSettings({ body: { listenHost: outer!, requireApiKey: true } });
  const outside = (): string => `http://${outer}:${rig.agent.port}`;
  expect((await client.agentStatus()).sharedUrls).toEqual([`${outside()}/v1`]);
  expect((await openai(secret, outside()).models.list()).data).toEqual([]);
  expect(await failure(openai('none', outside()).models.list())).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(await clientOf(outside(), rig.agent.token).agentStatus()).toMatchObject({ pid: process.pid });
  await expect(clientOf(outside(), secret).agentStatus()).rejects.toMatchObject({ code: 'API_KEY_NOT_FOR_MANAGEMENT' });
  for (const body of [{ requireApiKey: false }, { requireApiKey: null }]) {
    await expect(client.updateSettings({ body })).rejects.toMatchObject({
      code: 'SHARING_NEEDS_KEYS',
      action: expect.stringContaining('listen_host'),
    });
  }

  await rig.stop();
  rig = await startAgent({ folder: rig.folder });
  await rig.agent.booted;
  expect((await openai(secret, outside()).models.list()).data).toEqual([]);
  await rig.client.updateSettings({ body: { listenHost: null, requireApiKey: false } });
  expect(await failure(openai(secret, outside()).models.list())).toBeInstanceOf(OpenAI.APIConnectionError);
  expect((await openai('any').models.list()).data).toEqual([]);
});

test('the command: create prints the secret alone, list shows no secret, revoke takes name, number or the key', async () => {
  expect(await cli('keys')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('There is no API key') });
  const made = await cli(
    'keys',
    'create',
    'Open WebUI',
    '--requests',
    '60',
    '--tokens',
    '90000',
    '--model',
    'Tiny',
    'org/*',
    '--expires',
    '30d',
    '--priority',
    'batch',
  );
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('cannot be shown again') });
  const secret = made.stdout.trim();
  expect(secret).toMatch(/^mlxm_[\w-]{43}$/);
  expect((await openai(secret).models.list()).data).toEqual([]);
  const [key] = await rig.client.listKeys();
  expect(key).toMatchObject({ requestsPerMinute: 60, tokensPerMinute: 90000, models: ['Tiny', 'org/*'], priority: 'batch' });
  expect(Date.parse(key!.expiresAt!) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
  await cli('keys', 'create', 'second');
  await cli('keys', 'create', '3rd', '--expires', '2999-01-31');

  const listed = await cli('keys', 'list');
  expect(listed.stdout).toMatch(
    /Open WebUI +mlxm_\S{7}… +60 requests\/min, 90000 tokens\/min +Tiny, org\/\* +\d{4}-\d\d-\d\d \d\d:\d\d +until \d{4}-/,
  );
  expect(listed.stdout).not.toContain(secret);
  expect(await cli('keys', 'revoke', 'open webui')).toMatchObject({ code: 0, stderr: expect.stringContaining('"Open WebUI" is revoked') });
  expect(await cli('keys', 'revoke', '2')).toMatchObject({ code: 0, stderr: expect.stringContaining('"second" is revoked') });
  const third = (await rig.client.listKeys())[0]!;
  expect(await cli('keys', 'revoke', `${third.prefix}…`)).toMatchObject({ code: 0, stderr: expect.stringContaining('"3rd" is revoked') });
  expect(await cli('keys', 'list')).toMatchObject({ stdout: '' });
  expect((await cli('keys', 'list', '--all')).stdout).toMatch(/3rd .* revoked \d{4}/);

  const wrong = await cli('keys', 'revoke', secret);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no API key mlxm_') });
  expect(wrong.stderr).not.toContain(secret);
  for (const args of [
    ['create'],
    ['create', 'x', '--expires', 'soon'],
    ['create', 'x', '--requests', '0'],
    ['create', 'x', '--priority', 'urgent'],
  ]) {
    expect(await cli('keys', ...args)).toMatchObject({ code: 2 });
  }
});
