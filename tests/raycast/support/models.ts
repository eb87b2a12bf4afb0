/** What the tests of Search Models and Manage Models share: a real agent, a stand-in hub with models of all kinds, and Raycast around them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { listen, startAgent, type Rig } from '../../support/agent.js';
import { installedEngine, tinyModel } from '../../support/engines.js';
import { startHub, type ModelSpec, type StandInHub } from '../../support/hub/index.js';
import { builtExtension, createHost, type Host } from '../host/index.js';

export const TINY = 'mlx-community/tiny-qwen3-4bit';
export const TINY_8BIT = 'mlx-community/tiny-qwen3-8bit';
export const GATED = 'meta/gated-tiny';
export const HUGE = 'mlx-community/huge-900b';
export const VISION = 'mlx-community/tiny-vl';
export const EMBEDDINGS = 'mlx-community/tiny-embed';
/** Large enough to be caught under way when the hub is slow. */
export const SLOW = 'mlx-community/slow-4bit';

const config = (extra: object = {}): string => JSON.stringify({ model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], ...extra });

/** A model on the hub; `downloads` also orders them. */
const specs: readonly ModelSpec[] = [
  { id: TINY, folder: tinyModel, info: { downloads: 9000, likes: 12, tags: ['mlx', 'text-generation', 'license:apache-2.0'] } },
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
  {
    id: EMBEDDINGS,
    files: { 'config.json': JSON.stringify({ model_type: 'bert' }), 'model.safetensors': { size: 2000, seed: 'embed' } },
    info: { downloads: 3000, pipeline_tag: 'feature-extraction', tags: ['mlx', 'feature-extraction'] },
  },
];

export interface ModelsRig extends Rig {
  readonly hub: StandInHub;
  readonly host: Host;
  /** Raycast anew, with what the first one remembered. */
  again(preferences?: Record<string, unknown>): Promise<Host>;
  /** Puts a model onto this machine. */
  download(modelId: string): Promise<void>;
  end(): Promise<void>;
}

export async function startModels(
  options: { env?: Record<string, string>; preferences?: Record<string, unknown>; models?: readonly ModelSpec[] } = {},
): Promise<ModelsRig> {
  // On a machine where no test was before, the agent would ask whether it may install one.
  await installedEngine('mlx-lm');
  const hub = await startHub({ models: [...specs, ...(options.models ?? [])] });
  const rig = await startAgent({ hubUrl: hub.url, ...(options.env && { env: options.env }) });
  const supportPath = mkdtempSync(join(tmpdir(), 'raycast-models-'));
  const folder = await builtExtension();
  const hosts: Host[] = [];
  const open = (preferences: Record<string, unknown> = {}): Host => {
    const host = createHost({ folder, supportPath, preferences, env: { MLX_MANAGER_HOME: rig.env.MLX_MANAGER_HOME } });
    hosts.push(host);
    return host;
  };
  return {
    ...rig,
    hub,
    host: open(options.preferences),
    async again(preferences) {
      await hosts.pop()?.close();
      return open(preferences);
    },
    async download(modelId) {
      const { taskId } = await rig.client.downloadModel({ body: { modelId } });
      for await (const task of rig.client.watchDownload(taskId)) {
        if (task.status === 'failed') throw new Error(task.error?.message);
      }
    },
    async end() {
      const closing = await Promise.allSettled(hosts.map((host) => host.close()));
      await rig.stop();
      await hub.stop();
      await Promise.all([rig.folder, supportPath].map((path) => rm(path, { recursive: true, force: true })));
      for (const one of closing) if (one.status === 'rejected') throw one.reason;
    },
  };
}

/** Resolves when a server of that profile is in that state. */
export async function serverIs(rig: Rig, state: string): Promise<void> {
  const ear = listen(rig.client, ['server']);
  try {
    if ((await rig.client.listServers()).some((server) => server.state === state)) return;
    await ear.until((event) => event.type === 'server.updated' && event.data.state === state);
  } finally {
    await ear.stop();
  }
}
