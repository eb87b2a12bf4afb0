/** Listening beyond loopback, on real sockets: the machine's own address where it has one, else a second loopback address played as one. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { connect, createServer } from 'node:net';
import { silentLogger, systemClock } from '../core/index.js';
import { isFromBeyond, isLiteralOf, isLoopbackAddress, plainAddress } from './addresses.js';
import { Access, HttpServer, Sharing } from './index.js';

const TOKEN = 'a-token-of-this-test';
const KEY = `mlxm_${'k'.repeat(43)}`;
/** An address other machines could use. */
const outer = Object.values(networkInterfaces())
  .flatMap((card) => card ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const withOuter = outer === undefined ? test.skip : test;
const outer6 =
  Object.values(networkInterfaces())
    .flatMap((card) => card ?? [])
    .find(({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/.test(address))?.address ?? '';
const withOuter6 = outer6 === '' ? test.skip : test;
/** All of 127.0.0.0/8 is loopback on Linux; macOS has 127.0.0.1 alone. */
const onLinux = process.platform === 'linux' ? test : test.skip;

interface Rig {
  http: HttpServer;
  sharing: Sharing;
  port: number;
  access: Access;
  owner: { host: string; required: boolean; hosts: string[] };
}
const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((http) => http.app.close()));
});

async function serve(): Promise<Rig> {
  const owner: Rig['owner'] = { host: '127.0.0.1', required: false, hosts: [] };
  const caller = { id: 1, name: 'k', priority: null, requestsPerMinute: null, tokensPerMinute: null, models: null, mayUse: () => true };
  const access = new Access({
    token: TOKEN,
    allowedHosts: () => owner.hosts,
    allowedOrigins: () => [],
    requireApiKey: () => owner.required,
    keys: { recognise: (secret) => (secret === KEY ? { key: caller } : { problem: 'is not known here' }) },
    now: Date.now,
  });
  const http = new HttpServer({ logger: silentLogger(), access });
  http.app.get('/v1/models', () => ({ data: [] }));
  http.app.get('/api/secret', () => 'management');
  http.app.get('/api/health', () => 'ok');
  let port = 0;
  const sharing = new Sharing({
    app: http.app,
    port: () => port,
    host: () => owner.host,
    requireApiKey: () => owner.required,
    clock: systemClock,
    logger: silentLogger(),
  });
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  port = (http.app.server.address() as { port: number }).port;
  running.push(http);
  return { http, access, sharing, port, owner };
}

/** Status and error code; `gone` when nobody listens. */
function ask(hostname: string, port: number, path: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve(`${answer.statusCode}${/"code":"(\w+)"/.exec(body)?.[1]?.replace(/^/, ' ') ?? ''}`));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? resolve('gone') : reject(error)));
    sent.end();
  });
}
const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });

withOuter('another machine needs a key for /v1 and the token for /api, whatever its Host says', async () => {
  const { sharing, port, owner } = await serve();
  owner.host = outer!;
  owner.required = true;
  expect(await ask(outer!, port, '/v1/models', bearer(KEY))).toBe('gone');
  await sharing.follow();
  expect([sharing.addresses(), sharing.urls()]).toEqual([[outer], [`http://${outer}:${port}/v1`]]);
  // The owner turned keys off behind our back: who comes from beyond needs one all the same.
  owner.required = false;
  for (const host of [`${outer}:${port}`, 'localhost', '127.0.0.1', `[::1]:${port}`]) {
    expect(await ask(outer!, port, '/v1/models', { host })).toBe('401 api_key_required');
    expect(await ask(outer!, port, '/v1/models', { host, ...bearer('ollama') })).toBe('401 api_key_required');
    expect(await ask(outer!, port, '/v1/models', { host, ...bearer(`${KEY}x`) })).toBe('401 invalid_api_key');
    expect(await ask(outer!, port, '/v1/models', { host, ...bearer(KEY) })).toBe('200');
    expect(await ask(outer!, port, '/v1/models', { host, 'x-api-key': TOKEN })).toBe('200');
    expect(await ask(outer!, port, '/api/secret', { host, ...bearer(KEY) })).toBe('403 API_KEY_NOT_FOR_MANAGEMENT');
    expect(await ask(outer!, port, '/api/secret', { host })).toBe('401 UNAUTHORIZED');
    expect(await ask(outer!, port, '/api/secret', { host, ...bearer(TOKEN) })).toBe('200');
    expect(await ask(outer!, port, '/api/health', { host })).toBe('401 UNAUTHORIZED');
  }
  // Names must be listed; so must addresses that are not the one it came to.
  expect(await ask(outer!, port, '/v1/models', { host: 'mac.local', ...bearer(KEY) })).toBe('403 forbidden_host');
  expect(await ask(outer!, port, '/v1/models', { host: '192.0.2.250', ...bearer(KEY) })).toBe('403 forbidden_host');
  owner.hosts.push('Mac.local');
  expect(await ask(outer!, port, '/v1/models', { host: `mac.local:${port}`, ...bearer(KEY) })).toBe('200');
  // This machine goes on as before.
  expect(await ask('127.0.0.1', port, '/v1/models')).toBe('200');
});

withOuter('a session of this machine is worth nothing from another', async () => {
  const { sharing, port, owner, access } = await serve();
  Object.assign(owner, { host: outer, required: true });
  await sharing.follow();
  const cookie = access.redeemLink(access.createLink().code).split(';')[0] as string;
  expect(await ask('127.0.0.1', port, '/api/secret', { cookie })).toBe('200');
  expect(await ask(outer!, port, '/api/secret', { cookie })).toBe('401 UNAUTHORIZED');
});

withOuter('0.0.0.0 is every address; a change takes effect at once, and who is shut out is cut off', async () => {
  const { sharing, port, owner } = await serve();
  Object.assign(owner, { host: '0.0.0.0', required: true });
  await sharing.prepare('0.0.0.0', true);
  await sharing.follow();
  expect(sharing.addresses()).toContain(outer);
  expect(await ask(outer!, port, '/v1/models', bearer(KEY))).toBe('200');
  // A connection that stays open does not outlive the change.
  const socket = connect(port, outer);
  await once(socket, 'connect');
  const cut = once(socket, 'close');
  owner.host = '127.0.0.1';
  await sharing.follow();
  await cut;
  expect([sharing.addresses(), await ask(outer!, port, '/v1/models', bearer(KEY))]).toEqual([[], 'gone']);
});

withOuter6(':: is IPv6 too, its addresses in brackets', async () => {
  const { sharing, port, owner } = await serve();
  Object.assign(owner, { host: '::', required: true });
  await sharing.follow();
  expect(sharing.urls()).toContain(`http://[${outer6}]:${port}/v1`);
  expect(await ask(outer6, port, '/v1/models', bearer(KEY))).toBe('200');
  expect(await ask(outer6, port, '/v1/models', { host: 'localhost' })).toBe('401 api_key_required');
});

test('without keys it is refused, also for a name: SHARING_NEEDS_KEYS', async () => {
  const { sharing } = await serve();
  for (const host of ['0.0.0.0', '::', ...(outer === undefined ? [] : [outer])]) {
    await expect(sharing.prepare(host, false)).rejects.toMatchObject({
      code: 'SHARING_NEEDS_KEYS',
      status: 409,
      message: expect.stringContaining(host),
    });
  }
  await sharing.prepare('127.0.0.1', false);
  await sharing.prepare('localhost', false);
  expect(sharing.urls()).toEqual([]);
});

test('a host that is out of reach stays as it is, and hinders no other change', async () => {
  const { sharing, owner } = await serve();
  for (const host of ['203.0.113.1', 'no-such-name.invalid']) {
    Object.assign(owner, { host, required: true });
    await sharing.prepare(host, true);
    await expect(sharing.prepare(host, false)).rejects.toMatchObject({ code: 'SHARING_NEEDS_KEYS' });
    expect(sharing.addresses()).toEqual([]);
  }
  await sharing.prepare('127.0.0.1', false);
});

test('a stored setting that the API would refuse opens nothing', async () => {
  const { sharing, owner } = await serve();
  Object.assign(owner, { host: '0.0.0.0', required: false });
  await sharing.follow();
  expect(sharing.addresses()).toEqual([]);
});

onLinux(
  'an address that is not ours, a name nobody knows, a port that is taken: LISTEN_HOST_UNAVAILABLE, and nothing changes',
  async () => {
    const { sharing, port, owner } = await serve();
    await expect(sharing.prepare('203.0.113.1', true)).rejects.toMatchObject({
      code: 'LISTEN_HOST_UNAVAILABLE',
      message: expect.stringContaining('no address of this machine'),
    });
    await expect(sharing.prepare('no-such-name.invalid', true)).rejects.toMatchObject({ code: 'LISTEN_HOST_UNAVAILABLE', status: 409 });
    const other = createServer();
    await new Promise<void>((done) => other.listen(port, '127.0.0.2', done));
    await expect(sharing.prepare('127.0.0.2', true)).rejects.toMatchObject({
      message: expect.stringContaining('another program uses the port'),
    });
    expect(sharing.addresses()).toEqual([]);
    // At a start it is no reason to fail, and it is tried again until it works.
    owner.host = '127.0.0.2';
    await sharing.follow();
    expect(sharing.addresses()).toEqual([]);
    await new Promise((done) => other.close(done));
    await sharing.follow();
    expect(sharing.addresses()).toEqual(['127.0.0.2']);
    expect(await ask('127.0.0.2', port, '/v1/models')).toBe('200');
  },
);

onLinux('a machine that changes its network is found under its new address', async () => {
  const owner = { machine: ['127.0.0.2', '203.0.113.1'] };
  const rig = await serve();
  let host = '0.0.0.0';
  const sharing = new Sharing({
    app: { addHook: () => undefined, routing: rig.http.app.routing } as unknown as HttpServer['app'],
    port: () => rig.port,
    host: () => host,
    requireApiKey: () => true,
    clock: { schedule: (task) => ((tick = task), () => undefined) },
    logger: silentLogger(),
    machineAddresses: () => owner.machine,
  });
  let tick: () => void = () => undefined;
  // One that cannot be had: all or none.
  host = '127.0.0.1';
  await expect(sharing.prepare('0.0.0.0', true)).rejects.toMatchObject({ code: 'LISTEN_HOST_UNAVAILABLE' });
  expect(sharing.addresses()).toEqual([]);
  host = '0.0.0.0';
  owner.machine = ['127.0.0.2'];
  await sharing.follow();
  expect(sharing.addresses()).toEqual(['127.0.0.2']);
  owner.machine = ['127.0.0.3'];
  tick();
  await sharing.prepare('127.0.0.1', true); // in turn: after the look
  expect(sharing.addresses()).toEqual(['127.0.0.3']);
  expect([await ask('127.0.0.2', rig.port, '/v1/models'), await ask('127.0.0.3', rig.port, '/v1/models')]).toEqual(['gone', '200']);
  owner.machine = [];
  await sharing.follow();
});

onLinux('what is no HTTP is answered in our shape there too, and closing the agent closes it', async () => {
  const { sharing, port, owner, http } = await serve();
  owner.host = '127.0.0.2';
  await sharing.follow();
  expect(await ask('127.0.0.2', port, '/v1/models', { long: 'x'.repeat(40_000) })).toBe('431 PAYLOAD_TOO_LARGE');
  await http.app.close();
  expect([sharing.addresses(), await ask('127.0.0.2', port, '/v1/models')]).toEqual([[], 'gone']);
});

describe('addresses', () => {
  test.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['FD00:0:0::2', 'fd00::2'],
    ['fe80::1%en0', 'fe80::1'],
    ['127.0.0.1', '127.0.0.1'],
  ])('%s is %s', (address, plain) => expect(plainAddress(address)).toBe(plain));
  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['0:0:0:0:0:0:0:1', true],
    ['::ffff:127.0.0.1', true],
    ['::FFFF:127.0.0.1', true],
    ['::ffff:10.0.0.1', false],
    ['10.0.0.1', false],
    ['127.evil.example', false],
    ['localhost', false],
    ['', false],
    [undefined, false],
  ])('%s is loopback: %s', (address, expected) => expect(isLoopbackAddress(address)).toBe(expected));
  test('a socket that is gone is from nowhere', () => expect(isFromBeyond({}, {})).toBe(true));
  test.each([
    ['[fd00::2]', 'fd00:0::2', true],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.1.evil.example', '192.0.2.1', false],
    ['192.0.2.1', undefined, false],
  ])('Host %s on %s: %s', (host, address, expected) => expect(isLiteralOf(host, address)).toBe(expected));
});
