#!/usr/bin/env node
/** The command. Brings a newer Node where this one is too old, builds in a checkout that has not been built, then runs. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const agent = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(agent, 'dist', 'cli.js');
const setup = join(dirname(agent), 'scripts', 'setup.mjs');

let node = process.execPath;
if (existsSync(setup)) {
  const { ensureNode } = await import(setup);
  node = await ensureNode();
  if (!existsSync(cli)) spawnSync(node, [join(dirname(agent), 'scripts', 'build.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
}
if (node === process.execPath) {
  process.argv[1] = cli;
  await import(cli);
} else {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
