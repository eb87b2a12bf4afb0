#!/usr/bin/env node
/**
 * `npm start`, `npm test` and their parts: brings a good enough Node, installs by the lock file when it changed, builds, runs.
 * Plain JavaScript on Node's own modules, so that it runs on a machine where nothing is installed yet.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { electronBinary, startsShell } from './electron.mjs';
import { ensureExtensionInstalled, ensureInstalled, ensureNode, root } from './setup.mjs';

const [task = 'start', ...rest] = process.argv.slice(2);
const node = await ensureNode();
await ensureInstalled(node);

const bin = (name) => join(root, 'node_modules', '.bin', name);
const env = {
  ...process.env,
  PATH: [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
};

/** Runs a program to its end; signals to us go to it. */
function run(file, args, extra = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: extra.cwd ?? root, stdio: 'inherit', env: { ...env, ...extra.env } });
    const forward = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.on('error', (error) => {
      process.stderr.write(`${file}: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

const jest = (args, extraEnv = {}) =>
  run(
    node,
    ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...args],
    { env: extraEnv },
  );
const build = () => run(node, ['scripts/build.mjs']);
/** The page and the tests in a browser are a project of their own: they know the DOM. */
async function typecheck() {
  const code = await run(node, [bin('tsc'), '-p', '.']);
  return code !== 0 ? code : run(node, [bin('tsc'), '-p', 'menubar-agent/ui']);
}
async function lint() {
  const parts = [
    () => run(node, [bin('eslint'), '--cache', '--cache-location', '.cache/eslint', '.']),
    () => run(node, [bin('prettier'), '--check', '--log-level', 'warn', '--cache', '--cache-location', '.cache/prettier', '.']),
    () =>
      run(node, [
        bin('depcruise'),
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'err',
        'shared/src',
        'menubar-agent/src',
        'menubar-agent/ui/src',
        'tests',
      ]),
  ];
  for (const part of parts) {
    const code = await part();
    if (code !== 0) return code;
  }
  return 0;
}

// In a process of their own: the Node that was brought for the project may not be the one this script runs in.
const buildExtension = () => run(node, ['scripts/raycast/check.mjs', 'build']);
const lintExtension = () => run(node, ['scripts/raycast/check.mjs', 'lint']);

const buildShell = () => run(node, ['scripts/build-shell.mjs']);

/** The menu bar app from the checkout. Answers its exit code; null when Electron cannot be had, and the agent runs alone. */
async function startShell(args) {
  const electron = electronBinary(node);
  if (electron === null) {
    process.stderr.write('✗ Electron could not be brought: the agent runs without the menu bar. `npm start` tries again next time.\n');
    return null;
  }
  const built = await buildShell();
  // Which Node started it: by it the extension and launchd can start the agent again.
  return built !== 0 ? built : run(electron, [join(root, 'menubar-agent'), ...args], { env: { MLX_MANAGER_NODE: node } });
}

const tasks = {
  async start() {
    const built = await build();
    if (built !== 0) return built;
    if (startsShell(rest)) {
      const code = await startShell(rest);
      if (code !== null) return code;
    }
    return run(node, [join(root, 'menubar-agent', 'dist', 'cli.js'), 'start', ...rest]);
  },
  'build:shell': buildShell,
  async 'test:shell'() {
    if (process.platform !== 'darwin') {
      process.stdout.write('Skipped: the smoke test of the menu bar needs a Mac, where it starts the real Electron.\n');
      return 0;
    }
    const built = (await build()) || (await buildShell());
    return built !== 0 ? built : run(node, ['scripts/smoke-shell.mjs', ...rest]);
  },
  async 'record:mac'() {
    return run(node, ['scripts/record-mac.mjs', ...rest]);
  },
  async 'package:mac'() {
    const built = (await build()) || (await buildShell());
    return built !== 0 ? built : run(node, ['scripts/package-mac.mjs', ...rest]);
  },
  build,
  typecheck,
  lint,
  async unit() {
    await ensureExtensionInstalled(node);
    return jest(rest);
  },
  /** Of the extension; with `window`, of the window and the dropdown. */
  async pictures() {
    if (rest[0] === 'window') {
      const built = await build();
      return built !== 0 ? built : jest(['--config', join(root, 'tests', 'browser', 'picture', 'jest.config.mjs'), ...rest.slice(1)]);
    }
    await ensureExtensionInstalled(node);
    return jest(['--config', join(root, 'tests', 'raycast', 'picture', 'jest.config.mjs'), ...rest]);
  },
  async bench() {
    await ensureExtensionInstalled(node);
    const built = await build();
    return built !== 0 ? built : run(node, [join(root, 'tests', 'bench', 'run.mjs'), ...rest]);
  },
  async test() {
    const { testAll } = await import('./test-all.mjs');
    await ensureExtensionInstalled(node);
    return testAll({ node, build, typecheck, lint, buildExtension, lintExtension, jest, run, args: rest });
  },
  async 'prepare-extension'() {
    await ensureExtensionInstalled(node);
    return run(node, ['scripts/prepare-extension.mjs', ...rest]);
  },
};

if (!Object.hasOwn(tasks, task)) {
  process.stderr.write(`There is no task "${task}". Tasks: ${Object.keys(tasks).join(', ')}\n`);
  process.exit(2);
}
if (!existsSync(join(root, 'package.json'))) process.exit(2);
process.exitCode = await tasks[task]();
