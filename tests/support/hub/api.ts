/** `/api/models…` of the stand-in hub, as facts about the real one describe it. */
import type { Repository } from './repository.js';
import type { LoggedRequest } from './types.js';

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Files in one page of a tree. */
const TREE_PAGE = 1000;
const DEFAULT_FIELDS = ['private', 'likes', 'downloads', 'tags', 'pipeline_tag', 'library_name', 'createdAt'];

/** One page of the model list. */
export function listModels(repositories: Iterable<Repository>, request: LoggedRequest, url: string): ApiAnswer {
  const { query } = request;
  const words = (query.get('search') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const tags = query.getAll('filter').flatMap((value) => value.split(','));
  const rows = [...repositories].filter((repo) => !repo.private).map((repo) => ({ id: repo.id, fields: repo.fields() }));
  const found = rows.filter(
    ({ id, fields }) =>
      words.every((word) => id.toLowerCase().includes(word)) &&
      (query.get('author') === null || fields.author === query.get('author')) &&
      tags.every((tag) => (fields.tags as string[]).includes(tag)),
  );
  const sort = query.get('sort') ?? 'trendingScore';
  const ascending = query.get('direction') === '1';
  found.sort((a, b) => (ascending ? 1 : -1) * compare(a.fields[sort], b.fields[sort]) || (a.id < b.id ? -1 : 1));
  const limit = Math.min(Number(query.get('limit') ?? 1000), 1000);
  const from = Number(Buffer.from(query.get('cursor') ?? '', 'base64url').toString() || 0);
  const page = found.slice(from, from + limit);
  const more = from + limit < found.length;
  const fields = expanded(query);
  return {
    status: 200,
    ...(more ? { headers: { link: nextLink(url, request, from + limit) } } : {}),
    body: page.map((row) => entry(row.id, row.fields, fields)),
  };
}

/** One repository. */
export function modelInfo(repo: Repository, commit: string, request: LoggedRequest): ApiAnswer {
  const fields = expanded(request.query);
  const all = repo.fields(commit);
  return { status: 200, body: entry(repo.id, all, fields.length > 0 ? fields : Object.keys(all)) };
}

/** One page of a commit's files. */
export function tree(repo: Repository, commit: string, request: LoggedRequest, url: string): ApiAnswer {
  const files = [...(repo.commits.get(commit)?.values() ?? [])].map((file) => {
    const size = repo.claims[file.path] ?? file.size;
    const lfs = file.sha256 === null ? {} : { lfs: { oid: file.sha256, size, pointerSize: 134 } };
    return { type: 'file', oid: file.oid, size, path: file.path, ...lfs };
  });
  const folders = new Set(
    files.flatMap((file) =>
      file.path
        .split('/')
        .slice(0, -1)
        .map((_, i, parts) => parts.slice(0, i + 1).join('/')),
    ),
  );
  const rows = [...[...folders].map((path) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path })), ...files];
  const from = Number(Buffer.from(request.query.get('cursor') ?? '', 'base64url').toString() || 0);
  return {
    status: 200,
    ...(from + TREE_PAGE < rows.length ? { headers: { link: nextLink(url, request, from + TREE_PAGE) } } : {}),
    body: rows.slice(from, from + TREE_PAGE),
  };
}

function expanded(query: URLSearchParams): string[] {
  return [...query.getAll('expand'), ...query.getAll('expand[]')];
}

function entry(id: string, all: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  const shown = fields.length > 0 ? fields : DEFAULT_FIELDS;
  return {
    _id: Buffer.from(id).toString('hex').slice(0, 24),
    id,
    modelId: id,
    ...Object.fromEntries(shown.flatMap((key) => (key in all ? [[key, all[key]]] : []))),
  };
}

function nextLink(url: string, request: LoggedRequest, offset: number): string {
  const next = new URL(request.path, url);
  for (const [key, value] of request.query) if (key !== 'cursor') next.searchParams.append(key, value);
  next.searchParams.set('cursor', Buffer.from(String(offset)).toString('base64url'));
  return `<${next.href}>; rel="next"`;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a ?? 0) - Number(b ?? 0);
  return ((a as string | undefined) ?? '').localeCompare((b as string | undefined) ?? '');
}
