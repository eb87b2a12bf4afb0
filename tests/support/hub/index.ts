/** A stand-in for the Hugging Face hub on loopback: the API and small files on one port, large files from another (its CDN). */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listModels, modelInfo, tree, type ApiAnswer } from './api.js';
import { Repository } from './repository.js';
import { sendFile } from './send.js';
import type { Fault, LoggedRequest, ModelSpec, StandInHub } from './types.js';

export type * from './types.js';

/** Tokens it knows; with others it says what the real one says. */
export const GOOD_TOKEN = 'hf_standInGoodToken';
/** A known token whose account has not accepted anybody's terms. */
export const STRANGER_TOKEN = 'hf_standInStrangerToken';

/** Starts the stand-in on free ports of loopback. */
export async function startHub(options: { models?: readonly ModelSpec[] } = {}): Promise<StandInHub> {
  const repositories = new Map<string, Repository>();
  const requests: LoggedRequest[] = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  const faults: { fault: Fault; left: number }[] = [];
  const addresses = new Map<string, { repo: Repository; commit: string; path: string }>();
  let serial = 0;

  const matching = (log: LoggedRequest, path: string): Fault[] => {
    const hits = faults.filter(
      ({ fault, left }) =>
        left > 0 && (fault.at ?? log.at) === log.at && (fault.method ?? log.method) === log.method && (fault.path?.test(path) ?? true),
    );
    for (const hit of hits) hit.left -= 1;
    return hits.map((hit) => hit.fault);
  };

  const answer = (log: LoggedRequest, response: ServerResponse, { status, headers, body }: ApiAnswer): void => {
    const text = JSON.stringify(body);
    log.status = status;
    log.bytesSent += text.length;
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
      .end(log.method === 'HEAD' ? undefined : text);
  };
  const failed = (status: number, code: string, message: string): ApiAnswer => ({
    status,
    headers: { 'x-error-code': code, 'x-error-message': message },
    body: { error: message },
  });

  /** Why this caller may not see a repository; null when it may. */
  const refusal = (repo: Repository | undefined, log: LoggedRequest, content: boolean): ApiAnswer | null => {
    const token = /^Bearer (.*)$/.exec(log.headers.authorization ?? '')?.[1];
    if (token !== undefined && token !== GOOD_TOKEN && token !== STRANGER_TOKEN) {
      return {
        status: 401,
        headers: { 'x-error-message': 'Invalid credentials in Authorization header' },
        body: { error: 'Invalid credentials in Authorization header' },
      };
    }
    if (repo === undefined || (repo.private && token !== GOOD_TOKEN)) {
      // The real one tells strangers 401 and known users 404.
      return failed(token === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
    }
    if (content && repo.gated !== false && token !== GOOD_TOKEN) {
      return failed(token === undefined ? 401 : 403, 'GatedRepo', `Access to model ${repo.id} is restricted.`);
    }
    return null;
  };

  const api = (log: LoggedRequest): ApiAnswer => {
    if (log.path === '/api/models') return listModels(repositories.values(), log, url);
    const match = /^\/api\/models\/([^/]+\/[^/]+?)(?:\/(revision|tree)\/([^/]+))?$/.exec(log.path);
    const repo = repositories.get(match?.[1] ?? '');
    const denied = refusal(repo, log, match?.[2] === 'tree');
    if (denied !== null) return denied;
    const commit = (repo as Repository).resolve(decodeURIComponent(match?.[3] ?? 'main'));
    if (commit === null) return failed(404, 'RevisionNotFound', `Invalid rev id: ${match?.[3] ?? ''}`);
    return match?.[2] === 'tree' ? tree(repo as Repository, commit, log, url) : modelInfo(repo as Repository, commit, log);
  };

  const serveHub = async (log: LoggedRequest, response: ServerResponse): Promise<void> => {
    const content = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(log.path);
    const path = content === null ? log.path : decodeURIComponent(content[3] as string);
    const broken = matching(log, path);
    if (await brokenAnswer(broken, log, response)) return;
    if (content === null) {
      answer(log, response, log.path.startsWith('/api/') ? api(log) : failed(404, 'RepoNotFound', 'Not found'));
      return;
    }
    const repo = repositories.get(content[1] as string);
    const denied = refusal(repo, log, true);
    if (denied !== null) {
      answer(log, response, denied);
      return;
    }
    const commit = (repo as Repository).resolve(decodeURIComponent(content[2] as string));
    if (commit === null) {
      answer(log, response, failed(404, 'RevisionNotFound', `Invalid rev id: ${content[2] as string}`));
      return;
    }
    const headers = { 'x-repo-commit': commit };
    const file = repo?.commits.get(commit)?.get(path);
    if (file === undefined) {
      const missing = failed(404, 'EntryNotFound', 'Entry not found');
      answer(log, response, { ...missing, headers: { ...missing.headers, ...headers } });
      return;
    }
    if (file.sha256 === null) {
      await sendFile(file, { ...headers, etag: `"${file.oid}"`, 'content-type': 'text/plain; charset=utf-8' }, broken, log, response);
      return;
    }
    serial += 1;
    const key = `/${file.sha256}-${serial}`;
    addresses.set(key, { repo: repo as Repository, commit, path });
    log.status = 302;
    response
      .writeHead(302, {
        ...headers,
        location: `${cdnUrl}${key}?Expires=soon&Signature=${serial}`,
        'x-linked-size': String(file.size),
        'x-linked-etag': `"${file.sha256}"`,
      })
      .end();
  };

  const serveCdn = async (log: LoggedRequest, response: ServerResponse): Promise<void> => {
    const address = addresses.get(log.path);
    const broken = matching(log, address?.path ?? log.path);
    if (await brokenAnswer(broken, log, response)) return;
    const file = address?.repo.commits.get(address.commit)?.get(address.path);
    if (file === undefined) {
      answer(log, response, { status: 403, body: { error: 'Request has expired' } });
      return;
    }
    // A signed address must come without credentials: S3 answers 400 when there are two.
    if (log.headers.authorization !== undefined) {
      answer(log, response, { status: 400, body: { error: 'Only one auth mechanism allowed' } });
      return;
    }
    await sendFile(file, { etag: `"${file.sha256 as string}-cdn"`, 'content-type': 'binary/octet-stream' }, broken, log, response);
  };

  const listener = (at: 'hub' | 'cdn', serve: (log: LoggedRequest, response: ServerResponse) => Promise<void>): Server =>
    createServer((request: IncomingMessage, response) => {
      const target = new URL(request.url ?? '/', 'http://localhost');
      const log: LoggedRequest = {
        at,
        method: request.method ?? 'GET',
        path: target.pathname,
        query: target.searchParams,
        headers: request.headers,
        status: 0,
        bytesSent: 0,
      };
      requests.push(log);
      arrivals.emit('request', log);
      // Whatever fails here is the test's business: the client sees a cut connection.
      serve(log, response).catch(() => response.destroy());
    });

  const servers = [listener('hub', serveHub), listener('cdn', serveCdn)];
  const listen = async (server: Server, port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const close = async (server: Server): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const ports = [await listen(servers[0]!, 0), await listen(servers[1]!, 0)];
  const url = `http://127.0.0.1:${ports[0]!}`;
  const cdnUrl = `http://127.0.0.1:${ports[1]!}`;
  for (const spec of options.models ?? []) repositories.set(spec.id, new Repository(spec));
  const repository = (id: string): Repository => {
    const found = repositories.get(id);
    if (found === undefined) throw new Error(`the stand-in hub has no ${id}`);
    return found;
  };

  return {
    url,
    cdnUrl,
    requests,
    addModel: async (spec) => void repositories.set(spec.id, new Repository(spec)),
    pushCommit: async (id, files) => repository(id).push(files),
    commitOf: (id) => repository(id).head,
    contentOf(id, path) {
      const file = repository(id).commits.get(repository(id).head)?.get(path);
      if (file === undefined) throw new Error(`${id} has no ${path}`);
      return file.read(0, file.size);
    },
    fault(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      faults.push(entry);
      return () => void (entry.left = 0);
    },
    expireUrls: () => addresses.clear(),
    bytesSent: (match = () => true) => requests.filter(match).reduce((sum, request) => sum + request.bytesSent, 0),
    async waitForRequest(match, timeoutMs = 10_000) {
      const past = requests.find(match);
      if (past !== undefined) return past;
      const signal = AbortSignal.timeout(timeoutMs);
      for (;;) {
        const [log] = (await once(arrivals, 'request', { signal })) as [LoggedRequest];
        if (match(log)) return log;
      }
    },
    async goOffline() {
      await Promise.all(servers.map(close));
    },
    async goOnline() {
      await Promise.all(servers.map((server, i) => listen(server, ports[i]!)));
    },
    async stop() {
      await Promise.all(servers.map(close));
    },
  };
}

/** A fault that takes the place of the answer; whether there was one. */
async function brokenAnswer(faults: readonly Fault[], log: LoggedRequest, response: ServerResponse): Promise<boolean> {
  const { status, headers } = faults.find((fault) => fault.status !== undefined) ?? {};
  if (status !== undefined) {
    log.status = status;
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ error: `made to answer ${status}` }));
    return true;
  }
  // For what is no file: never answer, or hang up.
  if (!log.path.startsWith('/api/')) return false;
  if (faults.some((fault) => fault.cutAfter !== undefined)) {
    response.destroy();
    return true;
  }
  if (faults.some((fault) => fault.stallAfter !== undefined)) {
    await once(response, 'close');
    return true;
  }
  return false;
}
