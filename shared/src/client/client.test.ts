import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import fetch from 'node-fetch';
import { AgentError, createClient, readSse, VERSION, VERSION_HEADER, type Client } from '../index.js';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
/** Something that answers where an agent should. */
async function serve(listener: RequestListener): Promise<Client> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return createClient({ fetch, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, token: 'tok' });
}
const answerJson =
  (body: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

test('a call carries method, path, query, body, token and version', async () => {
  const seen: unknown[] = [];
  const client = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push([request.method, request.url, request.headers.authorization, request.headers[VERSION_HEADER], body]);
      if (request.method === 'DELETE') response.writeHead(204).end();
      else answerJson({ pid: null, port: 1, state: 'starting', task_id: 't' }, 200)(request, response);
    });
  });
  expect(await client.startServer({ params: { profileId: 7 } })).toEqual({ pid: null, port: 1, state: 'starting' });
  await client.downloadModel({ body: { modelId: 'org/name' } });
  expect(await client.deleteModel({ params: { modelId: 'org/na me' }, query: { revision: 'main' } })).toBeNull();
  expect(seen).toEqual([
    ['POST', '/api/servers/7/start', 'Bearer tok', VERSION, ''],
    ['POST', '/api/models/download', 'Bearer tok', VERSION, '{"model_id":"org/name","revision":"main"}'],
    ['DELETE', '/api/models/org%2Fna%20me?revision=main', 'Bearer tok', VERSION, ''],
  ]);
});

test('a failed call throws the agent’s own words, even for a code this client does not know', async () => {
  const error = { code: 'PROFILE_NOT_FOUND', message: 'No such profile.', action: 'Look.', details: { profile: 3 } };
  const known = await serve(answerJson({ error }, 404));
  await expect(known.getProfile({ params: { id: 3 } })).rejects.toMatchObject({ ...error, status: 404 });
  const newer = await serve(answerJson({ error: { ...error, code: 'FROM_THE_FUTURE' } }, 418));
  await expect(newer.listProfiles()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER', message: 'No such profile.', status: 418 });
});

test('an answer that does not fit is told: other versions by which to update, the same version as unexpected', async () => {
  const odd = { status: 'ok', name: 'mlx-manager' };
  await expect((await serve(answerJson(odd))).health()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  await expect((await serve(answerJson(odd, 200, { [VERSION_HEADER]: VERSION }))).health()).rejects.toMatchObject({
    code: 'UNEXPECTED_ANSWER',
  });
  await expect((await serve(answerJson(odd, 200, { [VERSION_HEADER]: '0.0.9' }))).health()).rejects.toMatchObject({
    code: 'AGENT_VERSION_MISMATCH',
    action: 'Update the agent.',
  });
  await expect((await serve(answerJson(odd, 200, { [VERSION_HEADER]: '99.0.0' }))).health()).rejects.toMatchObject({
    code: 'AGENT_VERSION_MISMATCH',
    action: 'Update this client.',
  });
  await expect((await serve((_request, response) => response.end('<html>'))).health()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
});

test('a body that does not fit is refused before it is sent', async () => {
  let asked = 0;
  const client = await serve(() => asked++);
  await expect(client.updateSettings({ body: { maxDownloads: 0 } })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    details: { problems: [{ field: 'max_downloads', problem: expect.any(String) }] },
  });
  expect(asked).toBe(0);
});

test('the next page is read from the Link header', async () => {
  const client = await serve(answerJson([], 200, { link: '</api/models/search?query=x&cursor=abc%3D>; rel="next"' }));
  expect(await client.searchPage({})).toEqual({ items: [], cursor: 'abc=' });
  expect(await (await serve(answerJson([]))).searchPage({})).toEqual({ items: [], cursor: null });
});

describe('streams', () => {
  const events =
    (...texts: string[]): RequestListener =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const text of texts) response.write(text);
      response.end();
    };
  const task = {
    task_id: 't',
    model_id: 'a/b',
    revision: 'main',
    commit: null,
    progress: 1,
    downloaded_bytes: 0,
    total_bytes: null,
    speed_mbps: 0,
    eta_seconds: null,
    file: null,
    files_done: 0,
    files_total: null,
    error: null,
    local_path: null,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
  const progress = (status: string): string => `event: progress\ndata: ${JSON.stringify({ ...task, status })}\n\n`;
  const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const one of stream) all.push(one);
    return all;
  };

  test('a download’s progress ends with its final state; without one the stream is broken', async () => {
    const whole = await serve(events(progress('downloading'), ': heartbeat\n\n', progress('completed')));
    expect((await collect(whole.watchDownload('t'))).map((one) => one.status)).toEqual(['downloading', 'completed']);
    const cut = await serve(events(progress('downloading')));
    await expect(collect(cut.watchDownload('t'))).rejects.toMatchObject({ code: 'STREAM_BROKEN' });
  });

  test('a last event that is cut off in the middle is a broken stream', async () => {
    const client = await serve(events(progress('downloading'), progress('completed').slice(0, 60)));
    await expect(collect(client.watchDownload('t'))).rejects.toMatchObject({ code: 'STREAM_BROKEN' });
  });

  test('onOpen tells that the agent listens, before any event', async () => {
    const client = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n'),
    );
    const left = new AbortController();
    let opened = 0;
    const onOpen = (): void => {
      opened++;
      left.abort();
    };
    expect(await collect(client.events({ signal: left.signal, onOpen }))).toEqual([]);
    expect(opened).toBe(1);
  });

  test('what a caller’s own fetch knows better is passed on', async () => {
    const fetch = async (): Promise<never> => Promise.reject(new AgentError('UNSUPPORTED_PLATFORM'));
    await expect(createClient({ fetch, baseUrl: 'http://a' }).health()).rejects.toMatchObject({ code: 'UNSUPPORTED_PLATFORM' });
  });

  test('a connection that breaks is told; one that is aborted just ends', async () => {
    const client = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(progress('downloading'), () => response.destroy());
    });
    await expect(collect(client.watchDownload('t'))).rejects.toMatchObject({ code: 'STREAM_BROKEN' });
    const hanging = await serve((_request, response) => response.writeHead(200).write(progress('downloading')));
    const left = new AbortController();
    for await (const one of hanging.watchDownload('t', left.signal)) {
      expect(one.status).toBe('downloading');
      left.abort();
    }
  });

  test('events of a newer agent are passed over', async () => {
    const removed = 'id: r-2\nevent: server.removed\ndata: {"profile_id":4}\n\n';
    const client = await serve(events('id: r-1\nevent: moon.risen\ndata: {}\n\n', removed));
    expect(await collect(client.events())).toEqual([{ id: 'r-2', type: 'server.removed', data: { profileId: 4 } }]);
  });

  test('any split of the bytes gives the same events, the last one without its empty line too', async () => {
    const text = 'id: 1\ndata: grüße 🌍\n\nevent: x\r\ndata: a\r\ndata: b\r\n\r\n: c\n\ndata: last';
    const bytes = new TextEncoder().encode(text);
    const read = async (parts: Uint8Array[]): Promise<unknown[]> =>
      collect(
        readSse(
          (async function* () {
            yield* parts;
          })(),
        ),
      );
    const whole = await read([bytes]);
    expect(whole).toMatchObject([{ id: '1', data: 'grüße 🌍' }, { event: 'x', data: 'a\nb' }, { data: 'last' }]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length })), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        expect(await read(at.slice(1).map((end, i) => bytes.slice(at[i], end)))).toEqual(whole);
      }),
    );
  });
});
