/** Processes under measurement: started, looked at from outside, and ended, whatever happens. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { performance } from 'node:perf_hooks';

/** How long a process may take to its first line, and to its end, milliseconds. */
const START_DEADLINE_MS = 60_000;
const END_DEADLINE_MS = 20_000;
const linux = process.platform === 'linux';
/** Kernel ticks a second, the unit of utime and stime in /proc/PID/stat (proc_pid_stat(5)). */
const TICKS = linux ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : 0;

const running = new Set();

/**
 * Starts Node and waits for its first output.
 * @returns its handle, milliseconds from spawn to that output, CPU milliseconds used until then, and the address it named.
 */
export async function startNode(args, env) {
  const spawnedAt = performance.now();
  // A group of its own: Ctrl-C in the terminal reaches this script alone, which ends the rest in order.
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const handle = { pid: child.pid, child, exited, spawnedAt };
  running.add(handle);
  void exited.then(() => running.delete(handle));
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));

  const ended = exited.then(([code, signal]) => {
    throw new Error(`node ${args.join(' ')} ended with ${code ?? signal}: ${errors}`);
  });
  const late = new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`node ${args.join(' ')} said nothing`)), START_DEADLINE_MS).unref();
  });
  const [chunk] = await Promise.race([once(child.stdout, 'data'), ended, late]);
  const readyMs = performance.now() - spawnedAt;
  const cpuMs = cpuSeconds(child.pid) * 1000;
  child.stdout.resume();
  return { ...handle, readyMs, cpuMs, address: /http:\/\/[\d.:]+/.exec(String(chunk))?.[0] };
}

/** Ends a process by SIGTERM, so that an agent takes its engines with it; by SIGKILL when it does not listen. */
export async function end({ child, exited }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
  await exited;
  hard.unref();
}

/** Ends everything that still runs. */
export async function endAll() {
  await Promise.all([...running].map(end));
}

/** User and system CPU time of a process and its threads since its start, seconds. */
export function cpuSeconds(pid) {
  if (!linux) return psSeconds(ps(pid, 'time'));
  // The name in parentheses may hold anything; the fields are counted after it: utime is 14, stime 15.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory, megabytes of 2^20 bytes: all of it, and (Linux) with shared pages divided by those who share them. */
export function memoryMb(pid) {
  if (!linux) return { rss: Number(ps(pid, 'rss')) / 1024, pss: Number.NaN };
  const kilobytes = (file, name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1]);
  return { rss: kilobytes('status', 'VmRSS') / 1024, pss: kilobytes('smaps_rollup', 'Pss') / 1024 };
}

const ps = (pid, column) => execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
/** `1:02.34` of macOS' ps. Not yet verified on a Mac. */
const psSeconds = (text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

/** GET; answers the body. Throws unless it is a 200. */
export function getText(url, headers = {}) {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (body += chunk));
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(`${url} answered ${response.statusCode}: ${body}`)),
      );
    }).on('error', reject);
  });
}
