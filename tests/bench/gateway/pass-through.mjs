/** The least a pass-through can be with the same parts (node:http and undici): what the gateway is measured against. */
import { createServer } from 'node:http';
import { pipeline } from 'node:stream';
import { request } from 'undici';

const [engine] = process.argv.slice(2);
const server = createServer(async (incoming, outgoing) => {
  try {
    const answer = await request(engine + incoming.url, {
      method: incoming.method,
      headers: { 'content-type': incoming.headers['content-type'] ?? 'application/json' },
      body: incoming.method === 'GET' ? null : incoming,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const { 'content-type': type, 'content-length': length } = answer.headers;
    outgoing.writeHead(answer.statusCode, { 'content-type': type, ...(length && { 'content-length': length }) });
    pipeline(answer.body, outgoing, () => undefined);
  } catch (error) {
    outgoing.writeHead(502).end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready at http://127.0.0.1:${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
