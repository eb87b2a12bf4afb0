/** Real sockets. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { ephemeralPort, findFreePort, isPortFree } from './index.js';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
async function listen(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a port is free until somebody listens on it, on one address or on all', async () => {
  const port = await ephemeralPort();
  expect(port).toBeGreaterThan(0);
  expect(await isPortFree(port)).toBe(true);
  // Asking left nothing behind.
  expect(await isPortFree(port)).toBe(true);
  expect(await isPortFree(await listen('127.0.0.1'))).toBe(false);
  expect(await isPortFree(await listen('0.0.0.0'))).toBe(false);
});

test('a program that answers on the other loopback address holds the port too', async () => {
  // What macOS allows everywhere, Linux allows between the address families: bound here, answered there.
  expect(await isPortFree(await listen('::1'))).toBe(false);
});

(process.platform === 'linux' ? test : test.skip)('for another address of this machine only that address counts', async () => {
  const port = await listen('127.0.0.1');
  expect(await isPortFree(port, '127.0.0.2')).toBe(true);
  expect(await isPortFree(await listen('127.0.0.2'), '127.0.0.2')).toBe(false);
});

test('the next free port skips the taken ones', async () => {
  const busy = await listen('127.0.0.1');
  const free = await findFreePort(busy);
  expect(free).toBeGreaterThan(busy);
  expect(await findFreePort(busy, [free])).toBeGreaterThan(free);
});

test('no port left is an error that names the start', async () => {
  await expect(findFreePort(65_535, [65_535])).rejects.toMatchObject({ code: 'NO_FREE_PORT', details: { start: 65_535 } });
});

test('an address of another machine is refused', async () => {
  await expect(isPortFree(1, '192.0.2.1')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('a process that is held up for longer than an answer may take does not take a refusal for silence', async () => {
  const port = await ephemeralPort();
  let held = true;
  const holdUp = (): void => {
    const end = Date.now() + 600;
    while (Date.now() < end);
    if (held) setImmediate(holdUp);
  };
  setImmediate(holdUp);
  try {
    expect(await isPortFree(port)).toBe(true);
  } finally {
    held = false;
  }
}, 30_000);
