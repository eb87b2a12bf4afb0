#!/usr/bin/env node
/** `mlx-manager`: the agent without Electron, and commands that talk to it. */
import { enableCompileCache } from 'node:module';
// Halves the time until the agent answers from its second start on.
enableCompileCache();

const { main } = await import('./cli/main.js');
process.exitCode = await main(process.argv.slice(2), process.env);
