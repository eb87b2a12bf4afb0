import type { DownloadTask, Engine, LocalModel, ModelSearchResult, Server } from '@mlx-manager/shared';
import { beginnersOf, chatModels, engineOf, initialModel, serverOfModel } from './state.js';

const local = (modelId: string, modelType = 'lm', sizeBytes = 1, complete = true): LocalModel =>
  ({ modelId, localPath: `/hub/${modelId}`, sizeBytes, complete, characteristics: { modelType } }) as unknown as LocalModel;
const found = (modelId: string, sizeBytes: number | null, extra: object = {}): ModelSearchResult =>
  ({ modelId, sizeBytes, fits: true, gated: false, characteristics: { modelType: 'lm' }, ...extra }) as unknown as ModelSearchResult;

test('models here that one can chat with, the smallest first', () => {
  const models = [
    local('a/Large', 'lm', 9),
    local('a/Sound', 'whisper'),
    local('a/Small', 'multimodal', 2),
    local('a/Part', 'lm', 1, false),
  ];
  expect(chatModels(models).map((one) => one.modelId)).toEqual(['a/Small', 'a/Large']);
});

test('the engine is the one that serves the kind', () => {
  const engines = [
    { id: 'x', defaultFor: ['whisper'] },
    { id: 'y', defaultFor: ['lm'] },
  ] as unknown as Engine[];
  expect(engineOf(engines, 'lm')?.id).toBe('y');
  expect(engineOf(engines, 'embeddings')).toBeUndefined();
});

test('what was begun is gone on with: a model that runs, else one on its way', () => {
  const models = [local('a/M')];
  const server = { state: 'starting', modelPath: '/hub/a/M' } as Server;
  const downloads = [
    { modelId: 'a/Done', status: 'completed' },
    { modelId: 'a/New', status: 'paused' },
  ] as DownloadTask[];
  expect(initialModel(downloads, [server], models)).toBe('a/M');
  expect(initialModel(downloads, [], models)).toBe('a/New');
  expect(initialModel([], [], models)).toBeNull();
  const failed = { ...server, state: 'failed' } as Server;
  expect(serverOfModel(models[0]!, [failed])).toBeNull();
  expect(serverOfModel(models[0]!, [failed], true)).toBe(failed);
});

test('to begin with: of the most downloaded that fit the small ones, text only, none that asks for terms or has no size', () => {
  const results = [
    found('a/Nine', 9),
    found('a/Gated', 1, { gated: true }),
    found('a/Sound', 1, { characteristics: { modelType: 'whisper' } }),
    found('a/Unknown', null),
    found('a/TooLarge', 1, { fits: false }),
    found('a/Three', 3),
    found('a/Five', 5),
  ];
  expect(beginnersOf(results, 2).map((one) => one.modelId)).toEqual(['a/Three', 'a/Five']);
});
