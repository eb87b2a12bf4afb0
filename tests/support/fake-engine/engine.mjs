/**
 * A stand-in for an engine: a real process that serves HTTP and can be told to misbehave in the ways real engines were seen to.
 * Usage: node engine.mjs --host H --port N --model NAME --knobs JSON. What the knobs do is said in adapter.ts.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { setInterval, setTimeout } from 'node:timers';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { host: { type: 'string' }, port: { type: 'string' }, model: { type: 'string' }, knobs: { type: 'string', default: '{}' } },
});
const knobs = JSON.parse(values.knobs);
const started = Date.now();
let turn = Promise.resolve();
const print = (line) => process.stderr.write(`${line}\n`);

for (const line of knobs.lines ?? []) print(line);

if (knobs.ignoreTerm) process.on('SIGTERM', () => print('SIGTERM ignored'));
if (knobs.child) startChild(knobs.child);
if (knobs.exitAtStart !== undefined) {
  // Its event loop ends by itself: a pipe or file gets every line first.
  process.exitCode = knobs.exitAtStart;
} else {
  setTimeout(listen, knobs.listenAfterMs ?? 0);
  if (knobs.crashAfterMs !== undefined) setTimeout(() => process.exit(knobs.crashCode ?? 1), knobs.crashAfterMs);
}

/** `group`: in our group, deaf to SIGTERM. `session`: in a group of its own, so that a signal to our group misses it. */
function startChild(kind) {
  const code = "process.on('SIGTERM', () => {}); process.stdout.write('child ' + process.pid + ' up\\n'); setInterval(() => {}, 1000);";
  spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit'], detached: kind === 'session' }).unref();
}

function listen() {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      print(`Traceback (most recent call last):\n  in handle\nRuntimeError: ${error.message}`);
      response.destroy();
    });
  });
  server.on('error', (error) => {
    // As mlx_lm.server does it: it says why and then hangs for ever.
    print(
      `Traceback (most recent call last):\n  File "server.py", line 1, in main\nOSError: [Errno 98] Address already in use (${error.code})`,
    );
    setInterval(() => {}, 60_000);
  });
  server.listen(Number(values.port), values.host, () => {
    print(
      `${new Date().toISOString().replace('T', ' ').replace('Z', '').replace('.', ',')} - INFO - Starting httpd at ${values.host} on port ${values.port}...`,
    );
    print(`INFO:     Uvicorn running on http://${values.host}:${values.port} (Press CTRL+C to quit)`);
  });
}

async function handle(request, response) {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url === '/health') {
    if (knobs.healthHangs) return;
    if (knobs.healthFails) return answer(503, { status: 'failed', detail: 'generation thread died' });
    return Date.now() - started < (knobs.loadMs ?? 0) ? answer(503, { status: 'loading' }) : answer(200, { status: 'ready' });
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  if (request.url === '/knobs') return answer(200, Object.assign(knobs, body));
  if (request.url === '/print') {
    for (const line of body.lines) print(line);
    return answer(200, {});
  }
  if (request.url === '/crash') {
    answer(200, {});
    print('MemoryError: std::bad_alloc');
    setTimeout(() => process.exit(body.code ?? 1), 5);
    return;
  }
  if (request.url === '/env') return answer(200, process.env);
  if (knobs.hang) return;
  if (knobs.oneAtATime) {
    const before = turn;
    turn = new Promise((resolve) => response.on('close', resolve));
    await before;
    if (response.destroyed) return;
  }
  print(`INFO:     127.0.0.1:50000 - "POST ${request.url} HTTP/1.1" 200 OK`);
  if (body.stream !== true) return answer(200, { choices: [{ message: { role: 'assistant', content: 'Paris.' } }] });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.on('close', () => response.writableFinished || print('the client left'));
  for (const word of knobs.words ?? ['The', ' capital', ' is', ' Paris', '.']) {
    if (response.destroyed) return;
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: word } }] })}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, knobs.wordMs ?? 10));
  }
  response.end('data: [DONE]\n\n');
}
