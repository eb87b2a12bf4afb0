/** Searches against the stand-in hub with a catalogue of several kinds. What is expected is known from how each model was made. */
import { jest } from '@jest/globals';
import type { SearchModelsQuery } from '@mlx-manager/shared';
import { startHub, type ModelSpec, type StandInHub } from '../../../tests/support/hub/index.js';
import { createHubClient } from '../hub/index.js';
import { searchModels, type SearchDeps, type SearchPage } from './search.js';

// Small pages are many requests, and the machine may be busy.
jest.setTimeout(30_000);

interface Kind {
  readonly architecture: string;
  readonly bits?: number;
  readonly template?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly pipeline?: string;
  readonly modelType: string;
  readonly vision?: true;
  readonly audio?: true;
  readonly tools?: true;
  readonly thinking?: true;
  readonly embeddings?: true;
}
const TOOLS = '{%- if tools %}<tool_call>{"name": x, "arguments": y}</tool_call>{%- endif %}';
const KINDS: readonly Kind[] = [
  {
    architecture: 'Qwen',
    bits: 4,
    template: `${TOOLS}{%- if enable_thinking %}<think>{%- endif %}`,
    config: { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'] },
    modelType: 'lm',
    tools: true,
    thinking: true,
  },
  {
    architecture: 'Llama',
    bits: 8,
    template: TOOLS,
    config: { model_type: 'llama', architectures: ['LlamaForCausalLM'] },
    modelType: 'lm',
    tools: true,
  },
  {
    architecture: 'Qwen',
    bits: 4,
    config: { model_type: 'qwen2_5_vl', architectures: ['Qwen2_5_VLForConditionalGeneration'] },
    pipeline: 'image-text-to-text',
    modelType: 'multimodal',
    vision: true,
  },
  {
    architecture: 'BERT',
    config: { model_type: 'bert', architectures: ['BertModel'] },
    pipeline: 'feature-extraction',
    modelType: 'embeddings',
    embeddings: true,
  },
  { architecture: 'Mistral', bits: 6, config: { model_type: 'mistral', architectures: ['MistralForCausalLM'] }, modelType: 'lm' },
  {
    architecture: 'Whisper',
    config: { model_type: 'whisper', architectures: ['WhisperForConditionalGeneration'] },
    pipeline: 'automatic-speech-recognition',
    modelType: 'whisper',
    audio: true,
  },
  {
    architecture: 'Gemma',
    bits: 3,
    template: '{{ messages }}',
    config: { model_type: 'gemma2', architectures: ['Gemma2ForCausalLM'] },
    modelType: 'lm',
  },
];

/** A model of the catalogue and what is true of it. */
interface Made extends Kind {
  readonly id: string;
  readonly author: string;
  readonly downloads: number;
  readonly likes: number;
  readonly trending: number;
  readonly modified: string;
  readonly sizeBytes: number | null;
  readonly here: boolean;
}
const COUNT = 250;
const RECOMMENDED = 12e9;
const made: readonly Made[] = Array.from({ length: COUNT }, (_, i) => {
  const author = i % 3 === 0 ? 'someone' : 'mlx-community';
  return {
    ...KINDS[i % KINDS.length]!,
    author,
    id: `${author}/Model-${String(i).padStart(3, '0')}${i % 5 === 0 ? '-Instruct' : ''}`,
    // 97, 89, 83 and 37 share no factor with 250: every value comes once.
    downloads: (i * 97) % COUNT,
    likes: (i * 89) % COUNT,
    trending: (i * 83) % COUNT,
    modified: new Date(Date.UTC(2026, 0, 1) + ((i * 37) % COUNT) * 3_600_000).toISOString(),
    sizeBytes: i % 10 === 9 ? null : (((i * 37) % COUNT) + 1) * 1e8,
    here: i % 4 === 0,
  };
});

const toSpec = (model: Made): ModelSpec => ({
  id: model.id,
  files: {
    'config.json': JSON.stringify({
      ...model.config,
      ...(model.bits !== undefined && { quantization_config: { bits: model.bits, group_size: 64 } }),
    }),
    ...(model.template !== undefined && { 'tokenizer_config.json': JSON.stringify({ chat_template: model.template }) }),
  },
  info: {
    downloads: model.downloads,
    likes: model.likes,
    trendingScore: model.trending,
    lastModified: model.modified,
    pipeline_tag: model.pipeline ?? 'text-generation',
    usedStorage: model.sizeBytes ?? undefined,
  },
});

let hub: StandInHub;
let deps: SearchDeps;
const depsOf = (stand: StandInHub): SearchDeps => ({
  hub: createHubClient({ endpoint: () => stand.url, token: () => null, timeoutMs: 5_000 }),
  completeIds: async () => new Set(made.filter(({ here }) => here).map(({ id }) => id)),
  recommendedBytes: async () => RECOMMENDED,
});

beforeAll(async () => {
  const forOthers = { ...toSpec(made[0]!), id: 'someone/no-mlx', info: { downloads: 1e6, tags: ['gguf'] } };
  hub = await startHub({ models: [...made.map(toSpec), forOthers] });
  deps = depsOf(hub);
});
afterAll(() => hub.stop());
beforeEach(() => void hub.requests.splice(0));

type Query = Partial<SearchModelsQuery>;
const search = (query: Query, with_ = deps): Promise<SearchPage> =>
  searchModels({ query: '', sort: 'downloads', limit: 20, ...query }, with_);

/** All pages of a search; each but the last must be full. */
async function everyPage(query: Query): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page <= COUNT; page++) {
    const answer = await search({ ...query, ...(cursor !== undefined && { cursor }) });
    if (answer.cursor !== null) expect(answer.models).toHaveLength(query.limit ?? 20);
    ids.push(...answer.models.map(({ modelId }) => modelId));
    if (answer.cursor === null) return ids;
    cursor = answer.cursor;
  }
  throw new Error('the pages do not end');
}

const by = (key: 'downloads' | 'likes' | 'trending' | 'modified', fits: (model: Made) => boolean = () => true): string[] =>
  made
    .filter(fits)
    .sort((a, b) => (a[key] < b[key] ? 1 : -1))
    .map(({ id }) => id);
const estimated = ({ sizeBytes }: Made): number => (sizeBytes ?? Infinity) * 1.2;

const FILTERS: readonly (readonly [string, Query, (model: Made) => boolean])[] = [
  ['architecture', { architecture: 'qwen' }, ({ architecture }) => architecture === 'Qwen'],
  ['architecture that nobody has', { architecture: 'nothing' }, () => false],
  ['quantizationBits', { quantizationBits: 4 }, ({ bits }) => bits === 4],
  ['modelType', { modelType: 'whisper' }, ({ modelType }) => modelType === 'whisper'],
  ['vision', { vision: true }, ({ vision }) => vision === true],
  ['no vision', { vision: false }, ({ vision }) => vision !== true],
  ['audio', { audio: true }, ({ audio }) => audio === true],
  ['tools', { tools: true }, ({ tools }) => tools === true],
  ['thinking', { thinking: true }, ({ thinking }) => thinking === true],
  ['no thinking', { thinking: false }, ({ thinking }) => thinking !== true],
  ['embeddings', { embeddings: true }, ({ embeddings }) => embeddings === true],
  ['maxSizeGb', { maxSizeGb: 6 }, (model) => estimated(model) <= 6e9],
  ['fits', { fits: true }, (model) => estimated(model) <= RECOMMENDED],
  ['does not fit, or nobody knows', { fits: false }, (model) => estimated(model) > RECOMMENDED],
  ['downloaded', { downloaded: true }, ({ here }) => here],
  ['not downloaded', { downloaded: false }, ({ here }) => !here],
  ['author', { author: 'someone' }, ({ author }) => author === 'someone'],
  ['words', { query: 'instruct' }, ({ id }) => id.includes('Instruct')],
  [
    'several at once',
    { tools: true, quantizationBits: 8, downloaded: true, author: 'mlx-community', maxSizeGb: 20 },
    (model) => model.tools === true && model.bits === 8 && model.here && model.author === 'mlx-community' && estimated(model) <= 20e9,
  ],
];

describe('filters', () => {
  test.each(FILTERS)('%s', async (_name, query, fits) => {
    expect(await everyPage({ ...query, limit: 100 })).toEqual(by('downloads', fits));
  });

  test('a result says what it is', async () => {
    const { models } = await search({ query: 'Model-000' });
    expect(models).toMatchObject([
      {
        modelId: 'someone/Model-000-Instruct',
        author: 'someone',
        sizeBytes: 1e8,
        estimatedSizeGb: 0.12,
        isDownloaded: true,
        fits: true,
        gated: false,
        pipelineTag: 'text-generation',
        characteristics: { architecture: 'Qwen', quantization: { bits: 4, groupSize: 64 }, toolUse: true, thinking: true, modelType: 'lm' },
      },
    ]);
    const [unknown] = (await search({ query: 'Model-009' })).models;
    expect(unknown).toMatchObject({ sizeBytes: null, estimatedSizeGb: null, fits: null, isDownloaded: false });
  });
});

describe('pages', () => {
  // Every limit once, each with another filter, so that a page of the answer ends anywhere in a page of the hub.
  const cases = Array.from({ length: 60 }, (_, i) => [i + 1, ...FILTERS[(i * 7) % FILTERS.length]!] as const);
  test.each(cases)('of %i, %s: nothing twice, nothing lost', async (limit, _name, query, fits) => {
    expect(await everyPage({ ...query, limit })).toEqual(by('downloads', fits));
  });

  test.each([7, 9, 10, 50, 60, 99, 100])('of %i without a filter: one request of the hub a page', async (limit) => {
    expect(await everyPage({ limit })).toEqual(by('downloads'));
    expect(hub.requests).toHaveLength(Math.ceil(COUNT / limit));
    expect(new Set(hub.requests.map(({ query }) => query.get('limit')))).toEqual(new Set([String(limit)]));
  });

  test('a search that no model fits reads a few pages of the hub and lets the caller go on', async () => {
    const many = Array.from({ length: 850 }, (_, i) => ({
      id: `org/m-${i}`,
      files: { 'config.json': JSON.stringify({ model_type: i === 849 ? 'qwen3' : 'llama' }) },
      info: { downloads: 1000 - i },
    }));
    const large = await startHub({ models: many });
    try {
      const first = await search({ architecture: 'Qwen' }, depsOf(large));
      expect(first.models).toEqual([]);
      expect(large.requests).toHaveLength(8);
      const second = await search({ architecture: 'Qwen', cursor: first.cursor! }, depsOf(large));
      expect(second.models.map(({ modelId }) => modelId)).toEqual(['org/m-849']);
      expect(second.cursor).toBeNull();
      expect(large.requests).toHaveLength(9);
    } finally {
      await large.stop();
    }
  });
});

describe('order', () => {
  test.each(['downloads', 'likes', 'modified', 'trending'] as const)('%s, also over pages and with a filter', async (sort) => {
    expect(await everyPage({ sort, limit: 50 })).toEqual(by(sort));
    expect(await everyPage({ sort, limit: 7, tools: true })).toEqual(by(sort, ({ tools }) => tools === true));
  });

  test.each([20, 37, 100])('size, %i a page: smallest first, unknown last, one request each', async (limit) => {
    const sorted = [...made]
      .sort((a, b) => (a.sizeBytes ?? Infinity) - (b.sizeBytes ?? Infinity) || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
    expect(await everyPage({ sort: 'size', limit })).toEqual(sorted);
    expect(hub.requests).toHaveLength(Math.ceil(COUNT / limit));
    const here = new Set(by('downloads', (model) => model.here));
    expect(await everyPage({ sort: 'size', limit, downloaded: true })).toEqual(sorted.filter((id) => here.has(id)));
  });
});

test.each([
  '',
  'x',
  'null',
  '[]',
  '{}',
  '{"hub":null}',
  '{"hub":null,"skip":1.5}',
  '{"hub":null,"skip":-5}',
  '{"hub":3,"skip":0}',
  '{"hub":null,"skip":"0"}',
])('a cursor that holds %j is refused', async (text) => {
  const cursor = Buffer.from(text).toString('base64url');
  for (const sort of ['downloads', 'size'] as const) {
    await expect(search({ cursor, sort })).rejects.toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('cursor') });
  }
  expect(hub.requests).toEqual([]);
});

describe('the hub’s own errors come through', () => {
  test('offline', async () => {
    await hub.goOffline();
    try {
      await expect(search({})).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    } finally {
      await hub.goOnline();
    }
  });

  test('a pause, also on a later page', async () => {
    const first = await search({ tools: true, limit: 60 });
    const end = hub.fault({ path: /^\/api\/models$/, status: 429, headers: { 'retry-after': '7' } });
    try {
      await expect(search({})).rejects.toMatchObject({ code: 'HUB_RATE_LIMITED', details: { retryAfter: 7 } });
      await expect(search({ tools: true, limit: 60, cursor: first.cursor! })).rejects.toMatchObject({ code: 'HUB_RATE_LIMITED' });
    } finally {
      end();
    }
  });

  test('a caller that left', async () => {
    await expect(searchModels({ query: '', sort: 'downloads', limit: 5 }, deps, AbortSignal.abort(new Error('left')))).rejects.toThrow(
      'left',
    );
  });
});
