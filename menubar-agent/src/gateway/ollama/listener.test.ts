import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import fetch from 'node-fetch';
import type { Settings } from '@mlx-manager/shared';
import { EventBus, silentLogger } from '../../core/index.js';
import { Access, HttpServer } from '../../http/index.js';
import { OllamaListener } from './listener.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A program of somebody else's on some port. */
async function program(): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => server.close());
  return { port: (server.address() as AddressInfo).port, server };
}
async function freePort(): Promise<number> {
  const { port, server } = await program();
  server.close();
  await once(server, 'close');
  return port;
}

async function setUp(port: number) {
  const bus = new EventBus((error) => {
    throw error as Error;
  });
  const wanted = { enabled: true, port };
  const held = new Map<number, string>();
  const access = new Access({ token: 't', allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
  const listener = new OllamaListener({
    bus,
    logger: silentLogger(),
    wanted: () => wanted,
    portHolder: async (one) => held.get(one) ?? null,
    createServer: () => {
      const http = new HttpServer({ logger: silentLogger(), access, areaOf: () => 'public' });
      http.app.get('/', () => 'here');
      return http;
    },
  });
  open.push(() => listener.stop());
  const change = async (changes: Partial<typeof wanted>): Promise<void> => {
    Object.assign(wanted, changes);
    bus.emit('settings.updated', {} as Settings);
    await listener.apply();
  };
  return { listener, change, held };
}
const here = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}`)).text();

test('it opens, moves and closes as the settings say', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const { listener, change } = await setUp(first);
  expect(await listener.status()).toEqual({ enabled: true, listening: false, port: first, url: null, portFree: true, error: null });
  await listener.apply();
  expect(await here(first)).toBe('here');
  expect(await listener.status()).toEqual({
    enabled: true,
    listening: true,
    port: first,
    url: `http://127.0.0.1:${first}`,
    portFree: true,
    error: null,
  });
  await change({ port: second });
  expect(await here(second)).toBe('here');
  await expect(here(first)).rejects.toThrow();
  await change({ enabled: false });
  await expect(here(second)).rejects.toThrow();
  await change({ enabled: true });
  expect(await here(second)).toBe('here');
  await listener.stop();
  await expect(here(second)).rejects.toThrow();
  await change({ port: first });
  await expect(here(first)).rejects.toThrow();
});

test('a taken port is told, before and after; it opens when that program is gone', async () => {
  const { port, server } = await program();
  const { listener, held, change } = await setUp(port);
  held.set(port, 'ollama');
  await expect(listener.check(true, port)).rejects.toMatchObject({ code: 'OLLAMA_PORT_TAKEN', details: { port, program: 'ollama' } });
  await listener.check(false, port);
  await listener.apply();
  expect(await listener.status()).toMatchObject({
    listening: false,
    portFree: false,
    error: { code: 'OLLAMA_PORT_TAKEN', message: expect.stringContaining('ollama') },
  });
  server.close();
  await once(server, 'close');
  held.clear();
  await change({});
  expect(await listener.status()).toMatchObject({ listening: true, error: null });
  // Its own port is not taken by another.
  held.set(port, 'node');
  await listener.check(true, port);
});
