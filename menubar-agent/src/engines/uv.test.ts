import { maskSecrets, installerEnv, runCommand, CommandError } from './run.js';
import { pipSettingsForUv } from './uv.js';

test('pip’s settings become uv’s, the more particular one wins', () => {
  const config = [
    ":env:.extra-index-url='https://extra.example/simple'",
    "global.cert='/etc/ssl/own.pem'",
    "global.index-url='https://global.example/simple'",
    "install.index-url='https://install.example/simple'",
    "global.find-links='/a/wheels /b/wheels'",
    "global.timeout='60'",
    'a warning of pip',
  ];
  expect(pipSettingsForUv(config, {})).toEqual({
    UV_INDEX: 'https://extra.example/simple',
    UV_DEFAULT_INDEX: 'https://install.example/simple',
    UV_FIND_LINKS: '/a/wheels,/b/wheels',
    SSL_CERT_FILE: '/etc/ssl/own.pem',
  });
  expect(pipSettingsForUv(config, { UV_INDEX_URL: 'https://uv.example', SSL_CERT_FILE: '/x' })).toEqual({
    UV_FIND_LINKS: '/a/wheels,/b/wheels',
  });
});

test('credentials in index addresses are masked, in errors too', async () => {
  expect(maskSecrets('Looking at https://me:geheim@pypi.example/simple, http://token@b.example')).toBe(
    'Looking at https://***@pypi.example/simple, http://***@b.example',
  );
  const lines: string[] = [];
  const failing = runCommand('/bin/sh', ['-c', 'echo error: https://me:geheim@pypi.example; exit 1'], {
    env: {},
    cwd: '/',
    onLine: (line) => lines.push(line),
  });
  await expect(failing).rejects.toThrow('https://***@pypi.example');
  expect(lines.join()).not.toContain('geheim');
});

test('the installer’s environment keeps indexes and drops what would lead it astray', () => {
  const env = installerEnv({
    PATH: '/bin',
    PIP_INDEX_URL: 'i',
    UV_DEFAULT_INDEX: 'u',
    PIP_TARGET: 't',
    UV_PYTHON: 'p',
    PYTHONPATH: 'x',
    VIRTUAL_ENV: 'v',
  });
  expect(env).toMatchObject({ PATH: '/bin', PIP_INDEX_URL: 'i', UV_DEFAULT_INDEX: 'u' });
  for (const name of ['PIP_TARGET', 'UV_PYTHON', 'PYTHONPATH', 'VIRTUAL_ENV']) expect(env).not.toHaveProperty(name);
});

test('a command is cancelled, times out, or cannot be started: each says so', async () => {
  const env = { PATH: process.env.PATH ?? '' };
  const abort = new AbortController();
  const cancelled = runCommand('/bin/sh', ['-c', 'echo ready; exec sleep 60'], {
    env,
    cwd: '/',
    signal: abort.signal,
    onLine: () => abort.abort(),
  });
  await expect(cancelled).rejects.toThrow('it was cancelled');
  await expect(runCommand('/bin/sh', ['-c', 'exec sleep 60'], { env, cwd: '/', timeout: 50 })).rejects.toThrow('it took too long');
  await expect(runCommand('/no/such/program', [], { env, cwd: '/' })).rejects.toBeInstanceOf(CommandError);
  await expect(runCommand('/bin/sh', ['-c', 'exit 7'], { env, cwd: '/' })).rejects.toThrow('it ended with code 7');
});
