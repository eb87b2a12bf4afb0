import { readdirSync, readFileSync } from 'node:fs';
import { characteristics as schema, type Characteristics } from '@mlx-manager/shared';
import fc from 'fast-check';
import { describeModel, type ModelFacts } from './characteristics.js';
import { kvLayout } from './kv-cache.js';
import { estimateMemory } from './memory-estimate.js';

interface Fixture {
  /** Where the config is published. */
  source: string;
  modelId: string;
  /** What of the config is left out. */
  abridged?: string;
  templateSource?: string;
  /** Telling pieces of the template, in its order. */
  chatTemplateExcerpts?: string[];
  config: Record<string, unknown>;
  safetensors?: { parameters: Record<string, number>; total: number };
  expected: Characteristics;
}

const folder = new URL('./fixtures/configs/', import.meta.url);
const fixtures = readdirSync(folder).map((file) => {
  const fixture = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture;
  return { file, fixture };
});

const factsOf = (fixture: Fixture): ModelFacts => ({
  modelId: fixture.modelId,
  config: fixture.config,
  chatTemplate: fixture.chatTemplateExcerpts?.join('\n') ?? null,
  tags: [],
  safetensors: fixture.safetensors ?? null,
});

test('there are configs of at least 20 published families, each with its source', () => {
  const families = new Set(fixtures.map(({ fixture }) => fixture.expected.architectureId));
  expect(families.size).toBeGreaterThanOrEqual(20);
  for (const { fixture } of fixtures) {
    expect(fixture.source).toMatch(/github|GitHub|this project/u);
    if (fixture.chatTemplateExcerpts && !fixture.source.startsWith('this project')) expect(fixture.templateSource).toMatch(/github/u);
  }
});

describe.each(fixtures)('$file', ({ fixture }) => {
  test('is described as published', () => {
    expect(describeModel(factsOf(fixture))).toEqual(fixture.expected);
  });

  test('the hub extract of it agrees in everything it can say', () => {
    const { config, expected } = fixture;
    const pick = ['architectures', 'model_type', 'quantization_config'].filter((key) => key in config).map((key) => [key, config[key]]);
    const extract = {
      ...Object.fromEntries(pick),
      ...('_class_name' in config ? { diffusers: { _class_name: config['_class_name'] } } : {}),
      tokenizer_config: { chat_template: fixture.chatTemplateExcerpts?.join('\n') ?? null },
    };
    const described = describeModel({ modelId: fixture.modelId, config: extract, tags: [] });
    const sure = [
      'architecture',
      'architectureId',
      'quantization',
      'toolUse',
      'toolCallParser',
      'thinking',
      'reasoningParser',
      'imageGeneration',
    ] as const;
    for (const key of sure) expect([key, described[key]]).toEqual([key, expected[key]]);
    // An extract says no sizes: unknown, never something else.
    expect([described.contextWindow, described.kvBytesPerToken, described.slidingWindow]).toEqual([null, null, null]);
  });

  test('goes over the wire and back', () => {
    expect(schema.decode(schema.encode(describeModel(factsOf(fixture))))).toEqual(fixture.expected);
  });
});

describe('context window', () => {
  const window = (config: Record<string, unknown>, more: Partial<ModelFacts> = {}) =>
    describeModel({ modelId: 'x', config, tags: [], ...more }).contextWindow;

  test('YaRN switched on over a shorter stated length lengthens it', () => {
    const rope = { type: 'yarn', factor: 4.0, original_max_position_embeddings: 32768 };
    expect(window({ max_position_embeddings: 32768, rope_scaling: rope })).toBe(131072);
    expect(window({ max_position_embeddings: 131072, rope_scaling: rope })).toBe(131072);
    expect(window({ rope_parameters: { ...rope, rope_type: 'yarn' } })).toBe(131072);
  });

  test('linear scaling does not', () => {
    expect(window({ max_position_embeddings: 16384, rope_scaling: { type: 'linear', factor: 4 } })).toBe(16384);
  });

  test("the tokenizer's limit counts only when sane and nothing else is said", () => {
    expect(window({}, { tokenizerConfig: { model_max_length: 8192 } })).toBe(8192);
    expect(window({ tokenizer_config: { model_max_length: 4096 } })).toBe(4096);
    expect(window({}, { tokenizerConfig: { model_max_length: 1e30 } })).toBeNull();
    expect(window({ n_positions: 1024 }, { tokenizerConfig: { model_max_length: 8192 } })).toBe(1024);
  });
});

describe('whatever a stranger puts into the files', () => {
  /** Keys the code really looks at, so that garbage reaches every branch. */
  const keys = [
    ...new Set(
      fixtures.flatMap(({ fixture }) => [fixture.config, fixture.config['text_config'] ?? {}].flatMap((part) => Object.keys(part))),
    ),
    ...[
      'thinker_config',
      'language_config',
      'quantization',
      'bits',
      'group_size',
      'mode',
      'config_groups',
      'diffusers',
      'tokenizer_config',
      'chat_template',
    ],
    ...[
      'hybrid_override_pattern',
      'sliding_window_pattern',
      'attn_layer_period',
      'linear_attn_config',
      'global_head_dim',
      '__proto__',
      'toString',
    ],
  ];
  const words = fc.constantFrom(
    'full_attention',
    'sliding_attention',
    'mamba',
    'gemma3_text',
    'yarn',
    'BertModel',
    'fp8',
    'mxfp4',
    '{%- if tools %}<tool_call>',
    '<think>',
    '',
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.integer({ min: -5, max: 2 ** 40 }),
      fc.double(),
      words,
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 6 }),
      tie('object'),
    ),
    object: fc.dictionary(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...keys) }, fc.string()), tie('any'), { maxKeys: 14 }),
  }));
  const configs = fc.oneof(fc.constant(null), value.object, fc.jsonValue());
  const finiteOrNull = (n: number | null): boolean => n === null || (Number.isFinite(n) && n >= 0);

  test('never throws, and what comes out is valid', () => {
    fc.assert(
      fc.property(
        configs,
        configs,
        fc.oneof(words, fc.string()),
        fc.array(fc.string()),
        configs,
        (config, tokenizer, text, tags, tensors) => {
          const facts = {
            modelId: text,
            config,
            tokenizerConfig: tokenizer,
            chatTemplate: text,
            tags,
            pipelineTag: text,
            safetensors: tensors,
            fileNames: tags,
          };
          const described = describeModel(facts as unknown as ModelFacts);
          schema.encode(described);
          const numbers = [described.parameters, described.contextWindow, described.kvBytesPerToken, described.slidingWindow];
          expect(numbers.every(finiteOrNull)).toBe(true);
          const layout = kvLayout(facts.config as Record<string, unknown> | null);
          const memory = estimateMemory({ weightsBytes: 1e9, characteristics: described, layout });
          expect([memory.kvCacheBytes, memory.totalBytes].every(finiteOrNull)).toBe(true);
          return true;
        },
      ),
      { numRuns: 1500 },
    );
  });
});
