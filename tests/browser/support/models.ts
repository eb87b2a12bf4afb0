/** An agent with a stand-in hub that has models of all kinds, for the pages that find, fetch and use them. */
import { rm } from 'node:fs/promises';
import { startAgent, type Rig } from '../../support/agent.js';
import { tinyModel } from '../../support/engines.js';
import { startHub, type ModelSpec, type StandInHub } from '../../support/hub/index.js';
import { pageFolder } from './page.js';

export const TINY = 'mlx-community/tiny-qwen3-4bit';
export const TINY_8BIT = 'mlx-community/tiny-qwen3-8bit';
export const GATED = 'meta/gated-tiny';
export const HUGE = 'mlx-community/huge-900b-with-a-name-that-does-not-end-before-the-edge-of-the-tile-is-reached-4bit';
export const VISION = 'mlx-community/tiny-vl';
/** Large enough to be caught under way when the hub is slow. */
export const SLOW = 'mlx-community/slow-4bit';

const config = (extra: object = {}): string => JSON.stringify({ model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], ...extra });
const README = `---
license: apache-2.0
---
# Tiny

A model that knows **capitals**. See [its files](model.safetensors) and [a page](https://example.com/).

![a picture](https://tracker.example/pixel.png)
<img src="https://tracker.example/html.png"><script>alert(1)</script>

| Task | Score |
| --- | --- |
| Capitals | 1 |

\`\`\`python
print("hello")
\`\`\`
`;

/** `downloads` also orders them. */
const specs: readonly ModelSpec[] = [
  {
    id: TINY,
    folder: tinyModel,
    files: { 'README.md': README },
    info: { downloads: 9000, likes: 12, tags: ['mlx', 'text-generation', 'license:apache-2.0'] },
  },
  { id: TINY_8BIT, folder: tinyModel, info: { downloads: 8000, usedStorage: 5_000_000 } },
  { id: SLOW, files: { 'config.json': config(), 'model.safetensors': { size: 6_000_000, seed: 'slow' } }, info: { downloads: 7000 } },
  { id: GATED, folder: tinyModel, gated: 'manual', info: { downloads: 6000 } },
  {
    id: HUGE,
    files: { 'config.json': config(), 'model.safetensors': { size: 1000, seed: 'huge' } },
    info: { downloads: 5000, usedStorage: 500e9 },
  },
  {
    id: VISION,
    files: {
      'config.json': JSON.stringify({ model_type: 'qwen2_5_vl', architectures: ['Qwen2_5_VLForConditionalGeneration'], vision_config: {} }),
      'model.safetensors': { size: 2000, seed: 'vision' },
    },
    info: { downloads: 4000, pipeline_tag: 'image-text-to-text', tags: ['mlx', 'image-text-to-text'] },
  },
];

/** Many models, to be scrolled through. */
export const manyModels = (count: number): ModelSpec[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `pages/model-${String(i).padStart(3, '0')}`,
    files: { 'config.json': '{"model_type":"llama"}' },
    info: { downloads: 2000 - i, usedStorage: 1e9 },
  }));

export interface ModelsRig extends Rig {
  readonly hub: StandInHub;
  /** Puts a model onto this machine. */
  download(modelId: string): Promise<void>;
  end(): Promise<void>;
}

export async function startModels(options: { env?: Record<string, string>; models?: readonly ModelSpec[] } = {}): Promise<ModelsRig> {
  const hub = await startHub({ models: [...specs, ...(options.models ?? [])] });
  const rig = await startAgent({ hubUrl: hub.url, ...pageFolder(), ...(options.env && { env: options.env }) });
  return {
    ...rig,
    hub,
    async download(modelId) {
      const { taskId } = await rig.client.downloadModel({ body: { modelId } });
      for await (const task of rig.client.watchDownload(taskId)) {
        if (task.status === 'failed') throw new Error(task.error?.message);
      }
    },
    async end() {
      await rig.stop();
      await hub.stop();
      await rm(rig.folder, { recursive: true, force: true });
    },
  };
}
