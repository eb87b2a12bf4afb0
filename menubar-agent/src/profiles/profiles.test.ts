import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { profile as profileSchema, profileExport, type ProfileCreateInput } from '@mlx-manager/shared';
import { agentPaths, EventBus, systemClock } from '../core/index.js';
import { openDatabase, ProfilesRepository, type Connection } from '../store/index.js';
import { ephemeralPort } from '../system/index.js';
import { ProfilesService } from './index.js';

const open: Connection[] = [];
const listening: Server[] = [];
afterEach(async () => {
  for (const db of open.splice(0)) db.close();
  await Promise.all(listening.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function setUp() {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'mlx-profiles-')));
  const models = join(home, 'models');
  mkdirSync(join(models, 'mine'), { recursive: true });
  writeFileSync(join(models, 'mine', 'config.json'), '{}');
  const db = openDatabase(':memory:');
  open.push(db);
  const announced: string[] = [];
  const running = new Set<number>();
  const bus = new EventBus((error) => {
    throw error as Error;
  });
  bus.onAny((event) => announced.push(event.type));
  const changed: string[] = [];
  const firstPort = await ephemeralPort();
  const profiles = new ProfilesService({
    repository: new ProfilesRepository(db),
    bus,
    clock: systemClock,
    paths: agentPaths({ HOME: home }),
    allowedFolders: () => [models],
    firstPort: () => firstPort,
    portHolder: async () => ({ name: 'nginx' }),
    runningPort: () => null,
    isRunning: (id) => running.has(id),
    beforeDelete: async (profile) => void changed.push(`delete ${profile.name}`),
    erase: async (_profile, fromStore) => fromStore(),
    afterUpdate: async (before, after) => void changed.push(`${before.name} → ${after.name}`),
  });
  const create = (changes: Partial<ProfileCreateInput> = {}) => profiles.create({ name: 'Coding', modelPath: 'org/model', ...changes });
  return { profiles, create, home, models, announced, running, changed, firstPort };
}

async function occupy(): Promise<number> {
  const server = createServer();
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

test('a profile gets its defaults and the next port; it is announced', async () => {
  const { create, announced, firstPort } = await setUp();
  const profile = await create();
  expect(profile).toMatchObject({
    modelType: 'lm',
    queueSize: 100,
    host: '127.0.0.1',
    sampling: {},
    origin: 'user',
    launchdInstalled: false,
  });
  expect(profile.port).toBeGreaterThanOrEqual(firstPort);
  expect(announced).toEqual(['profile.created']);
});

test('ten made at once get ten ports', async () => {
  const { create } = await setUp();
  const made = await Promise.all(Array.from({ length: 10 }, (_, i) => create({ name: `P${i}` })));
  expect(new Set(made.map((profile) => profile.port)).size).toBe(10);
});

test('names and aliases are one space, case not mattering', async () => {
  const { profiles, create } = await setUp();
  const first = await create({ aliases: ['code'] });
  await expect(create({ name: 'CODING' })).rejects.toMatchObject({ code: 'PROFILE_NAME_TAKEN' });
  await expect(create({ name: 'Code' })).rejects.toMatchObject({ code: 'PROFILE_NAME_TAKEN' });
  const second = await create({ name: 'Other' });
  await expect(profiles.update(second.id, { aliases: ['coding'] })).rejects.toMatchObject({ code: 'PROFILE_NAME_TAKEN' });
  await expect(profiles.update(first.id, { name: 'coding' })).resolves.toMatchObject({ name: 'coding' });
  expect(profiles.findByName('CODE')?.id).toBe(first.id);
  expect(profiles.findByName('nobody')).toBeNull();
});

test('a port of another profile, or of a program, is refused by name', async () => {
  const { create } = await setUp();
  const first = await create();
  await expect(create({ name: 'B', port: first.port })).rejects.toMatchObject({
    code: 'PORT_TAKEN_BY_PROFILE',
    details: { name: 'Coding' },
  });
  await expect(create({ name: 'B', port: await occupy() })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining('nginx'),
  });
});

test('the next port is really free', async () => {
  const { profiles, create } = await setUp();
  const first = await create();
  expect(await profiles.nextPort()).toBeGreaterThan(first.port);
});

describe('model_path', () => {
  test.each(['../etc', 'a/b/c', 'org/mo..del', 'org/', ' ', 'C:\\x'])('"%s" is refused', async (modelPath) => {
    const { create } = await setUp();
    await expect(create({ modelPath })).rejects.toMatchObject({ code: 'MODEL_PATH_REFUSED' });
  });

  test('a folder inside the allowed ones is taken, one outside is not, nor one that links or climbs out', async () => {
    const { create, models, home } = await setUp();
    const outside = join(home, 'elsewhere');
    mkdirSync(outside);
    writeFileSync(join(outside, 'config.json'), '{}');
    symlinkSync(outside, join(models, 'link'));
    await expect(create({ modelPath: join(models, 'mine') })).resolves.toMatchObject({ modelPath: join(models, 'mine') });
    await expect(create({ name: 'T', modelPath: '~/models/mine' })).resolves.toBeDefined();
    for (const modelPath of [
      outside,
      join(models, 'link'),
      `${models}/mine/../../elsewhere`,
      '~/elsewhere',
      models,
      join(models, 'missing'),
    ]) {
      await expect(create({ name: 'B', modelPath })).rejects.toMatchObject({ code: 'MODEL_PATH_REFUSED' });
    }
  });

  test('a folder without config.json, and a template outside, are refused', async () => {
    const { create, models, home } = await setUp();
    mkdirSync(join(models, 'empty'));
    await expect(create({ modelPath: join(models, 'empty') })).rejects.toMatchObject({ message: expect.stringContaining('config.json') });
    writeFileSync(join(home, 'template.jinja'), '');
    await expect(create({ chatTemplateFile: join(home, 'template.jinja') })).rejects.toMatchObject({ code: 'MODEL_PATH_REFUSED' });
  });
});

test.each(['--port', '--port=1', '--model', '--host', '--trust-remote-code'])('extra_args may not hold %s', async (option) => {
  const { create } = await setUp();
  await expect(create({ extraArgs: [option] })).rejects.toMatchObject({ code: 'EXTRA_ARG_REFUSED' });
});

test.each([['--adapter-path', '/etc'], ['--lora-paths=/etc'], ['--draft-model', '../x'], ['--chat-template=~/x']])(
  'extra_args %s %s may not lead out of the allowed folders',
  async (...extraArgs) => {
    const { create, models } = await setUp();
    await expect(create({ extraArgs })).rejects.toMatchObject({ code: expect.stringMatching(/MODEL_PATH_REFUSED|EXTRA_ARG_REFUSED/) });
    await expect(create({ extraArgs: ['--adapter-path', join(models, 'mine')] })).resolves.toBeDefined();
  },
);

test('an engine that is unknown or cannot serve the type is refused', async () => {
  const { create } = await setUp();
  await expect(create({ engine: 'nope' })).rejects.toMatchObject({ code: 'ENGINE_UNKNOWN' });
  await expect(create({ engine: 'mlx-lm', modelType: 'whisper' })).rejects.toMatchObject({ code: 'ENGINE_CANNOT_SERVE' });
});

test('running a model’s own code is shown with the profile', async () => {
  const { create } = await setUp();
  expect((await create({ trustRemoteCode: true })).warnings[0]).toContain('trust_remote_code');
});

test('an update changes what it names and nothing else', async () => {
  const { profiles, create, changed } = await setUp();
  const before = await create({ systemPrompt: 'x', sampling: { topP: 0.5 } });
  const after = await profiles.update(before.id, { systemPrompt: null, pinned: true });
  expect({ ...after, updatedAt: before.updatedAt }).toEqual({ ...before, systemPrompt: null, pinned: true });
  expect(changed).toEqual(['Coding → Coding']);
  await expect(profiles.update(999, {})).rejects.toMatchObject({ code: 'PROFILE_NOT_FOUND' });
});

test('a running profile is not deleted', async () => {
  const { profiles, create, running, announced } = await setUp();
  const { id } = await create();
  running.add(id);
  await expect(profiles.remove(id)).rejects.toMatchObject({ code: 'PROFILE_RUNNING' });
  running.clear();
  await profiles.remove(id);
  expect(() => profiles.get(id)).toThrow(expect.objectContaining({ code: 'PROFILE_NOT_FOUND' }));
  expect(announced).toEqual(['profile.created', 'profile.deleted']);
});

test('a copy has its own name and port, and no alias', async () => {
  const { profiles, create } = await setUp();
  const first = await create({ aliases: ['code'], systemPrompt: 'x' });
  const copy = await profiles.duplicate(first.id, 'Coding 2');
  expect(copy).toMatchObject({ name: 'Coding 2', aliases: [], systemPrompt: 'x' });
  expect(copy.port).not.toBe(first.port);
});

describe('export and import', () => {
  test('profiles come over whole; what is taken here is changed and said', async () => {
    const here = await setUp();
    await here.create({ aliases: ['code'], systemPrompt: 'x', trustRemoteCode: true, port: here.firstPort });
    // Through JSON, as a file would carry it.
    const bundle = z.decode(profileExport, JSON.parse(JSON.stringify(z.encode(profileExport, here.profiles.export()))));
    const again = await here.profiles.import(bundle);
    expect(again.imported[0]).toMatchObject({ name: 'Coding 2', aliases: [], systemPrompt: 'x', trustRemoteCode: false, origin: 'import' });
    expect(again.changes).toHaveLength(4);
    const there = await setUp();
    const fresh = await there.profiles.import(bundle);
    expect(fresh.imported[0]).toMatchObject({ name: 'Coding', aliases: ['code'] });
  });

  test('long names stay within the limit, and the list can be read', async () => {
    const { profiles, create } = await setUp();
    const name = 'x'.repeat(80);
    await create({ name });
    const { imported } = await profiles.import(profiles.export());
    expect(imported[0]!.name).toBe(`${'x'.repeat(78)} 2`);
    expect(() => z.encode(z.array(profileSchema), profiles.list())).not.toThrow();
  });

  test('one bad profile, and none is taken over', async () => {
    const { profiles, create } = await setUp();
    const { id } = await create();
    const bundle = profiles.export([id]);
    const [good] = bundle.profiles;
    await expect(
      profiles.import({
        ...bundle,
        profiles: [
          { ...good!, name: 'G' },
          { ...good!, name: 'B', extraArgs: ['--port'] },
        ],
      }),
    ).rejects.toMatchObject({ code: 'EXTRA_ARG_REFUSED' });
    expect(profiles.list()).toHaveLength(1);
  });
});
