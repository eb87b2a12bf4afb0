/**
 * `npm run bench [-- --quick] [start|gateway|engine|raycast|ui …]`: measures what the agent promises, beside the least Node can do (and a peer) on the same machine
 * in the same run. Prints markdown. `--quick`: fewer rounds, and only what is promised. Without a name every part runs; of `ui` also parts alone: `ui paint`,
 * `scroll`, `logs`, `heap`, `rest`. Exit code 1 when a promise is not kept.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureGateway } from './gateway/measure.mjs';
import { measureReal } from './gateway/real.mjs';
import { measureIdle } from './idle.mjs';
import { endAll } from './processes.mjs';
import { measureRaycast } from './raycast/measure.mjs';
import { measureReady } from './ready.mjs';
import { measureUi } from './ui/measure.mjs';
import { sayUi } from './ui/say.mjs';

/** What the agent promises. */
const READY_MS = 500;
const IDLE_CPU_SECONDS = 0.05;
const IDLE_RSS_MB = 100;
/** Added by the gateway to a small request of one client, median. */
const ADDED_MS = 0.3;
/** Share of a bare pass-through's requests and events a second. */
const PASS_SHARE = 0.8;
/** Growth of the memory over 100,000 requests, after a fifth of them. */
const GROWTH_MB = 5;
/** Share of the bare engine's tokens a second. */
const ENGINE_SHARE = 0.97;
/** First token with a cached prefix, as a share of a cold one. */
const CACHED_SHARE = 0.2;
const BESIDE_ENGINE_RSS_MB = 110;
/** From a command's launch to its first rows, median, and the size of a bundle. */
const FIRST_ROWS_MS = 100;
const BUNDLE_KB = 300;

const UI_PARTS = ['paint', 'scroll', 'logs', 'heap', 'rest'];

const quick = process.argv.includes('--quick');
const named = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const wanted = (part) => named.length === 0 || named.includes(part);
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

/** How a unit is written. */
const word = (unit) => ({ 'ms+': 'ms', '÷': '×' })[unit] ?? unit;

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

function sayGateway({ cases, rows, growth, notes }, seconds) {
  const [, pass, own] = rows;
  const [alone] = rows;
  say(`\n## Gateway: a small chat request to a stand-in engine, ${seconds} s a run by turns, medians\n`);
  const headOf = (name) => (name.startsWith('streamed') ? [`${name}: events/s`] : [`${name}: requests/s`, 'median ms', 'p99 ms']);
  const cellsOf = (measured, i) =>
    cases[i].startsWith('streamed')
      ? [figure(measured.eventsPerSecond)]
      : [figure(measured.perSecond), figure(measured.median, 3), figure(measured.p99, 2)];
  say(
    table(
      ['', ...cases.flatMap(headOf), 'RSS MiB'],
      rows.map((row) => [row.name, ...row.cases.flatMap(cellsOf), figure(row.rss)]),
    ),
  );
  say(
    `\nRSS of the gateway over ${growth.requests} requests: ${figure(growth.before, 1)} MiB after a fifth, ${figure(growth.after, 1)} MiB at the end.`,
  );
  for (const note of notes) say(`\n${note}`);
  const share = (i, key) => own.cases[i][key] / pass.cases[i][key];
  return [
    {
      name: 'gateway: added to one small request (median)',
      value: own.cases[0].median - alone.cases[0].median,
      limit: ADDED_MS,
      unit: 'ms+',
    },
    ...[0, 1].map((i) => ({
      name: `gateway ÷ pass-through: requests/s, ${cases[i]}`,
      value: share(i, 'perSecond'),
      limit: PASS_SHARE,
      unit: '×',
    })),
    { name: 'gateway ÷ pass-through: events/s, 8 clients', value: share(2, 'eventsPerSecond'), limit: PASS_SHARE, unit: '×' },
    { name: `gateway: growth of RSS over ${growth.requests} requests`, value: growth.after - growth.before, limit: GROWTH_MB, unit: 'MiB' },
  ];
}

function sayReal(measured) {
  if (measured === null) {
    say('\nmlx-lm is not installed in the engines folder: the real engine was left out.');
    return [];
  }
  say('\n## Real engine: mlx_lm.server with tiny-qwen3, streamed stories, alone and through the gateway\n');
  say(
    table(
      ['clients', 'engine tokens/s', 'gateway tokens/s', 'gateway ÷ engine', 'engine first token ms', 'gateway first token ms'],
      measured.rows.map(({ clients, engine, gateway }) => [
        String(clients),
        figure(engine.tokens),
        figure(gateway.tokens),
        figure(gateway.tokens / engine.tokens, 3),
        figure(engine.first, 1),
        figure(gateway.first, 1),
      ]),
    ),
  );
  const { cold, cached } = measured.prefix;
  say(`\nFirst token of a prompt of some 10,000 tokens: ${figure(cold)} ms cold, ${figure(cached)} ms with its beginning cached.`);
  return [
    ...measured.rows.map(({ clients, engine, gateway }) => ({
      name: `gateway ÷ engine: tokens/s, ${clients} clients`,
      value: gateway.tokens / engine.tokens,
      limit: ENGINE_SHARE,
      unit: '×',
    })),
    { name: 'first token, cached ÷ cold', value: cached / cold, limit: CACHED_SHARE, unit: '÷' },
    { name: 'agent beside one engine: RSS', value: measured.rss, limit: BESIDE_ENGINE_RSS_MB, unit: 'MiB' },
  ];
}

function sayRaycast({ rows, bundles }, rounds) {
  say(`\n## Raycast: milliseconds from launch to the first rows, a warm agent, ${rounds} launches each, median / most\n`);
  const most = (values) => sorted(values).at(-1);
  say(
    table(
      ['', 'bare request', 'nothing remembered', 'rows remembered', 'nothing remembered ÷ request', 'remembered ÷ request'],
      rows.map(({ name, httpMs, coldMs, warmMs }) => [
        name,
        ...[httpMs, coldMs, warmMs].map((values) => `${figure(median(values), 1)} / ${figure(most(values), 1)}`),
        ...[coldMs, warmMs].map((values) => ratio(median(values), median(httpMs))),
      ]),
    ),
  );
  const kB = ({ name, bytes }) => `${name} ${figure(bytes / 1000)}`;
  say(`\nBundles, kB: ${bundles.map(kB).join(', ')}.`);
  return [
    ...rows.flatMap(({ name, coldMs, warmMs }) => [
      { name: `${name}: first rows, nothing remembered (median)`, value: median(coldMs), limit: FIRST_ROWS_MS, unit: 'ms' },
      { name: `${name}: first rows, remembered (median)`, value: median(warmMs), limit: FIRST_ROWS_MS, unit: 'ms' },
    ]),
    { name: `largest bundle (${bundles[0].name})`, value: bundles[0].bytes / 1000, limit: BUNDLE_KB, unit: 'kB' },
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
  const promises = [];
  if (wanted('start'))
    promises.push(...sayReady(await measureReady(folder, rounds)), ...sayIdle(await measureIdle(folder, seconds, !quick)));
  if (wanted('gateway')) {
    const runs = quick ? { rounds: 3, seconds: 2, requests: 20_000 } : { rounds: 5, seconds: 3, requests: 100_000 };
    promises.push(...sayGateway(await measureGateway(folder, runs), runs.seconds));
    await endAll();
  }
  if (wanted('engine'))
    promises.push(...sayReal(await measureReal(folder, quick ? { rounds: 3, requests: 2 } : { rounds: 5, requests: 8 })));

  if (wanted('ui')) {
    const only = named.filter((name) => UI_PARTS.includes(name));
    const runs = { ...(quick ? { rounds: 5, hours: 1, minutes: 10 } : { rounds: 15, hours: 4, minutes: 60 }), only };
    promises.push(
      ...sayUi(await measureUi(folder, runs, (line) => process.stderr.write(`• ${line}\n`)), runs, { say, table, median, figure, ratio }),
    );
  }
  if (wanted('raycast')) promises.push(...sayRaycast(await measureRaycast(folder, rounds), rounds));

  say('\n## Promises\n');
  // Shares are to be reached, everything else is to be kept under.
  const judged = promises.map((promise) => ({
    ...promise,
    kept: promise.unit === '×' ? promise.value >= promise.limit : promise.value <= promise.limit,
  }));
  const digits = (unit) => ({ ms: 0, 'ms+': 3, s: 3, MiB: 1, kB: 0, '×': 3, '÷': 3, '': 0 })[unit];
  say(
    table(
      ['', 'measured', 'limit', ''],
      judged.map(({ name, value, limit, unit, kept }) => [
        name,
        `${figure(value, digits(unit))} ${word(unit)}`,
        `${unit === '×' ? '≥' : '≤'} ${limit} ${word(unit)}`,
        kept ? 'kept' : 'NOT KEPT',
      ]),
    ),
  );
  say(`\nLoad average after: ${load()}`);
  const broken = judged.filter(({ kept }) => !kept);
  for (const { name, value, limit, unit, hint } of broken) {
    process.stderr.write(
      `✗ ${name}: ${figure(value, digits(unit))} ${word(unit)} is ${unit === '×' ? 'less' : 'more'} than ${limit} ${word(unit)}${hint ? ` (${hint})` : ''}\n`,
    );
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
