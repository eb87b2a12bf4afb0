/** Which profile answers for which name. */
import type { LocalModel, Profile } from '@mlx-manager/shared';
import { EventBus } from '../../core/index.js';
import { ModelIndex, nearestNames } from './model-index.js';

const CHAT = '/v1/chat/completions';
const profile = (id: number, name: string, modelPath: string, more: Partial<Profile> = {}): Profile =>
  ({ id, name, modelPath, aliases: [], modelType: 'lm', engine: 'mlx-lm', origin: 'user', ...more }) as Profile;
const all = [
  profile(1, 'Coding', 'org/Coder-7B', { aliases: ['code'] }),
  profile(2, 'Coding Fast', 'org/Coder-7B', { aliases: ['Chat'] }),
  profile(3, 'Chat', 'org/Chat-3B'),
  profile(4, 'Vectors', 'org/Embed', { modelType: 'embeddings', engine: 'mlx-openai-server' }),
];

function setUp(
  options: { profiles?: Profile[]; runs?: number[]; standard?: number; used?: Record<number, number>; here?: LocalModel[] } = {},
) {
  const profiles = [...(options.profiles ?? all)];
  const bus = new EventBus((error) => {
    throw error;
  });
  let reads = 0;
  const made: string[] = [];
  const models = new ModelIndex({
    bus,
    profiles: () => (reads++, [...profiles]),
    isRunning: (id) => (options.runs ?? []).includes(id),
    defaultProfileId: () => options.standard ?? null,
    lastUsed: (id) => options.used?.[id] ?? 0,
    localModels: async () => options.here ?? [],
    localModel: async (name) => options.here?.find(({ modelId }) => modelId === name) ?? null,
    createProfile: async ({ modelId }) => {
      made.push(modelId);
      const created = profile(9, modelId, modelId, { origin: 'auto' });
      profiles.push(created);
      bus.emit('profile.created', created);
      return created;
    },
  });
  return { models, profiles, bus, made, reads: () => reads };
}

test.each([
  ['Coding', 1],
  ['coding', 1],
  ['CODE', 1],
  ['Coding Fast', 2],
  ['chat', 3],
  ['Chat:latest', 3],
  ['org/chat-3b', 3],
  ['org/Coder-7B', 1],
])('%s is answered by profile %i', async (name, id) => {
  expect((await setUp().models.find(name, CHAT)).id).toBe(id);
});

test('of several profiles of a model the running one answers', async () => {
  expect((await setUp({ runs: [2] }).models.find('org/Coder-7B', CHAT)).id).toBe(2);
});

test('an unknown name is told with the nearest ones, one in the form of a hub id with how to get it', async () => {
  const { models } = setUp();
  await expect(models.find('Codng', CHAT)).rejects.toMatchObject({ code: 'UNKNOWN_MODEL', message: expect.stringContaining('"Coding"') });
  await expect(models.find('something quite else', CHAT)).rejects.toMatchObject({ code: 'UNKNOWN_MODEL', details: { near: [] } });
  await expect(models.find('org/Coder-8B', CHAT)).rejects.toMatchObject({
    code: 'MODEL_NOT_HERE',
    status: 404,
    message: expect.stringContaining('"org/Coder-7B"'),
    action: 'Get it with: mlx-manager pull org/Coder-8B',
  });
});

test('a model that is here and has no profile gets one, once however many ask; half a model does not', async () => {
  const here = [
    { modelId: 'org/New', complete: true },
    { modelId: 'org/Half', complete: false },
  ] as LocalModel[];
  const { models, made } = setUp({ here });
  const found = await Promise.all([1, 2, 3].map(async () => models.find('org/New', CHAT)));
  expect([found.map(({ id }) => id), made]).toEqual([[9, 9, 9], ['org/New']]);
  expect((await models.find('org/New', CHAT)).id).toBe(9);
  expect(made).toHaveLength(1);
  await expect(models.find('org/Half', CHAT)).rejects.toMatchObject({ code: 'MODEL_NOT_HERE' });
});

test('a model that cannot answer names those that can', () => {
  const { models } = setUp();
  expect(() => models.find('Vectors', CHAT)).toThrow(
    expect.objectContaining({ code: 'MODEL_CANNOT_ANSWER', action: 'Use "Coding" or "Coding Fast" or "Chat".' }),
  );
  expect(() => models.find('Coding', '/v1/embeddings')).toThrow(expect.objectContaining({ action: 'Use "Vectors".' }));
  expect(() => models.find('Coding', '/v1/images/edits')).toThrow(
    expect.objectContaining({ action: 'Make a profile of type image-edit for it.' }),
  );
});

test('pictures are for a model that sees', async () => {
  const seeing = profile(5, 'Eyes', 'org/VL', { modelType: 'multimodal', engine: 'mlx-vlm' });
  const { models } = setUp({ profiles: [...all, seeing], runs: [1] });
  expect(() => models.find('Coding', CHAT, 'pictures')).toThrow(
    expect.objectContaining({
      code: 'MODEL_CANNOT_ANSWER',
      message: expect.stringContaining('does not answer /v1/chat/completions with pictures'),
      action: 'Use "Eyes".',
    }),
  );
  expect((await models.find('Eyes', CHAT, 'pictures')).id).toBe(5);
  expect((await models.find('auto', CHAT, 'sounds')).id).toBe(5);
  expect((await models.find('auto', CHAT)).id).toBe(1);
  const blind = expect.objectContaining({ code: 'MODEL_CANNOT_ANSWER', action: 'Make a profile of type multimodal for it.' });
  expect(() => setUp().models.find('auto', CHAT, 'pictures')).toThrow(blind);
});

test('auto: the loaded one that was used last, else the default, else the first that can', async () => {
  const auto = async (options: Parameters<typeof setUp>[0], endpoint = CHAT) => (await setUp(options).models.find('auto', endpoint)).id;
  expect(await auto({ runs: [1, 3, 4], used: { 1: 5, 3: 9, 4: 99 } })).toBe(3);
  expect(await auto({ standard: 2 })).toBe(2);
  expect(await auto({ standard: 4 })).toBe(1);
  expect(await auto({ profiles: [...all, profile(7, 'Starter', 'x', { origin: 'starter' })] })).toBe(7);
  expect(await auto({ runs: [3] }, '/v1/embeddings')).toBe(4);
  await expect(setUp({ profiles: [] }).models.find('auto', CHAT)).rejects.toMatchObject({ code: 'NO_MODEL' });
});

test('auto with no profile at all: a model that is here gets one', async () => {
  const model = (modelId: string, modelType: string, complete = true): LocalModel =>
    ({ modelId, complete, profileIds: [], characteristics: { modelType } }) as unknown as LocalModel;
  const here = [model('org/Half', 'lm', false), model('org/Embed', 'embeddings'), model('org/New', 'lm')];
  const { models, made } = setUp({ profiles: [], here });
  expect((await models.unclaimed()).map(({ modelId }) => modelId)).toEqual(['org/Embed', 'org/New']);
  expect([(await models.find('auto', CHAT)).modelPath, made]).toEqual(['org/New', ['org/New']]);
});

test('profiles are read once, and again when one changed', async () => {
  const { models, profiles, bus, reads } = setUp();
  await models.find('Coding', CHAT);
  await models.find('Chat', CHAT);
  expect(reads()).toBe(1);
  profiles[2] = profile(3, 'Talk', 'org/Chat-3B');
  bus.emit('profile.updated', profiles[2]);
  expect((await models.find('Talk', CHAT)).id).toBe(3);
  expect((await models.find('Chat', CHAT)).id).toBe(2); // the alias that the name hid
});

test.each([
  ['qwen', ['qwen3', 'llama'], ['qwen3']],
  ['lama', ['qwen3', 'llama'], ['llama']],
  ['x', ['qwen3'], []],
])('near %s', (wanted, names, near) => {
  expect(nearestNames(wanted, names)).toEqual(near);
});

describe('for a key that opens some models only', () => {
  const only =
    (...names: string[]) =>
    (one: Pick<Profile, 'name' | 'aliases' | 'modelPath'>) =>
      [one.name, ...one.aliases, one.modelPath].some((name) => names.includes(name));
  const failure = async (work: () => unknown): Promise<{ code: string; text: string }> => {
    try {
      await work();
    } catch (error) {
      const { code, message, action, details } = error as Error & { code: string; action: string; details: unknown };
      return { code, text: `${message} ${action} ${JSON.stringify(details)}` };
    }
    throw new Error('it did not fail');
  };

  test('auto is one of them, whatever else is loaded', () => {
    const { models } = setUp({ runs: [3], used: { 3: 5 }, standard: 3 });
    expect(models.find('auto', CHAT)).toMatchObject({ id: 3 });
    expect(models.find('auto', CHAT, null, only('Coding'))).toMatchObject({ id: 1 });
  });

  test('the names of the others are not told', async () => {
    const { models } = setUp();
    const mayUse = only('Vectors');
    expect(await failure(() => models.find('Codinx', CHAT, null, mayUse))).toEqual({
      code: 'UNKNOWN_MODEL',
      text: expect.not.stringContaining('Coding'),
    });
    expect(await failure(() => models.find('Vectors', CHAT, null, mayUse))).toEqual({
      code: 'MODEL_CANNOT_ANSWER',
      text: expect.not.stringContaining('Coding'),
    });
    expect(await failure(() => models.find('Coding', '/v1/embeddings', null, mayUse))).toMatchObject({ code: 'MODEL_NOT_ALLOWED' });
    expect(await failure(() => models.find('auto', '/v1/completions', null, mayUse))).toMatchObject({ code: 'NO_MODEL' });
  });

  test('no profile is made for what it may not use', async () => {
    const here = [{ modelId: 'org/new', complete: true } as LocalModel];
    const { models, made } = setUp({ here });
    expect(await failure(() => models.find('org/new', CHAT, null, only('Coding')))).toMatchObject({ code: 'MODEL_NOT_ALLOWED' });
    expect(made).toEqual([]);
    expect(await models.find('org/new', CHAT, null, only('org/new'))).toMatchObject({ id: 9 });
  });
});
