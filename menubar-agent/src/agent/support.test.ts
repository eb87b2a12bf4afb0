import { AgentError } from '@mlx-manager/shared';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PORT } from '@mlx-manager/shared';
import { silentLogger } from '../core/index.js';
import { Access, HttpServer } from '../http/index.js';
import { SecretsFolder } from '../store/index.js';
import { apiToken, boot, checkSettings, guardBySetting, listen, portOf } from './support.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-manager-support-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the token is made once, is long, and only its owner can read it', () => {
  const token = apiToken(new SecretsFolder(join(folder, 'secrets')));
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(apiToken(new SecretsFolder(join(folder, 'secrets')))).toBe(token);
  expect(apiToken(new SecretsFolder(join(folder, 'others')))).not.toBe(token);
  expect(readFileSync(join(folder, 'secrets', 'api_token'), 'utf8')).toBe(token);
  expect(statSync(join(folder, 'secrets', 'api_token')).mode & 0o777).toBe(0o600);
});

test('the sleep guard holds only while the owner wants it, and lets go of what it held', () => {
  const held: string[] = [];
  let wanted = false;
  const guard = guardBySetting(
    {
      hold(reason) {
        held.push(reason);
        return () => void held.pop();
      },
    },
    () => wanted,
  );
  const letNothingGo = guard.hold('unwanted');
  expect(held).toEqual([]);
  letNothingGo();
  wanted = true;
  const letGo = guard.hold('a download');
  expect(held).toEqual(['a download']);
  wanted = false;
  letGo();
  expect(held).toEqual([]);
});

describe('the port', () => {
  test.each([
    [undefined, DEFAULT_PORT],
    ['', DEFAULT_PORT],
    ['0', 0],
    ['12345', 12345],
    ['65535', 65535],
  ])('%j is %i', (text, port) => {
    expect(portOf(text === undefined ? {} : { MLX_MANAGER_PORT: text })).toBe(port);
  });

  test.each(['65536', '-1', '1.5', 'http', ' ', '0x50', '1e3', '80 ', '123456'])('%j is none', (text) => {
    expect(() => portOf({ MLX_MANAGER_PORT: text })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(text) }),
    );
  });
});

describe('listening', () => {
  const open: (HttpServer | Server)[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) {
      if (one instanceof HttpServer) await one.app.close();
      else await new Promise((resolve) => one.close(resolve));
    }
  });
  const server = (): HttpServer => {
    const access = new Access({ token: 't', allowedHosts: () => [], allowedOrigins: () => [], now: Date.now });
    const http = new HttpServer({ logger: silentLogger(), access });
    open.push(http);
    return http;
  };

  test('on any free port, of loopback alone', async () => {
    const http = server();
    const port = await listen(http, 0);
    expect(port).toBeGreaterThan(0);
    expect(http.app.server.address()).toMatchObject({ address: '127.0.0.1', port });
    expect((await fetch(`http://127.0.0.1:${port}/api/nothing`)).status).toBe(401);
  });

  test('on a port that a program has is refused by its number', async () => {
    const other = createServer();
    open.push(other);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(listen(server(), port)).rejects.toMatchObject({ code: 'AGENT_PORT_IN_USE', details: { port } });
  });

  test('another failure stays what it is', async () => {
    await expect(listen(server(), 70_000)).rejects.toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
  });
});

test('a step of the start that fails is in the log and does not hold up the others', async () => {
  const logger = silentLogger();
  const errors: { step: string; err: Error }[] = [];
  logger.error = (entry: { step: string; err: Error }) => void errors.push(entry);
  const done: string[] = [];
  await boot(logger, {
    first: () => void done.push('first'),
    breaks: () => {
      throw new Error('at once');
    },
    rejects: () => Promise.reject(new Error('later')),
    last: async () => void done.push('last'),
  });
  expect(done).toEqual(['first', 'last']);
  expect(errors.map(({ step, err }) => [step, err.message])).toEqual([
    ['breaks', 'at once'],
    ['rejects', 'later'],
  ]);
});

describe('settings that need more than their shape', () => {
  const profiles = {
    get: (id: number): never => {
      throw new AgentError('PROFILE_NOT_FOUND', { profile: id });
    },
  };

  test('a default profile must be one', async () => {
    await expect(checkSettings({ defaultProfileId: 99_999 }, profiles)).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
    await checkSettings({ defaultProfileId: null }, profiles);
  });

  test('a Python that is none is refused; none at all, and others, are fine', async () => {
    writeFileSync(join(folder, 'python'), '');
    for (const enginePython of [join(folder, 'missing'), join(folder, 'python'), 'python3'])
      await expect(checkSettings({ enginePython }, profiles)).rejects.toMatchObject({
        code: 'PYTHON_UNSUITABLE',
        details: { path: enginePython },
      });
    await checkSettings({ enginePython: null }, profiles);
    await checkSettings({}, profiles);
    await checkSettings({ maxDownloads: 3 }, profiles);
  });

  test('a real one is taken', async () => {
    const enginePython = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    await checkSettings({ enginePython }, profiles);
  });
});
