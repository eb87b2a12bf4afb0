/** How the extension finds the agent, and starts one: real files, real processes, a real agent. */
import { jest } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { VERSION_HEADER } from '@mlx-manager/shared';
import {
  agentName,
  clientFor,
  findInstalled,
  isElsewhere,
  locate,
  type Surroundings,
} from '../../../raycast-extension/src/lib/find-agent.js';
import { problemOf } from '../../../raycast-extension/src/lib/problems.js';
import { startInstalled } from '../../../raycast-extension/src/lib/start-agent.js';
import { agentEnv, endRig, newFolder, startAgent, type Rig } from '../../support/agent.js';
import { ensureBuilt, runCli, startAgentProcess } from '../../support/cli.js';
import { freePort } from '../../support/engines.js';

jest.setTimeout(60_000);

let folder: string;
let rig: Rig | undefined;
const servers: Server[] = [];
beforeEach(() => {
  folder = newFolder();
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  if (rig) await endRig(rig);
  rig = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** A machine of which only a folder is known. */
const here = (more: Partial<Surroundings> = {}): Surroundings => ({
  env: { ...agentEnv(folder), PATH: dirname(process.execPath) },
  userHome: folder,
  appFolders: [join(folder, 'Applications')],
  binFolders: [join(folder, 'bin')],
  ...more,
});
const state = (): string => join(folder, 'state');
const write = (path: string, content: unknown): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
};
/** Puts a shell script where the command is looked for. */
const install = (script: string): void => {
  write(join(folder, 'bin', 'mlx-manager'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', 'mlx-manager'), 0o755);
};
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const notHere = (): Promise<void> => Promise.reject(new Error('no app here'));

describe('where it is', () => {
  test('agent.json in the state folder of the preference, of MLX_MANAGER_HOME, or at home', () => {
    const file = { port: 4711, pid: 1, token: 'secret', version: '0.1.0', started_at: 'now' };
    write(join(folder, 'chosen', 'agent.json'), { ...file, port: 1 });
    write(join(folder, 'state', 'agent.json'), { ...file, port: 2 });
    write(join(folder, '.mlx-manager', 'agent.json'), { ...file, port: 3 });
    expect(locate(here({ stateFolder: '~/chosen' }))).toEqual({ baseUrl: 'http://127.0.0.1:1', token: 'secret', remote: false });
    expect(locate(here())).toMatchObject({ baseUrl: 'http://127.0.0.1:2' });
    expect(locate(here({ env: {} }))).toMatchObject({ baseUrl: 'http://127.0.0.1:3' });
  });

  test.each([['{"port": 1'], ['[]'], ['null'], ['{"port": "x", "token": "t"}'], ['{"port": 1, "token": ""}']])(
    'a damaged agent.json tells nothing: %s',
    (text) => {
      write(join(state(), 'agent.json'), text);
      expect(() => locate(here())).toThrow(expect.objectContaining({ code: 'AGENT_NOT_INSTALLED' }));
      install('exit 0');
      expect(() => locate(here())).toThrow(expect.objectContaining({ code: 'AGENT_NOT_RUNNING' }));
    },
  );

  test('the address of the preferences stands first; the token of this machine goes nowhere else', () => {
    write(join(state(), 'agent.json'), { port: 2, token: 'secret' });
    expect(locate(here({ address: 'studio.local:10239/v1' }))).toEqual({
      baseUrl: 'http://studio.local:10239',
      token: undefined,
      remote: true,
    });
    expect(locate(here({ address: 'https://studio.local/', key: 'k' }))).toEqual({
      baseUrl: 'https://studio.local',
      token: 'k',
      remote: true,
    });
    expect(locate(here({ address: 'http://localhost:5' }))).toEqual({ baseUrl: 'http://localhost:5', token: 'secret', remote: false });
    expect(isElsewhere(here())).toBe(false);
    expect(agentName(here({ address: 'http://a/' }))).toBe('http://a');
    expect(agentName(here())).toBe(state());
  });

  test.each(['http://', 'ftp://studio.local', 'a b'])('an address that is none is told: %s', (address) => {
    expect(() => locate(here({ address }))).toThrow(expect.objectContaining({ code: 'AGENT_ADDRESS_INVALID' }));
  });
});

describe('what is installed', () => {
  test('nothing; the command; the app; the command it was started by last', () => {
    expect(findInstalled(here())).toBeNull();
    install('exit 0');
    expect(findInstalled(here())).toEqual({ kind: 'command', command: [join(folder, 'bin', 'mlx-manager')] });
    mkdirSync(join(folder, 'Applications', 'MLX Manager.app'), { recursive: true });
    expect(findInstalled(here())).toEqual({ kind: 'app', path: join(folder, 'Applications', 'MLX Manager.app') });
    const command = [process.execPath, join(folder, 'cli.js')];
    write(join(state(), 'launcher.json'), { command, version: '0.1.0' });
    // Its script is gone, as after an update.
    expect(findInstalled(here())).toMatchObject({ kind: 'app' });
    write(join(folder, 'cli.js'), '');
    expect(findInstalled(here())).toEqual({ kind: 'command', command });
  });

  test('a file that is not executable is no command; a damaged launcher.json tells nothing', () => {
    write(join(folder, 'bin', 'mlx-manager'), 'no program');
    write(join(state(), 'launcher.json'), '{"command": "rm"}');
    expect(findInstalled(here())).toBeNull();
  });
});

describe('asking it', () => {
  test('a running agent answers; one that was killed is not running', async () => {
    rig = await startAgent({ folder });
    expect(await clientFor(locate(here())).health()).toMatchObject({ status: 'ok' });
    expect(await clientFor(locate(here())).listDownloads()).toEqual([]);
    write(join(folder, 'dead', 'agent.json'), { port: 9, token: 't' });
    await expect(clientFor(locate(here({ stateFolder: join(folder, 'dead') }))).health()).rejects.toMatchObject({
      code: 'AGENT_NOT_RUNNING',
    });
  });

  test('a wrong token is refused: UNAUTHORIZED; the screen names the preference', async () => {
    rig = await startAgent({ folder });
    const { baseUrl } = locate(here());
    const error: unknown = await clientFor({ baseUrl, token: 'wrong', remote: false })
      .listDownloads()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(problemOf(error).remedies[0]).toBe('preferences');
    expect(problemOf(error).text).toContain('agent.json');
  });

  test('an agent that is too old: AGENT_VERSION_MISMATCH, whatever it answers', async () => {
    const baseUrl = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', [VERSION_HEADER]: '0.0.9' }).end('[]'),
    );
    await expect(clientFor({ baseUrl, token: 't', remote: false }).listDownloads()).rejects.toMatchObject({
      code: 'AGENT_VERSION_MISMATCH',
      details: { agent: '0.0.9', which: 'the agent' },
    });
  });

  test('an agent elsewhere that does not answer: AGENT_UNREACHABLE, with its address and how to share', async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}`;
    const error: unknown = await clientFor({ baseUrl, token: 't', remote: true })
      .health()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'AGENT_UNREACHABLE', message: expect.stringContaining(baseUrl) });
    expect(problemOf(error).text).toMatch(/nothing listens there.*require_api_key.*listen_host/);
  });

  test('an abort stays an abort', async () => {
    const baseUrl = await serve(() => undefined);
    const left = new AbortController();
    const asked = clientFor({ baseUrl, token: 't', remote: true }).listDownloads({ signal: left.signal });
    left.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('starting it', () => {
  test('an agent elsewhere is never started from here', async () => {
    const address = `http://${
      Object.values(networkInterfaces())
        .flat()
        .find((one) => one && !one.internal)?.address ?? 'studio.local'
    }:1`;
    install(`touch ${folder}/started`);
    await expect(startInstalled(here({ address }), notHere)).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE' });
    expect(existsSync(join(folder, 'started'))).toBe(false);
  });

  test('without an installation: AGENT_NOT_INSTALLED', async () => {
    await expect(startInstalled(here(), notHere)).rejects.toMatchObject({ code: 'AGENT_NOT_INSTALLED' });
  });

  test('a start that fails says what the command said: AGENT_START_FAILED', async () => {
    install('echo "✗ The state folder cannot be used." >&2; echo "  Make it writable." >&2; exit 1');
    await expect(startInstalled(here(), notHere)).rejects.toMatchObject({
      code: 'AGENT_START_FAILED',
      message: 'MLX Manager did not start: The state folder cannot be used. Make it writable.',
      action: expect.stringContaining(join(state(), 'logs', 'start.log')),
    });
    install('exec not-there-at-all');
    await expect(startInstalled(here(), notHere)).rejects.toMatchObject({ code: 'AGENT_START_FAILED' });
  });

  test('a start that hangs, and an app that never answers, end with AGENT_START_FAILED', async () => {
    install('exec sleep 100');
    // A PATH with `sleep` on it, and without the command: npm's own PATH has it, and a real agent would start.
    const env = { ...agentEnv(folder), PATH: '/usr/bin:/bin' };
    await expect(startInstalled(here({ env }), notHere, 300)).rejects.toMatchObject({
      code: 'AGENT_START_FAILED',
      message: expect.stringContaining('in time'),
    });
    mkdirSync(join(folder, 'Applications', 'MLX Manager.app'), { recursive: true });
    const opened: string[] = [];
    const open = async (path: string): Promise<void> => void opened.push(path);
    await expect(startInstalled(here(), open, 300)).rejects.toMatchObject({ code: 'AGENT_START_FAILED' });
    expect(opened).toEqual([join(folder, 'Applications', 'MLX Manager.app')]);
  });

  test('the app is opened, and waited for', async () => {
    mkdirSync(join(folder, 'Applications', 'MLX Manager.app'), { recursive: true });
    const open = async (): Promise<void> => {
      rig = await startAgent({ folder });
    };
    await startInstalled(here(), open);
    expect(await clientFor(locate(here())).health()).toMatchObject({ status: 'ok' });
    await startInstalled(here(), notHere); // runs already: nothing is opened
  });

  test('the agent says in launcher.json how it was started; by that it is started again; uninstall removes it', async () => {
    await ensureBuilt();
    const env = agentEnv(folder);
    const first = await startAgentProcess(env, '--no-starter');
    await first.terminate();
    const file = join(state(), 'launcher.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      command: [process.execPath, expect.stringMatching(/cli\.js$/)],
      version: '0.1.0',
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => locate(here())).toThrow(expect.objectContaining({ code: 'AGENT_NOT_RUNNING' }));

    const port = String(await freePort());
    const place = here({ env: { ...env, MLX_MANAGER_PORT: port } });
    await startInstalled(place, notHere);
    expect(await clientFor(locate(place)).health()).toMatchObject({ status: 'ok' });
    expect(locate(place).baseUrl).toBe(`http://127.0.0.1:${port}`);
    await runCli(env, 'stop');
    expect((await runCli(env, 'uninstall', '--yes')).code).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});
