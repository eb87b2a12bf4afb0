/** A stand-in for a provider: a real HTTP server that answers as it is told, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedOfProvider {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface StandInProvider {
  /** E.g. `http://127.0.0.1:5001`. */
  readonly url: string;
  readonly asked: AskedOfProvider[];
  /** How every further request is answered. */
  answer: (response: ServerResponse, asked: AskedOfProvider) => void;
  /** Connections it was ever given. */
  connections: number;
  /** Resolved when a client closed its connection before the answer was complete. */
  readonly left: Promise<boolean>;
  /** Resolved when every answer so far has ended. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Answers 500 until it is told otherwise. */
export async function startProvider(answer?: StandInProvider['answer']): Promise<StandInProvider> {
  const left = Promise.withResolvers<boolean>();
  let open = 0;
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    open++;
    const parts: Buffer[] = [];
    response.once('close', () => {
      if (!response.writableFinished) left.resolve(true);
      if (--open === 0) for (const go of waiting) go();
    });
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8');
      const asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        text,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
      provider.asked.push(asked);
      provider.answer(response, asked);
    });
  });
  server.on('connection', () => provider.connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const provider: StandInProvider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    connections: 0,
    answer: answer ?? ((response) => void response.writeHead(500).end()),
    left: left.promise,
    idle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}

/** Answers with JSON. */
export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): StandInProvider['answer'] =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

/** Answers with a stream of these bytes. @param cut breaks the connection after them in place of an end. */
export const stream =
  (bytes: string, options: { cut?: boolean } = {}): StandInProvider['answer'] =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(bytes, () => (options.cut === true ? response.destroy() : response.end()));
  };

/** Bytes of a stream in OpenAI's form. */
export const openaiEvents = (...chunks: unknown[]): string =>
  [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`).join('');
