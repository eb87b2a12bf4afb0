import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isComplete } from './starter.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-starter-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A model folder whose only tensor has 16 bytes. */
function model(header: unknown = { x: { dtype: 'F32', shape: [4], data_offsets: [0, 16] }, __metadata__: { format: 'mlx' } }): string {
  const path = join(folder, 'model');
  mkdirSync(path);
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json', 'model.safetensors.index.json']) {
    writeFileSync(join(path, name), '{}');
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(join(path, 'model.safetensors'), Buffer.concat([length, text, Buffer.alloc(16)]));
  return path;
}

test('a whole model is complete', async () => {
  expect(await isComplete(model())).toBe(true);
});

test('a folder that is not there is not complete', async () => {
  expect(await isComplete(join(folder, 'nothing'))).toBe(false);
});

test('nor is one in whose place a file lies', async () => {
  writeFileSync(join(folder, 'file'), '');
  expect(await isComplete(join(folder, 'file'))).toBe(false);
});

test.each(['config.json', 'tokenizer.json', 'model.safetensors'])('without %s it is not complete', async (name) => {
  const path = model();
  rmSync(join(path, name));
  expect(await isComplete(path)).toBe(false);
});

test('a cut JSON file makes it incomplete', async () => {
  const path = model();
  writeFileSync(join(path, 'tokenizer.json'), '{"model":');
  expect(await isComplete(path)).toBe(false);
});

test.each([0, 7, 8, 20, 100])('weights cut to %d bytes make it incomplete', async (length) => {
  const path = model();
  truncateSync(join(path, 'model.safetensors'), length);
  expect(await isComplete(path)).toBe(false);
});

test.each([[{}], [{ x: { data_offsets: [0, 17] } }], [{ x: 3 }], [[]]])(
  'weights that do not fit their header %j make it incomplete',
  async (header) => {
    expect(await isComplete(model(header))).toBe(false);
  },
);
