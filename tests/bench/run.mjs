/**
 * `npm run bench [-- --quick]`: measures what the agent promises, beside the least Node can do on the same machine in the same run.
 * Prints markdown. `--quick`: fewer starts, and only what is promised. Exit code 1 when a promise is not kept.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureIdle } from './idle.mjs';
import { endAll } from './processes.mjs';
import { measureReady } from './ready.mjs';

/** What the agent promises. */
const READY_MS = 500;
const IDLE_CPU_SECONDS = 0.05;
const IDLE_RSS_MB = 100;

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 10;
/** Length of an idle window, seconds. */
const seconds = 60;

const say = (text = '') => process.stdout.write(`${text}\n`);
const sorted = (values) => [...values].sort((a, b) => a - b);
const min = (values) => sorted(values)[0];
function median(values) {
  const all = sorted(values);
  return (all[Math.floor((all.length - 1) / 2)] + all[Math.ceil((all.length - 1) / 2)]) / 2;
}
const figure = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : '–');
const ratio = (value, base) => (value / base > 0 && Number.isFinite(value / base) ? `${(value / base).toFixed(1)} ×` : '–');

/** A markdown table whose columns stand under each other in a terminal, too. */
function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

function sayReady(contestants) {
  const server = contestants.find(({ name }) => name.includes('node:http'));
  const pick = (runs, key) => runs.map((run) => run[key]);
  say(`\n## Ready: milliseconds from spawn, ${rounds} starts each, median / least\n`);
  say(
    table(
      ['', 'ready line', 'first 200', 'CPU until ready', 'ready ÷ bare server', 'CPU ÷ bare server'],
      contestants.map(({ name, runs }) => [
        name,
        ...['readyMs', 'answerMs', 'cpuMs'].map((key) => `${figure(median(pick(runs, key)))} / ${figure(min(pick(runs, key)))}`),
        ...['readyMs', 'cpuMs'].map((key) => ratio(median(pick(runs, key)), median(pick(server.runs, key)))),
      ]),
    ),
  );
  return contestants
    .filter(({ name }) => name.startsWith('agent'))
    .map(({ name, runs }) => ({
      name: `${name}: first 200 after spawn (median)`,
      value: median(pick(runs, 'answerMs')),
      limit: READY_MS,
      unit: 'ms',
      hint: `it used ${figure(median(pick(runs, 'cpuMs')))} ms of CPU until ready; where that is far less, other work on this machine kept it waiting`,
    }));
}

function sayIdle({ rows, notes }) {
  const [server] = rows;
  say(`\n## Idle: ${seconds} s, not looked at meanwhile\n`);
  say(
    table(
      ['', 'CPU s a minute', 'RSS MiB', 'PSS MiB', 'RSS ÷ bare server'],
      rows.map(({ name, cpuPerMinute, rss, pss }) => [
        name,
        figure(cpuPerMinute, 3),
        figure(rss, 1),
        figure(pss, 1),
        ratio(rss, server.rss),
      ]),
    ),
  );
  for (const note of notes) say(`\n${note}`);
  const idle = rows.find(({ name }) => name === 'agent, nobody listens');
  return [
    { name: 'idle agent: CPU a minute', value: idle.cpuPerMinute, limit: IDLE_CPU_SECONDS, unit: 's' },
    { name: 'idle agent: RSS', value: idle.rss, limit: IDLE_RSS_MB, unit: 'MiB' },
  ];
}

/** Measures everything. Answers the exit code. */
async function main(folder) {
  say(`# Benchmark, ${new Date().toISOString()}\n`);
  const [cpu] = cpus();
  const memory = `${figure(totalmem() / 2 ** 30, 1)} GiB`;
  say(`${process.platform} ${process.arch}, ${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${memory}, Node ${process.version}`);
  const load = () => loadavg().map((value) => figure(value, 2)).join(' '); // prettier-ignore
  say(`Load average before: ${load()}`);
  const promises = [...sayReady(await measureReady(folder, rounds)), ...sayIdle(await measureIdle(folder, seconds, !quick))];

  say('\n## Promises\n');
  const judged = promises.map((promise) => ({ ...promise, kept: promise.value <= promise.limit }));
  const digits = (unit) => ({ ms: 0, s: 3, MiB: 1 })[unit];
  say(
    table(
      ['', 'measured', 'at most', ''],
      judged.map(({ name, value, limit, unit, kept }) => [
        name,
        `${figure(value, digits(unit))} ${unit}`,
        `${limit} ${unit}`,
        kept ? 'kept' : 'NOT KEPT',
      ]),
    ),
  );
  say(`\nLoad average after: ${load()}`);
  const broken = judged.filter(({ kept }) => !kept);
  for (const { name, value, limit, unit, hint } of broken) {
    process.stderr.write(`✗ ${name}: ${figure(value, digits(unit))} ${unit} is more than ${limit} ${unit}${hint ? ` (${hint})` : ''}\n`);
  }
  return broken.length === 0 ? 0 : 1;
}

const folder = mkdtempSync(join(tmpdir(), 'mlx-manager-bench-'));
const cleanUp = async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
};
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => void cleanUp().finally(() => process.exit(code)));
}
try {
  process.exitCode = await main(folder);
} finally {
  await cleanUp();
}
