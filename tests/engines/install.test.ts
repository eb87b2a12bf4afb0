/** The installer with real uv and real environments, on an engine that is small enough to be made in a second. */
import { execa } from 'execa';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError, type Engine, type InstallLine } from '../../shared/src/index.js';
import { EventBus, silentLogger, systemClock } from '../../menubar-agent/src/core/index.js';
import { EngineService, getAdapter, type EngineAdapter, type EngineServiceDeps } from '../../menubar-agent/src/engines/index.js';
import { enginesDir, installedEngine } from '../support/engines.js';

let folder: string;
let uvFolder: string;
let python: string;
const services: EngineService[] = [];

beforeAll(async () => {
  // Also puts uv where the tests below can share it, on a machine that has none.
  python = (await installedEngine('mlx-lm')).python;
  const own = join(enginesDir(), '.uv');
  const version = existsSync(own) ? readdirSync(own).find((name) => /^\d/.test(name)) : undefined;
  uvFolder = version === undefined ? '' : join(own, version, 'bin');
}, 900_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'install-'));
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** A wheel of one module, made with Python's own zipfile. */
async function wheel(version: string): Promise<string> {
  const file = join(folder, `toy_engine-${version}-py3-none-any.whl`);
  const program = `
import sys, zipfile
file, version = sys.argv[1:]
info = f"toy_engine-{version}.dist-info/"
with zipfile.ZipFile(file, "w") as z:
    z.writestr("toy_engine.py", f"version = '{version}'\\n")
    z.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: toy-engine\\nVersion: {version}\\n")
    z.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr(info + "RECORD", f"toy_engine.py,,\\n{info}METADATA,,\\n{info}WHEEL,,\\n{info}RECORD,,\\n")
`;
  await execa(python, ['-c', program, file, version]);
  return file;
}

async function toy(version = '1.0.0', changes: Partial<EngineAdapter> = {}): Promise<EngineAdapter> {
  const file = await wheel(version);
  return {
    ...getAdapter('mlx-lm'),
    id: 'toy',
    packageName: 'toy-engine',
    pinnedVersion: version,
    recipe: () => ({
      requirements: [`toy-engine @ file://${file}`],
      overrides: [],
      files: { 'toy_extra.py': 'x = 1\n' },
      smokeImports: ['toy_engine', 'toy_extra'],
    }),
    ...changes,
  };
}

interface World {
  readonly service: EngineService;
  readonly updates: Engine[];
  readonly lines: InstallLine[];
  readonly log: string;
}
function world(
  adapter: EngineAdapter,
  options: { users?: string[]; env?: NodeJS.ProcessEnv; deps?: Partial<EngineServiceDeps> } = {},
): World {
  const bus = new EventBus((error) => {
    throw error;
  });
  const updates: Engine[] = [];
  const lines: InstallLine[] = [];
  bus.on('engine.updated', (engine) => updates.push(engine));
  bus.on('engine.progress', (line) => lines.push(line));
  const service = new EngineService({
    enginesDir: join(folder, 'engines'),
    logsFolder: join(folder, 'logs'),
    bus,
    clock: systemClock,
    logger: silentLogger(),
    env: options.env ?? { ...process.env, PATH: `${uvFolder}:${process.env.PATH ?? ''}` },
    enginePython: () => null,
    usersOf: () => options.users ?? [],
    adapters: [adapter],
    ...options.deps,
  });
  services.push(service);
  return { service, updates, lines, log: join(folder, 'logs', `install-${adapter.id}.log`) };
}
const root = (name: string): string => join(folder, 'engines', 'toy', name);
const textOf = (lines: readonly InstallLine[]): string => lines.map(({ text }) => text).join('\n');

test('missing → installing → installed, with its own uv when the machine has none; then removed', async () => {
  const { service, updates, lines, log } = world(await toy(), { env: { ...process.env, PATH: process.env.PATH } });
  expect(await service.get('toy')).toMatchObject({ state: 'missing', version: null, pinnedVersion: '1.0.0', sizeBytes: null, error: null });
  await expect(service.environment('toy')).rejects.toMatchObject({ code: 'ENGINE_NOT_INSTALLED', details: { state: 'missing' } });

  expect(await service.install('toy')).toMatchObject({ state: 'installing' });
  expect(await service.install('toy')).toMatchObject({ state: 'installing' });
  await expect(service.remove('toy')).rejects.toMatchObject({ code: 'ENGINE_BUSY' });
  const installed = await service.whenInstalled('toy');
  expect(installed).toMatchObject({
    state: 'installed',
    version: '1.0.0',
    upgradeAvailable: false,
    progress: null,
    error: null,
    path: root('1.0.0'),
  });
  expect(installed.python).toMatch(/^3\.\d+\.\d+/);
  expect(installed.sizeBytes).toBeGreaterThan(1_000);
  expect(updates.map(({ state }) => state)).toEqual(['installing', 'installed']);
  expect(textOf(lines)).toMatch(/Trying it[^]*Installed toy-engine 1\.0\.0/);
  expect(service.progressLines('toy')).toEqual(lines);
  expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(lines.length);
  expect(statSync(log).mode & 0o777).toBe(0o600);
  expect(await service.versions()).toMatchObject({ python: installed.python, mlx: null, mlxLm: null });

  const environment = await service.environment('toy');
  const { stdout } = await execa(environment.python, ['-c', 'import toy_engine, toy_extra; print(toy_engine.version)']);
  expect(stdout).toBe('1.0.0');

  await service.remove('toy');
  expect(await service.get('toy')).toMatchObject({ state: 'missing' });
  expect(existsSync(join(folder, 'engines', 'toy'))).toBe(false);
  expect(existsSync(join(folder, 'engines', '.uv', 'cache'))).toBe(false);
  await service.remove('toy');
}, 120_000);

test('half-made and broken environments are noticed and remade', async () => {
  const adapter = await toy();
  const first = world(adapter).service;
  const environment = await first.ensureInstalled('toy');

  unlinkSync(join(environment.root, 'mlx-manager.json'));
  expect(await first.get('toy')).toMatchObject({
    state: 'broken',
    error: { message: 'The engine toy is broken: its installation was not finished.' },
  });
  await expect(first.environment('toy')).rejects.toMatchObject({ details: { state: 'broken' } });
  expect(await first.ensureInstalled('toy')).toEqual(environment);

  unlinkSync(environment.python);
  expect(await first.get('toy')).toMatchObject({ state: 'broken' });
  expect(await first.ensureInstalled('toy')).toEqual(environment);

  // What only running it shows: a new agent's install tries it first.
  const { service, lines } = world(adapter);
  rmSync(join(environment.root, 'lib'), { recursive: true });
  await service.install('toy');
  expect(await service.whenInstalled('toy')).toMatchObject({ state: 'installed' });
  expect(textOf(lines)).toMatch(/It does not work; it is made anew/);
  const again = world(adapter);
  await again.service.install('toy');
  await again.service.whenInstalled('toy');
  expect(textOf(again.lines)).toMatch(/It works$/);
}, 120_000);

test('two agents that share the folder make one environment', async () => {
  const adapter = await toy();
  const [one, two] = [world(adapter), world(adapter)];
  const late: string[] = [];
  const [a, b] = await Promise.all([one.service.ensureInstalled('toy'), two.service.ensureInstalled('toy', ({ text }) => late.push(text))]);
  expect(a).toEqual(b);
  expect(readdirSync(join(folder, 'engines', 'toy'))).toEqual(['1.0.0']);
  const both = `${textOf(one.lines)}\n${textOf(two.lines)}`;
  expect(both).toMatch(/Waiting for process \d+, which installs toy already/);
  expect(both.match(/Making an environment/g)).toHaveLength(1);
  expect(late.length).toBeGreaterThan(0);
  expect(readdirSync(join(folder, 'engines', '.locks'))).toEqual([]);
}, 60_000);

test('an upgrade goes beside, switches, and removes the old one unless it runs', async () => {
  await world(await toy('1.0.0')).service.ensureInstalled('toy');
  const newer = await toy('1.1.0');
  const busy = world(newer, { users: ['my profile'] });
  expect(await busy.service.get('toy')).toMatchObject({ state: 'installed', version: '1.0.0', upgradeAvailable: true });
  expect((await busy.service.ensureInstalled('toy')).root).toBe(root('1.0.0'));
  await busy.service.upgrade('toy');
  expect(await busy.service.whenInstalled('toy')).toMatchObject({ version: '1.1.0', upgradeAvailable: false });
  expect(readdirSync(join(folder, 'engines', 'toy')).sort()).toEqual(['1.0.0', '1.1.0']);
  await expect(busy.service.remove('toy')).rejects.toMatchObject({ code: 'ENGINE_IN_USE', message: 'The engine toy runs my profile.' });

  const idle = world(newer);
  await idle.service.upgrade('toy');
  await idle.service.whenInstalled('toy');
  expect(readdirSync(join(folder, 'engines', 'toy'))).toEqual(['1.1.0']);
}, 60_000);

describe('with a package index of our own', () => {
  let index: Server;
  let port: number;
  let arrived: Promise<void>;
  let answer: number | null;
  beforeEach(async () => {
    answer = 404;
    let tell: () => void;
    arrived = new Promise((done) => (tell = done));
    index = createServer((_request, response) => {
      tell();
      if (answer !== null) response.writeHead(answer).end();
    });
    await new Promise<void>((done) => index.listen(0, '127.0.0.1', done));
    port = (index.address() as AddressInfo).port;
  });
  afterEach(async () => {
    index.closeAllConnections();
    await new Promise((done) => index.close(done));
  });
  const fromIndex = async (): Promise<World> => {
    const adapter = await toy('1.0.0', {
      recipe: () => ({ requirements: ['toy-engine==1.0.0'], overrides: [], files: {}, smokeImports: ['toy_engine'] }),
    });
    const PATH = `${uvFolder}:${process.env.PATH ?? ''}`;
    return world(adapter, {
      env: { ...process.env, PATH, UV_DEFAULT_INDEX: `http://me:geheim@127.0.0.1:${port}/simple`, UV_FIND_LINKS: '' },
    });
  };

  test('a failure says why and where the log is, keeps no secret, and is over with the next success', async () => {
    const { service, log, updates } = await fromIndex();
    await expect(service.ensureInstalled('toy')).rejects.toMatchObject({ code: 'ENGINE_INSTALL_FAILED', details: { log } });
    const engine = await service.get('toy');
    expect(engine).toMatchObject({ state: 'missing', error: { code: 'ENGINE_INSTALL_FAILED' } });
    expect(engine.error?.message).toMatch(/toy-engine/);
    expect(updates.at(-1)).toEqual(engine);
    expect(readFileSync(log, 'utf8') + JSON.stringify(engine)).not.toContain('geheim');
    await world(await toy()).service.ensureInstalled('toy');
    expect(readdirSync(join(folder, 'engines', 'toy'))).toEqual(['1.0.0']);
  }, 60_000);

  test('stop() cancels what is being installed; the next agent makes it anew', async () => {
    answer = null;
    const { service } = await fromIndex();
    const installing = service.ensureInstalled('toy');
    const failed = expect(installing).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await arrived;
    await service.stop();
    await failed;
    expect(() => service.progressLines('toy')).not.toThrow();
    await expect(service.install('toy')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(existsSync(root('1.0.0'))).toBe(true);
    const next = world(await toy());
    expect(await next.service.get('toy')).toMatchObject({ state: 'broken' });
    await next.service.ensureInstalled('toy');
  }, 60_000);
});

test('no Python, or an unsuitable one in the setting, is an error that says what to do', async () => {
  const none = world(await toy('1.0.0', { pythonRange: { min: 90, below: null } })).service;
  await expect(none.ensureInstalled('toy')).rejects.toMatchObject({ code: 'PYTHON_NOT_FOUND', message: 'No Python >=3.90 was found.' });
  expect((await none.get('toy')).error).toMatchObject({
    code: 'PYTHON_NOT_FOUND',
    action: expect.stringContaining('brew install uv') as string,
  });
  const set = world(await toy(), { deps: { enginePython: () => '/bin/false' } }).service;
  await expect(set.ensureInstalled('toy')).rejects.toMatchObject({ code: 'PYTHON_UNSUITABLE', details: { path: '/bin/false' } });
  await expect(set.get('other')).rejects.toBeInstanceOf(AgentError);
  await expect(set.get('other')).rejects.toMatchObject({ code: 'ENGINE_UNKNOWN' });
}, 60_000);

test('a machine with a Python too old for the engine gets uv by it, and uv is asked for a fitting one', async () => {
  // No uv on the PATH, and nowhere to fetch a Python from: what matters is how far it came, and what is said.
  const own = world(await toy('1.0.0', { pythonRange: { min: 14, below: 15 } }), {
    env: { ...process.env, PATH: '/usr/bin:/bin', UV_PYTHON_INSTALL_MIRROR: 'http://127.0.0.1:9', UV_HTTP_RETRIES: '0' },
  });
  const lines: string[] = [];
  await expect(own.service.ensureInstalled('toy', (line) => lines.push(line.text))).rejects.toMatchObject({
    code: 'PYTHON_NOT_FOUND',
    action: expect.stringContaining('brew install uv'),
  });
  expect(lines).toEqual(
    expect.arrayContaining([expect.stringContaining('Getting uv'), expect.stringContaining('asking uv for Python 3.14')]),
  );
}, 120_000);
