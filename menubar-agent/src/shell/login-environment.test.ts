/** Real shells, with a home of their own: bash and sh where they are, and scripts that behave as shells do, well and badly. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentEnvironment, IMPORTED, mergeEnvironment, needsLoginShell, parseAnswer, readLoginShell } from './login-environment.js';

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'mlx-login-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const script = (name: string, body: string): string => {
  const file = join(home, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
};
/** What a shell does with `-i -l -c COMMAND` behind its profile. */
const RUN = 'for last; do :; done; exec /bin/sh -c "$last"';
const env = (): Record<string, string> => ({ HOME: home, PATH: '/usr/bin:/bin' });

test.each(['/bin/bash', '/bin/zsh', '/usr/bin/fish'].filter((shell) => existsSync(shell)))(
  '%s tells what its profile exports',
  async (shell) => {
    const profile = 'echo welcome; export HF_HOME="/Volumes/Big Disk/hf" HF_TOKEN="hf_a=b\'c"; export PATH="/opt/homebrew/bin:$PATH"\n';
    for (const name of ['.bash_profile', '.zprofile']) writeFileSync(join(home, name), profile);
    const found = await readLoginShell({ shell, env: env() });
    if (shell.endsWith('fish')) expect(found.PATH).toContain('/usr/bin');
    else expect(found).toMatchObject({ HF_HOME: '/Volumes/Big Disk/hf', HF_TOKEN: "hf_a=b'c" });
    if (!shell.endsWith('fish')) expect(found.PATH).toMatch(/^\/opt\/homebrew\/bin:/);
    expect(found.HF_ENDPOINT).toBeUndefined();
  },
);

test('a chatty profile, line breaks in values, and what it leaves running do not matter', async () => {
  const shell = script('chatty', `echo mlx-manager-environment; printf 'no\\0'; sleep 60 & export HF_HOME='/a\nb'; ${RUN}`);
  expect(await readLoginShell({ shell, env: env() })).toMatchObject({ HF_HOME: '/a\nb', PATH: '/usr/bin:/bin' });
});

test('csh takes its own options; profiles can see what they are asked for', async () => {
  const shell = script('tcsh', `[ "$1" = -ic ] || exit 1; export HF_HOME="$MLX_MANAGER_RESOLVING_ENVIRONMENT"; ${RUN}`);
  expect(await readLoginShell({ shell, env: env() })).toMatchObject({ HF_HOME: '1' });
});

test.each([
  ['waits for ever', 'sleep 60', /no answer within 200 ms/],
  ['prints without end', 'yes', /prints without end/],
  ['fails', 'echo bye; exit 3', /gave no answer/],
])('a shell that %s is given up', async (_name, body, problem) => {
  await expect(readLoginShell({ shell: script('bad', body), env: env(), timeoutMs: body === 'sleep 60' ? 200 : 10_000 })).rejects.toThrow(
    problem,
  );
});

test('a shell that is not there', async () => {
  await expect(readLoginShell({ shell: join(home, 'none'), env: env() })).rejects.toThrow(/ENOENT/);
});

test('answers in parts', () => {
  const whole = 'noise\nmlx-manager-environment\0HF_HOME=/x\0HF_TOKEN=\0PATH=/bin\0mlx-manager-environment\0';
  for (let end = 0; end < whole.length; end++) expect(parseAnswer(whole.slice(0, end))).toBeNull();
  expect(parseAnswer(whole)).toEqual({ HF_HOME: '/x', PATH: '/bin' });
});

test('ours stands over the shell’s; of the path both count', () => {
  expect(
    mergeEnvironment(
      { HF_HOME: '/mine', PATH: '/usr/bin:/bin', HF_TOKEN: '' },
      { HF_HOME: '/theirs', HF_TOKEN: 't', PATH: '/opt/bin:/usr/bin' },
    ),
  ).toEqual({
    HF_HOME: '/mine',
    HF_TOKEN: 't',
    PATH: '/opt/bin:/usr/bin:/bin',
  });
  expect(needsLoginShell({}, 'darwin')).toBe(true);
  expect(needsLoginShell({ SHLVL: '1' }, 'darwin')).toBe(false);
  expect(needsLoginShell({}, 'linux')).toBe(false);
  expect(IMPORTED).toEqual(expect.arrayContaining(['HF_HOME', 'HF_TOKEN', 'HF_HUB_CACHE', 'HF_ENDPOINT', 'PATH']));
});

test('the first start waits a little, later ones not at all; the answer is kept for its owner alone', async () => {
  const problems: unknown[] = [];
  const file = join(home, 'secrets', 'login-environment.json');
  const ask = (shell: string, patienceMs: number): ReturnType<typeof agentEnvironment> =>
    agentEnvironment({
      env: { ...env(), SHELL: shell },
      platform: 'darwin',
      file,
      onProblem: (error) => problems.push(error),
      patienceMs,
      timeoutMs: 5000,
    });
  expect(await ask(script('quick', `export HF_HOME=/one; ${RUN}`), 5000)).toMatchObject({ HF_HOME: '/one' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // A slow one: what is kept is taken at once, and its answer is for the next time.
  const go = join(home, 'go');
  expect(await ask(script('slow', `while [ ! -e ${go} ]; do sleep 0.05; done; export HF_HOME=/two; ${RUN}`), 0)).toMatchObject({
    HF_HOME: '/one',
  });
  writeFileSync(go, '');
  while (!readFileSync(file, 'utf8').includes('/two')) await new Promise((done) => setTimeout(done, 20));
  expect(problems).toEqual([]);
  // Nothing kept and no answer in time: the start goes on without.
  rmSync(file);
  expect(await ask(script('stuck', 'sleep 1; exit 1'), 10)).toEqual({ ...env(), SHELL: join(home, 'stuck') });
  while (problems.length === 0) await new Promise((done) => setTimeout(done, 20));
  const untouched = { ...env(), SHLVL: '1' };
  expect(await agentEnvironment({ env: untouched, platform: 'darwin', file, onProblem: () => undefined })).toBe(untouched);
});
