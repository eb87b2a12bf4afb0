/** Every error of the table is used by the product and provoked by a test; those that need the whole agent are provoked here. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ERROR_CODES, errorTable } from '@mlx-manager/shared';
import { endRig, startAgent } from '../support/agent.js';
import { startHub } from '../support/hub/index.js';

const root = resolve(import.meta.dirname, '../..');
const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(root, folder, file));
const files = [...sources('shared/src'), ...sources('menubar-agent/src'), ...sources('raycast-extension/src'), ...sources('tests')];
const textOf = (wanted: (file: string) => boolean): string =>
  files
    .filter(wanted)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
const product = textOf((file) => !file.endsWith('.test.ts') && !file.includes('/tests/') && !file.endsWith('shared/src/errors.ts'));
const tests = textOf((file) => file.endsWith('.test.ts'));

test.each(ERROR_CODES)('%s is used by the product and expected by a test', (code) => {
  // Under /v1 codes are written small.
  const quoted = new RegExp(`['"\`]${code}['"\`]`, 'i');
  expect([quoted.test(product), quoted.test(tests)]).toEqual([true, true]);
});

test.each(ERROR_CODES)('%s says what happened and what to do', (code) => {
  const { message, action, status } = errorTable[code];
  expect(message).toMatch(/^.{10,}[.}]$/);
  expect(action.length).toBeGreaterThan(5);
  expect(status === 0 || (status >= 400 && status < 600)).toBe(true);
});

test('a model whose download is not finished cannot be started: MODEL_INCOMPLETE', async () => {
  const hub = await startHub({
    models: [{ id: 'org/slow', files: { 'config.json': '{"model_type":"qwen3"}', 'model.safetensors': { size: 5_000_000, seed: 's' } } }],
  });
  const rig = await startAgent({ hubUrl: hub.url });
  try {
    hub.fault({ at: 'cdn', throttle: 500_000 });
    const { client } = rig;
    const { taskId } = await client.downloadModel({ body: { modelId: 'org/slow' } });
    for await (const task of client.watchDownload(taskId)) if (task.downloadedBytes > 0) break;
    await client.pauseDownload({ params: { taskId } });
    const { id } = await client.createProfile({ body: { name: 'Slow', modelPath: 'org/slow' } });
    await expect(client.startServer({ params: { profileId: id } })).rejects.toMatchObject({ code: 'MODEL_INCOMPLETE', status: 409 });
    expect((await client.listLocalModels())[0]).toMatchObject({ modelId: 'org/slow', complete: false });
  } finally {
    await endRig(rig);
    await hub.stop();
  }
});

test('a model folder of the owner’s is listed, and not deleted: MODEL_READ_ONLY', async () => {
  const rig = await startAgent();
  try {
    const folder = join(rig.folder, 'models', 'org', 'mine');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), '{"model_type":"llama"}');
    writeFileSync(join(folder, 'model.safetensors'), 'x');
    const [model] = await rig.client.listLocalModels();
    expect(model).toMatchObject({ modelId: folder, source: 'folder', complete: true, characteristics: { architecture: 'Llama' } });
    await expect(rig.client.deleteModel({ params: { modelId: folder } })).rejects.toMatchObject({ code: 'MODEL_READ_ONLY', status: 409 });
    expect(await rig.client.getModel({ params: { modelId: folder } })).toMatchObject({ origin: 'local', isDownloaded: true });
  } finally {
    await endRig(rig);
  }
});
