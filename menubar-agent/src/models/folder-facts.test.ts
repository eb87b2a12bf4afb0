import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderFacts } from './folder-facts.js';

let folder: string;
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const config = (type: string): string => JSON.stringify({ model_type: type, architectures: ['X'] });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'facts-'));
  put('config.json', config('qwen2'));
  put('model.safetensors', 'x'.repeat(100));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the same files are described once; bytes of weights and of all', async () => {
  const facts = new FolderFacts();
  const first = await facts.ofFolder('org/a', folder);
  expect(first).toMatchObject({ weightsBytes: 100, sizeBytes: 100 + config('qwen2').length });
  expect(await facts.ofFolder('org/a', folder)).toBe(first);
  // Another name may tell something else.
  expect(await facts.ofFolder('org/a-4bit', folder)).not.toBe(first);
});

test('a file that was written again, came, went or grew is seen', async () => {
  const facts = new FolderFacts();
  const told = async () => (await facts.ofFolder('org/a', folder)).characteristics.architectureId;
  const written = new Date(2026, 0, 1);
  utimesSync(join(folder, 'config.json'), written, written);
  const before = await told();
  put('config.json', config('llama'));
  // As long as the one before, and of the same time: a copy that keeps it.
  utimesSync(join(folder, 'config.json'), written, written);
  expect(await told()).not.toBe(before);
  const bytes = async () => (await facts.ofFolder('org/a', folder)).sizeBytes;
  const small = await bytes();
  put('model-2.safetensors', 'y');
  expect(await bytes()).toBe(small + 1);
  put('model-2.safetensors', 'yy');
  expect(await bytes()).toBe(small + 2);
  rmSync(join(folder, 'model-2.safetensors'));
  expect(await bytes()).toBe(small);
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub/more.safetensors'), 'zzz');
  expect(await facts.ofFolder('org/a', folder)).toMatchObject({ weightsBytes: 103 });
});

test('a folder that is gone describes nothing, and is described once it is there', async () => {
  const facts = new FolderFacts();
  const gone = join(folder, 'later');
  expect(await facts.ofFolder('org/later', gone)).toMatchObject({ weightsBytes: 0, sizeBytes: 0 });
  mkdirSync(gone);
  writeFileSync(join(gone, 'model.safetensors'), 'abc');
  expect(await facts.ofFolder('org/later', gone)).toMatchObject({ weightsBytes: 3 });
});
