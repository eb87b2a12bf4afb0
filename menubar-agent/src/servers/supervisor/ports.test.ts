/** A port that is wanted: free, held for a moment, held for good. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { requirePort } from './ports.js';

const HOST = '127.0.0.1';
let held: Server;
let port: number;
beforeEach(async () => {
  held = createServer();
  await new Promise<void>((ready) => held.listen(0, HOST, ready));
  ({ port } = held.address() as AddressInfo);
});
afterEach(() => new Promise((done) => held.close(done)));

test('what holds it and has no name is given a moment to leave', async () => {
  let asked = 0;
  const portHolder = async () => {
    if (++asked === 2) await new Promise((done) => held.close(done));
    return null;
  };
  await requirePort(HOST, port, { portHolder }, 60_000);
  expect(asked).toBe(2);
});

test('what stays is told', async () => {
  const asking = requirePort(HOST, port, { portHolder: async () => null }, 150);
  await expect(asking).rejects.toMatchObject({ code: 'PORT_IN_USE', message: `Port ${port} is in use by another program.` });
});

test('a program is named at once', async () => {
  let asked = 0;
  const portHolder = async () => ({ name: 'nginx', pid: ++asked });
  await expect(requirePort(HOST, port, { portHolder }, 60_000)).rejects.toMatchObject({ details: { program: 'nginx (pid 1)', pid: 1 } });
  expect(asked).toBe(1);
});
