/**
 * A stand-in for launchctl: it keeps jobs in a file and speaks as the real one does in public sources. Not yet verified on a Mac.
 * Usage: node launchctl.mjs STATE SAMPLE VERB…; the block of `print` is that of SAMPLE (system/fixtures/launchctl-print.txt).
 *
 * Quoted: "Boot-out failed: 3: No such process" and "36: Operation now in progress" (osquery issue 5698), "Bootstrap failed: 5:
 * Input/output error" with its second line (pirj/noclamshell issue 25), "Could not find service … in domain for …" with code 113
 * (DeterminateSystems/nix-installer issue 960, NixOS/nix issue 9978).
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const [stateFile, sampleFile, verb, ...args] = process.argv.slice(2);
const state = JSON.parse(readFileSync(stateFile, 'utf8'));
const end = (code, out = '', err = '') => {
  state.calls.push([verb, ...args]);
  writeFileSync(stateFile, JSON.stringify(state));
  process.stdout.write(out);
  process.stderr.write(err);
  process.exit(code);
};
/** Loaded only where needed: this program runs dozens of times in a test. */
const readPlist = async (path) => (await import('plist')).parse(readFileSync(path, 'utf8'));
const refusal = state.refusals[verb]?.shift();
if (refusal) end(refusal[0], '', `${refusal[1]}\n`);
const label = args.at(-1).split('/').at(-1);
const notFound = `Bad request.\nCould not find service "${label}" in domain for user gui: 501\n`;
const job = state.jobs[label];

/** Starts a job's program, where the test wants real processes; else any number does for a pid. */
async function run({ path }, otherwise) {
  if (!state.spawns) return otherwise;
  const plist = await readPlist(path);
  const [file, ...argv] = plist.ProgramArguments;
  const output = ['ignore', openSync(plist.StandardOutPath, 'a'), openSync(plist.StandardErrorPath, 'a')];
  const child = spawn(file, argv, { stdio: output, detached: true, env: plist.EnvironmentVariables });
  child.unref();
  state.started.push(child.pid);
  return child.pid;
}
function kill({ pid }) {
  if (!state.spawns || !pid) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

if (verb === 'print') {
  if (state.drain[label] > 0 && --state.drain[label] === 0) {
    delete state.drain[label];
    delete state.jobs[label];
  }
  if (!job) end(113, '', notFound);
  end(
    0,
    readFileSync(sampleFile, 'utf8')
      .replaceAll('user/503/local.resticprofile.self.check', args[0])
      .replace('state = not running', `state = ${job.pid ? 'running' : 'not running'}`)
      .replace('\truns = 1\n', `\truns = 1\n${job.pid ? `\tpid = ${job.pid}\n` : ''}`)
      .replace('last exit code = 0', `last exit code = ${job.exit}`),
  );
}
if (verb === 'bootout') {
  if (!job) end(3, '', 'Boot-out failed: 3: No such process\n');
  state.drain[label] = 3;
  kill(job);
  job.pid = null;
  end(36, '', 'Boot-out failed: 36: Operation now in progress\n');
}
if (verb === 'bootstrap') {
  const path = args[1];
  const name = path
    .split('/')
    .at(-1)
    .replace(/\.plist$/, '');
  if (state.jobs[name] || !existsSync(path)) {
    end(5, '', 'Bootstrap failed: 5: Input/output error\nTry re-running the command as root for richer errors.\n');
  }
  const runs = (await readPlist(path)).RunAtLoad;
  state.jobs[name] = { pid: null, exit: '(never exited)', path };
  if (runs) state.jobs[name].pid = await run(state.jobs[name], 4242);
  end(0);
}
if (verb === 'kickstart') {
  if (!job) end(113, '', notFound);
  // Without -k a job that runs is left alone.
  if (job.pid && !args.includes('-k')) end(0);
  kill(job);
  job.pid = await run(job, (job.pid ?? 5000) + 1);
  end(0);
}
if (verb === 'enable') end(0);
end(64, '', `Unrecognized subcommand: ${verb}\n`);
