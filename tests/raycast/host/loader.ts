/**
 * Runs a built command as Raycast's process does: outside jest's sandbox (so that errors, dates and streams are of Node's own realm), with
 * an environment and a home folder of its own, and with timers and requests that end when its process would.
 */
import childProcess from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname } from 'node:path';
import { promisify, inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import React from 'react';
import jsxRuntime from 'react/jsx-runtime';

const outer = runInThisContext('({ process, fetch, setTimeout, clearTimeout, setInterval, clearInterval, AbortSignal })') as Pick<
  typeof globalThis,
  'process' | 'fetch' | 'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval' | 'AbortSignal'
>;
const nodeRequire = createRequire(import.meta.url);

export interface LoadOptions {
  file: string;
  api: object;
  env: Record<string, string | undefined>;
  log(level: string, text: string): void;
}
export interface Loaded {
  exports: { default?: unknown } & Record<string, unknown>;
  /** What the end of the process does: timers stop, requests break off. */
  end(): void;
}

type Spawner = (...args: unknown[]) => unknown;

/** child_process whose children inherit the command's environment, not the test's. */
function children(env: NodeJS.ProcessEnv): object {
  const wrap = (original: Spawner): Spawner => {
    const withEnv = (args: unknown[]): unknown[] => {
      const at = args.findIndex((one, i) => i > 0 && typeof one === 'object' && one !== null && !Array.isArray(one));
      if (at >= 0) return args.with(at, { env, ...(args[at] as object) });
      const callback = args.findIndex((one) => typeof one === 'function');
      return callback < 0 ? [...args, { env }] : args.toSpliced(callback, 0, { env });
    };
    const wrapped: Spawner = (...args) => original(...withEnv(args));
    const custom = (original as unknown as Record<symbol, Spawner | undefined>)[promisify.custom];
    return custom ? Object.assign(wrapped, { [promisify.custom]: (...args: unknown[]) => custom(...withEnv(args)) }) : wrapped;
  };
  const names = ['spawn', 'execFile', 'exec', 'fork', 'spawnSync', 'execFileSync', 'execSync'] as const;
  return { ...childProcess, ...Object.fromEntries(names.map((name) => [name, wrap(childProcess[name] as Spawner)])) };
}

export function load({ file, api, env, log }: LoadOptions): Loaded {
  if (!existsSync(file)) throw new Error(`${file} is not built.`);
  const process = Object.create(outer.process, { env: { value: env } }) as NodeJS.Process;
  const home = env.HOME ?? os.homedir();
  const modules: Record<string, unknown> = {
    react: React,
    'react/jsx-runtime': jsxRuntime,
    '@raycast/api': api,
    os: { ...os, homedir: () => home, tmpdir: () => env.TMPDIR ?? os.tmpdir() },
    child_process: children(env),
    process,
  };
  const require = (name: string): unknown => modules[name.replace(/^node:/, '')] ?? nodeRequire(name);

  const ended = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const keep = (timer: NodeJS.Timeout): NodeJS.Timeout => {
    timers.add(timer);
    return timer;
  };
  const drop = (clear: (timer?: NodeJS.Timeout) => void) => (timer?: NodeJS.Timeout) => {
    if (timer) timers.delete(timer);
    clear(timer);
  };
  const write =
    (level: string) =>
    (...parts: unknown[]) =>
      log(level, parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '));
  const given = {
    process,
    console: Object.fromEntries(['log', 'info', 'warn', 'error', 'debug', 'trace'].map((level) => [level, write(level)])),
    fetch: (input: Parameters<typeof fetch>[0], init: RequestInit = {}) =>
      outer.fetch(input, { ...init, signal: outer.AbortSignal.any([...(init.signal ? [init.signal] : []), ended.signal]) }),
    setTimeout: Object.assign((fn: () => void, ms?: number, ...args: []) => keep(outer.setTimeout(fn, ms, ...args)), {
      [promisify.custom]: (outer.setTimeout as unknown as Record<symbol, unknown>)[promisify.custom],
    }),
    clearTimeout: drop((timer) => outer.clearTimeout(timer)),
    setInterval: (fn: () => void, ms?: number, ...args: []) => keep(outer.setInterval(fn, ms, ...args)),
    clearInterval: drop((timer) => outer.clearInterval(timer)),
  };
  const module: { exports: Loaded['exports'] } = { exports: {} };
  const names = ['exports', 'require', 'module', '__filename', '__dirname', ...Object.keys(given)];
  const run = runInThisContext(`(function (${names.join(', ')}) {${readFileSync(file, 'utf8')}\n})`, { filename: file }) as (
    ...args: unknown[]
  ) => void;
  run(module.exports, require, module, file, dirname(file), ...Object.values(given));
  return {
    exports: module.exports,
    end() {
      for (const timer of timers) outer.clearTimeout(timer);
      timers.clear();
      ended.abort(new Error('The command has ended.'));
    },
  };
}
