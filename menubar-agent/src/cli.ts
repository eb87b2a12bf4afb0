#!/usr/bin/env node
/** `mlx-manager`: the agent without Electron, and commands that talk to it. */
import { enableCompileCache, flushCompileCache } from 'node:module';

/** By now an agent is ready and a short command has ended, milliseconds. */
const STARTED_MS = 2000;

// The second start needs a quarter less work than the first (`npm run bench`).
enableCompileCache();
setTimeout(settle, STARTED_MS).unref();

const { main } = await import('./cli/main.js');
process.exitCode = await main(process.argv.slice(2), process.env);

/** Prepares a process that stays for being idle. */
function settle(): void {
  // Node writes the cache when it ends; an agent that is killed would begin anew each time.
  flushCompileCache();
  // When little happens, V8 gives memory back by two full collections of 30 ms each: the first returns 9 MB, the second next to nothing.
  // Without the second the agent's first quiet minute, too, costs less than 0.05 s. V8 reads the number at each collection.
  // Not earlier: compiled code, also Node's own, is good only for the flags it was compiled with.
  process.getBuiltinModule('node:v8').setFlagsFromString('--memory-reducer-gc-count=1');
}
