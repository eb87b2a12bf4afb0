/** The hub's lists and metadata, by @huggingface/hub over our transport. */
import { AgentError } from '@mlx-manager/shared';
import { errorOfAnswer, errorOfFailure, type HubErrorContext } from './errors.js';
import { createHubTransport, type HubTransport, type HubTransportOptions } from './http.js';
import { EXTRA_FIELDS, toHubFile, toHubModel } from './mapping.js';
import type { HubClient, HubFile, HubModel, HubPage, HubSort, ListModelsParams } from './types.js';

export interface HubClientOptions extends HubTransportOptions {
  /** Shared with the downloads; made from the options when left out. */
  readonly transport?: HubTransport;
  /** Milliseconds for one request, its body included. */
  readonly timeoutMs?: number;
}

const SORTS: Readonly<Record<HubSort, 'downloads' | 'likes' | 'lastModified' | 'trendingScore'>> = {
  downloads: 'downloads',
  likes: 'likes',
  modified: 'lastModified',
  trending: 'trendingScore',
};
/** Configs and templates are far below; a "text" above this is not read. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;
// The library's types know only some of the fields that the hub and the library itself handle.
const additionalFields = [...EXTRA_FIELDS] as unknown as 'config'[];
// Loaded at the first use: it must not cost the agent's start anything.
const loadLibrary = () => import('@huggingface/hub');

/** Makes the client. Nothing is requested or loaded before the first call. */
export function createHubClient(options: HubClientOptions): HubClient {
  const transport = options.transport ?? createHubTransport(options);
  const timeoutMs = options.timeoutMs ?? 30_000;

  /**
   * A `fetch` for the library. It gives us what the library keeps to itself (headers of errors, the next page's link) and adds what it
   * lacks: a cursor to begin at, a time limit, and a token of any form (the library takes only those that begin with `hf_`).
   */
  const libraryFetch = (
    context: HubErrorContext,
    signal: AbortSignal | undefined,
    page?: { cursor: string | undefined; onNext: (cursor: string | null) => void },
  ): typeof fetch =>
    (async (input: string) => {
      const url = atEndpoint(input, context.endpoint);
      if (page?.cursor !== undefined) url.searchParams.set('cursor', page.cursor);
      const answer = await transport.request(url.href, {
        headers: { accept: 'application/json' },
        timeoutMs,
        ...(signal ? { signal } : {}),
      });
      if (!answer.response.ok) {
        await answer.response.body?.cancel();
        throw errorOfAnswer(answer, context);
      }
      if (page === undefined) return answer.response;
      page.onNext(nextCursor(answer.response.headers.get('link')));
      // Without the link the library stops after this page, where by itself it would go on until the limit is reached.
      return new Response(answer.response.body, { headers: { 'content-type': 'application/json' } });
    }) as typeof fetch;

  const guarded = async <T>(context: HubErrorContext, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw errorOfFailure(error, context);
    }
  };

  return {
    async listModels(params: ListModelsParams, signal?: AbortSignal): Promise<HubPage> {
      const context = { endpoint: transport.endpoint(), what: 'the model list' };
      return guarded(context, signal, async () => {
        const { listModels } = await loadLibrary();
        let next: string | null = null;
        const fetch = libraryFetch(context, signal, { cursor: params.cursor, onNext: (cursor) => (next = cursor) });
        const models: HubModel[] = [];
        const search = {
          tags: [...params.filter],
          ...(params.query ? { query: params.query } : {}),
          ...(params.author ? { owner: params.author } : {}),
        };
        const entries = listModels({
          hubUrl: context.endpoint,
          search,
          sort: SORTS[params.sort],
          limit: params.limit,
          additionalFields,
          fetch,
        });
        for await (const entry of entries) models.push(toHubModel(entry));
        return { models, next };
      });
    },

    async modelInfo(modelId: string, revision = 'main', signal?: AbortSignal) {
      const context = { endpoint: transport.endpoint(), what: `the information on ${modelId}`, modelId, revision };
      return guarded(context, signal, async () => {
        const { modelInfo } = await loadLibrary();
        const entry = await modelInfo({
          name: modelId,
          hubUrl: context.endpoint,
          revision,
          additionalFields,
          fetch: libraryFetch(context, signal),
        });
        const model = toHubModel(entry);
        if (model.commit === null || !/^[0-9a-f]{40}$/.test(model.commit))
          throw new AgentError('HUB_ERROR', { status: 'no commit', what: context.what });
        return { ...model, commit: model.commit };
      });
    },

    async listFiles(modelId: string, revision: string, signal?: AbortSignal): Promise<HubFile[]> {
      const context = { endpoint: transport.endpoint(), what: `the file list of ${modelId}`, modelId, revision };
      return guarded(context, signal, async () => {
        const { listFiles } = await loadLibrary();
        const files: HubFile[] = [];
        const repo = { type: 'model', name: modelId } as const;
        const fetch = libraryFetch(context, signal);
        // The library puts the revision into the address as it is; `refs/pr/1` must not become folders.
        for await (const entry of listFiles({
          repo,
          hubUrl: context.endpoint,
          revision: encodeURIComponent(revision),
          recursive: true,
          fetch,
        })) {
          const file = toHubFile(entry);
          if (file !== null) files.push(file);
        }
        return files;
      });
    },

    async readTextFile(modelId: string, revision: string, path: string, signal?: AbortSignal): Promise<string | null> {
      const context = { endpoint: transport.endpoint(), what: `${path} of ${modelId}`, modelId, revision };
      return guarded(context, signal, async () => {
        const url = resolveUrl(context.endpoint, modelId, revision, path);
        const answer = await transport.request(url, { timeoutMs, ...(signal ? { signal } : {}) });
        const { response } = answer;
        if (response.ok && Number(response.headers.get('content-length') ?? 0) <= MAX_TEXT_BYTES) return response.text();
        await response.body?.cancel();
        if (response.ok) throw new AgentError('HUB_ERROR', { status: 'more than a text file holds', what: context.what });
        if (response.status === 404 && response.headers.get('x-error-code') === 'EntryNotFound') return null;
        throw errorOfAnswer(answer, context);
      });
    },
  };
}

/** The address of a file's content at a revision. */
export function resolveUrl(endpoint: string, modelId: string, revision: string, path: string): string {
  return `${endpoint}/${modelId}/resolve/${encodeURIComponent(revision)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** A mirror passes on the hub's own links to further pages; they are fetched from the mirror too. */
function atEndpoint(url: string, endpoint: string): URL {
  const target = new URL(url);
  const home = new URL(endpoint);
  return target.origin === home.origin ? target : new URL(`${endpoint}${target.pathname}${target.search}`);
}

/** The cursor of `Link: <…?cursor=X>; rel="next"`; null on the last page. */
function nextCursor(link: string | null): string | null {
  const address = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  return address === undefined ? null : new URL(address, 'http://hub.invalid').searchParams.get('cursor');
}
