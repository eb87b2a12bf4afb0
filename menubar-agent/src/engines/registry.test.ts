import { errorTable, MODEL_TYPES } from '@mlx-manager/shared';
import { adapters, adaptersFor, defaultAdapterFor, findAdapter, getAdapter } from './registry.js';

test('every model type has one default engine, which serves it', () => {
  for (const type of MODEL_TYPES) {
    expect(adapters.filter((adapter) => adapter.defaultFor.includes(type))).toHaveLength(1);
    expect(defaultAdapterFor(type).capabilities.modelTypes).toContain(type);
    expect(adaptersFor(type)[0]).toBe(defaultAdapterFor(type));
  }
  expect(defaultAdapterFor('lm').id).toBe('mlx-lm');
  expect(adaptersFor('lm').map(({ id }) => id)).toEqual(['mlx-lm', 'mlx-openai-server', 'mlx-vlm', 'vllm-mlx']);
  expect(adaptersFor('multimodal').map(({ id }) => id)).toEqual(['mlx-vlm', 'mlx-openai-server', 'vllm-mlx']);
  expect(defaultAdapterFor('embeddings').id).toBe('mlx-openai-server');
});

test('an unknown engine is answered with the known ones', () => {
  expect(() => getAdapter('mlx-llm')).toThrow(
    expect.objectContaining({ code: 'ENGINE_UNKNOWN', action: 'Use one of: mlx-lm, mlx-openai-server, mlx-vlm, vllm-mlx.' }),
  );
  expect(findAdapter('mlx-llm')).toBeNull();
  expect(findAdapter('mlx-lm')).toBe(getAdapter('mlx-lm'));
  expect(errorTable.ENGINE_UNKNOWN.status).toBe(404);
});

test('each recipe pins what it installs, and leaves CUDA out on Linux', () => {
  for (const adapter of adapters) {
    for (const platform of ['darwin', 'linux'] as const) {
      const recipe = adapter.recipe(platform);
      expect(recipe.requirements).toContain(`${adapter.packageName}==${adapter.pinnedVersion}`);
      for (const requirement of recipe.requirements) expect(requirement).toMatch(/==/);
      expect(recipe.requirements.some((requirement) => requirement.startsWith('mlx[cpu]'))).toBe(platform === 'linux');
      expect(recipe.smokeImports.length).toBeGreaterThan(0);
      if (platform === 'darwin') expect([recipe.overrides, recipe.files]).toEqual([[], {}]);
    }
  }
});
