/**
 * `npm run test:shell`, on a Mac: starts the real Electron on a state folder of its own, waits until its agent answers, opens the page as the shell
 * does, starts a second one (which must only wake the first), quits it, and sees that the agent is gone. What can be decided elsewhere is tested elsewhere.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { electronBinary } from './electron.mjs';
import { root } from './setup.mjs';

const PATIENCE_MS = 60_000;
const electron = electronBinary(process.execPath);
if (electron === null) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'mlx-shell-'));
const env = {
  ...process.env,
  HOME: folder,
  MLX_MANAGER_HOME: join(folder, 'state'),
  MLX_MANAGER_SECRETS: 'file',
  HF_ENDPOINT: 'http://127.0.0.1:9',
};
const args = [join(root, 'menubar-agent'), `--user-data-dir=${join(folder, 'data')}`, '--no-starter', '--port=0'];
const launch = () => spawn(electron, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
const ended = (child) => new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(child.exitCode)));
const within = (promise, what) =>
  Promise.race([promise, sleep(PATIENCE_MS, undefined, { ref: false }).then(() => Promise.reject(new Error(`${what} took too long`)))]);
const steps = [];
const check = (what, fine) => {
  steps.push(fine);
  process.stdout.write(`${fine ? '✓' : '✗'} ${what}\n`);
};

const agentFile = () => {
  try {
    return JSON.parse(readFileSync(join(folder, 'state', 'agent.json'), 'utf8'));
  } catch {
    return null; // not written yet
  }
};
const answers = async (file) => {
  try {
    return (await fetch(`http://127.0.0.1:${file.port}/api/health`)).ok;
  } catch {
    return false; // nobody listens
  }
};

const first = launch();
try {
  const agent = await within(
    (async () => {
      for (;;) {
        const file = agentFile();
        if (file && (await answers(file))) return file;
        if (first.exitCode !== null) throw new Error('the shell ended');
        await sleep(100);
      }
    })(),
    'the start of the agent',
  );
  check('the agent answers, started by the shell', true);
  const link = await fetch(`http://127.0.0.1:${agent.port}/api/agent/link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${agent.token}` },
  });
  check('the page can be signed in', link.status === 201);
  const second = launch();
  check('a second start ends by itself', (await within(ended(second), 'the second start')) === 0);
  check('and leaves the agent running', await answers(agent));
  process.kill(agent.pid, 'SIGKILL');
  const again = await within(
    (async () => {
      for (;;) {
        const file = agentFile();
        if (file && file.pid !== agent.pid && (await answers(file))) return file;
        await sleep(100);
      }
    })(),
    'the restart of the agent',
  );
  check('an agent that was killed is started again', true);
  first.kill('SIGTERM');
  await within(ended(first), 'quitting');
  check('quitting ends the agent', !(await answers(again)));
} catch (error) {
  check(error.message, false);
} finally {
  if (first.exitCode === null) first.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = steps.every(Boolean) ? 0 : 1;
