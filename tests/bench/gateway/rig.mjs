/** Whom the gateway is measured against, and how each is started. */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newEnv, withEngine } from '../agents.mjs';
import { end, startNode } from '../processes.mjs';
import { enginesDir } from '../rig.mjs';

const run = promisify(execFile);
const here = import.meta.dirname;
export const LITELLM = 'litellm[proxy]==1.109.1';

export const startEngine = () => startNode([join(here, 'engine.mjs')], { PATH: process.env.PATH });
export const startPassThrough = (engine) => startNode([join(here, 'pass-through.mjs'), engine], { PATH: process.env.PATH });

/** An agent whose mlx-lm is the stand-in engine: an environment whose Python is Node with that script. */
export async function startGateway(folder) {
  const env = { ...newEnv(folder), MLX_MANAGER_ENGINES_DIR: standInEngines(folder) };
  return withEngine(folder, env, { max_concurrency: 64, queue_size: 1000 });
}

function standInEngines(folder) {
  const real = join(enginesDir, 'mlx-lm');
  const [version] = existsSync(real) ? readdirSync(real) : [];
  if (version === undefined) throw new Error('mlx-lm must be installed first: npm test does it');
  const engines = mkdtempSync(join(folder, 'engines-'));
  const environment = join(engines, 'mlx-lm', version);
  mkdirSync(join(environment, 'bin'), { recursive: true });
  copyFileSync(join(real, version, 'mlx-manager.json'), join(environment, 'mlx-manager.json'));
  const python = join(environment, 'bin', 'python');
  writeFileSync(python, `#!/bin/sh\nexec "${process.execPath}" "${join(here, 'engine.mjs')}" "$@"\n`);
  chmodSync(python, 0o755);
  return engines;
}

/** LiteLLM's proxy, the best known gateway in Python, in front of the same engine. Null with the reason when it cannot be had. */
export async function startLiteLlm(folder, engine) {
  const python = await venv(LITELLM);
  const own = mkdtempSync(join(folder, 'litellm-'));
  const config = join(own, 'config.yaml');
  writeFileSync(
    config,
    `model_list:
  - model_name: Tiny
    litellm_params: { model: openai/Tiny, api_base: "${engine}/v1", api_key: none }
litellm_settings: { telemetry: false, num_retries: 0 }
`,
  );
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const child = spawn(python, [join(python, '../litellm'), '--config', config, '--port', String(port), '--host', '127.0.0.1'], {
    cwd: own,
    detached: true,
    stdio: 'ignore',
    env: {
      PATH: `${join(python, '..')}:${process.env.PATH}`,
      HOME: own,
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      LITELLM_LOG: 'ERROR',
      LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true',
    },
  });
  const exited = once(child, 'exit');
  const address = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 120_000;
  for (;;) {
    const alive = await fetch(`${address}/health/liveliness`).then((answer) => answer.ok).catch(() => false); // prettier-ignore
    if (alive) break;
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error('LiteLLM did not start');
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  return { pid: child.pid, address, end: () => end({ child, exited }) };
}

/** A virtual environment made once. */
async function venv(requirement) {
  const folder = join(enginesDir, 'test-venvs', requirement.replace(/[^\w.-]+/g, '-'));
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(join(folder, '..'), { recursive: true });
  await run('python3', ['-m', 'venv', draft]);
  await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', requirement], { maxBuffer: 1 << 26 });
  renameSync(draft, folder);
  return python;
}

/** One run of the load generator. */
export async function load(options) {
  const { stdout } = await run(process.execPath, [join(here, 'load.mjs'), JSON.stringify(options)], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}
