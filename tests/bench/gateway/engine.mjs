/**
 * A stand-in for mlx_lm.server that costs next to nothing, so that what stands in front of it is measured.
 * Whole answers: one small completion. Streams: `max_tokens` events, each a write of its own, as a real engine sends them.
 */
import { createServer } from 'node:http';

const portAt = process.argv.indexOf('--port');
const port = portAt === -1 ? 0 : Number(process.argv[portAt + 1]);

const WORDS = 'The quick brown fox jumps over the lazy dog and runs'.split(' ');
const chunk = (delta, finish = null) =>
  JSON.stringify({
    id: 'chatcmpl-0',
    system_fingerprint: '0.32.2-stand-in',
    object: 'chat.completion.chunk',
    model: 'default_model',
    created: 1_790_000_000,
    choices: [{ index: 0, finish_reason: finish, delta: { role: 'assistant', ...delta } }],
  });
const events = WORDS.map((word) => `data: ${chunk({ content: `${word} ` })}\n\n`);
const usageOf = (tokens) => ({ prompt_tokens: 12, completion_tokens: tokens, total_tokens: 12 + tokens });
const endOf = (tokens) =>
  `data: ${chunk({}, 'stop')}\n\n` +
  `data: ${JSON.stringify({ id: 'chatcmpl-0', object: 'chat.completion', model: 'default_model', created: 1, choices: [], usage: usageOf(tokens) })}\n\ndata: [DONE]\n\n`;
const whole = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-0',
    object: 'chat.completion',
    model: 'default_model',
    created: 1_790_000_000,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'The capital of France is Paris.' } }],
    usage: usageOf(8),
  }),
);
const JSON_TYPE = { 'content-type': 'application/json' };

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, JSON_TYPE).end('{"status":"ok"}');
    return;
  }
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(parts).toString());
    if (body.stream !== true) {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': whole.length }).end(whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    const tokens = body.max_tokens ?? 8;
    let sent = 0;
    const next = () => {
      if (response.destroyed) return;
      if (sent === tokens) {
        response.end(endOf(tokens));
        return;
      }
      const more = response.write(events[sent++ % events.length]);
      if (more) setImmediate(next);
      else response.once('drain', next);
    };
    next();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(port, '127.0.0.1', () => process.stdout.write(`ready at http://127.0.0.1:${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
