/**
 * Raycast's command line tool, run so that it touches nothing but what it is told: it writes into $HOME/.config and looks things up at
 * raycast.com (@raycast/api 1.104.25, dist/commands), so its home is a throw-away folder and its look-ups go to a stub on loopback.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { startStub } from './stub.mjs';

/**
 * Runs `ray ARGS` in an extension's folder. Answers its exit code and everything it wrote.
 * @param {{ folder: string, args: string[], env?: Record<string, string> }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function ray({ folder, args, env = {} }) {
  const home = mkdtempSync(join(tmpdir(), 'mlx-ray-'));
  const inherited = { ...process.env };
  // Jest's flags for Node, npm's settings of the outer run, and tokens and targets of a developer's own ray are not for this one.
  for (const name of Object.keys(inherited)) if (/^(NODE_OPTIONS|JEST_WORKER_ID|XDG_|RAY_|npm_)/.test(name)) delete inherited[name];
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [join(folder, 'node_modules', '@raycast', 'api', 'bin', 'run.js'), ...args, '--non-interactive'],
        {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
          // `ray lint` starts eslint and prettier by their `#!/usr/bin/env node`; they need the same Node.
          env: { ...inherited, HOME: home, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), NO_COLOR: '1', ...env },
        },
      );
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8');
        stream.on('data', (text) => (output += text));
      }
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? 1, output }));
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * `ray lint` with every check the store's CI makes: manifest, lock file, icons, ESLint, Prettier.
 * @param {string} folder The extension.
 * @returns {Promise<{ code: number, output: string, requests: string[] }>} `requests`: what it looked up, proof that it asked the stub.
 */
export async function rayLint(folder) {
  const { author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const stub = await startStub({ author });
  try {
    // Without CI, ray leaves the lock file unchecked.
    const result = await ray({ folder, args: ['lint', '--schema', stub.schema], env: { RAY_APIURL: stub.url, CI: 'true' } });
    return { ...result, requests: stub.requests };
  } finally {
    await stub.close();
  }
}

/**
 * `ray build`: bundles every command and tool, checks the types, reads the tools' schemas. It writes `raycast-env.d.ts` into the folder, so
 * two builds of one folder must not run at once.
 * @param {{ folder: string, out: string }} options
 */
export const rayBuild = ({ folder, out }) => ray({ folder, args: ['build', '-e', 'dist', '-o', out] });
