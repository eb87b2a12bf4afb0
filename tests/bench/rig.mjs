/** What is measured, and the surroundings it gets. */
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export const bareServer = join(import.meta.dirname, 'bare-server.mjs');
export const agentArgs = [join(root, 'menubar-agent/dist/cli.js'), 'start', '--no-starter', '--port', '0'];
export const tinyModel = join(root, 'tests/fixtures/models/tiny-qwen3');
export const enginesDir = process.env.MLX_MANAGER_ENGINES_DIR ?? join(root, '.cache/engines');

/** The environment of a process: a home and a state of its own, no hub. @param compileCache folder of Node's compile cache. */
export const envOf = (folder, compileCache) => ({
  PATH: process.env.PATH ?? '',
  HOME: folder,
  MLX_MANAGER_HOME: stateOf(folder),
  MLX_MANAGER_ENGINES_DIR: enginesDir,
  HF_HUB_CACHE: join(folder, 'hub'),
  HF_ENDPOINT: 'http://127.0.0.1:9',
  NODE_COMPILE_CACHE: compileCache,
});

export const stateOf = (folder) => join(folder, 'state');
