/** What the stand-in hub has for the pictures: real models' names with made-up sizes, downloads and likes, and hardly a byte of weights. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { FileContent, ModelSpec } from '../../support/hub/index.js';
import { installedEngine, tinyModel } from '../../support/engines.js';

/** The two that are on this machine; behind their names is the tiny model. */
export const QWEN = 'mlx-community/Qwen3-4B-4bit';
export const LARGE = 'mlx-community/Qwen3-14B-4bit';
/** Small enough to be sent: it is caught in mid-download. */
export const COMING = 'mlx-community/SmolLM2-135M-Instruct';
/** The one whose facts are shown. */
export const FACTS = 'mlx-community/Qwen3-8B-4bit';

/** The tiny model in 4 bits, as the names say. @param folder a new one. */
export async function quantizedTinyModel(folder: string): Promise<string> {
  const { python } = await installedEngine('mlx-lm');
  const to = join(folder, 'tiny-4bit');
  const options = ['--hf-path', tinyModel, '--mlx-path', to, '-q', '--q-bits', '4', '--q-group-size', '32'];
  await execa(python, ['-m', 'mlx_lm', 'convert', ...options]);
  // As long a context as the names promise: clients are told of it.
  const config = join(to, 'config.json');
  const stated = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
  writeFileSync(config, JSON.stringify({ ...stated, max_position_embeddings: 40_960 }));
  return to;
}

interface Listed {
  readonly id: string;
  readonly gigabytes: number;
  readonly downloads: number;
  readonly likes: number;
  readonly config: object;
  /** Files besides config.json and weights. */
  readonly files?: Readonly<Record<string, FileContent>>;
  readonly info?: Readonly<Record<string, unknown>>;
}

const quantization = { group_size: 64, bits: 4 };
const dense = (layers: number, hidden: number, more: object = {}): object => ({
  model_type: 'qwen3',
  architectures: ['Qwen3ForCausalLM'],
  num_hidden_layers: layers,
  hidden_size: hidden,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  max_position_embeddings: 40_960,
  torch_dtype: 'bfloat16',
  quantization,
  quantization_config: quantization,
  ...more,
});
const llama = (layers: number, hidden: number): object =>
  dense(layers, hidden, { model_type: 'llama', architectures: ['LlamaForCausalLM'], max_position_embeddings: 131_072 });
/** What tells of thinking and tools is the chat template. */
const template = (text: string) => ({ 'tokenizer_config.json': JSON.stringify({ chat_template: text }), 'tokenizer.json': '{}' });
const thinksAndCalls = template('{% if tools %}<tool_call>{{ tools }}</tool_call>{% endif %}{% if enable_thinking %}<think>{% endif %}');
const calls = template('{% if tools %}<tool_call>{{ tools }}</tool_call>{% endif %}');
const plain = template('{{ messages }}');

/** Words of ours: the real card is its authors'. */
const CARD = `---
license: apache-2.0
---
# Qwen3-8B-4bit

A stand-in for this model’s card. The real one says who made the model, from what it was converted, and how to use it:

\`\`\`sh
npx mlx-manager run mlx-community/Qwen3-8B-4bit
\`\`\`

| Setting | Thinking | Not thinking |
| --- | --- | --- |
| temperature | 0.6 | 0.7 |
| top_p | 0.95 | 0.8 |
`;

const list: readonly Listed[] = [
  {
    id: FACTS,
    gigabytes: 4.62,
    downloads: 41_800,
    likes: 23,
    config: dense(36, 4096),
    files: { ...thinksAndCalls, 'README.md': CARD },
  },
  { id: 'mlx-community/Llama-3.2-3B-Instruct-4bit', gigabytes: 1.82, downloads: 96_400, likes: 31, config: llama(28, 3072), files: plain },
  {
    id: 'mlx-community/gemma-3-12b-it-4bit',
    gigabytes: 8.07,
    downloads: 38_200,
    likes: 18,
    config: {
      model_type: 'gemma3',
      architectures: ['Gemma3ForConditionalGeneration'],
      vision_config: {},
      quantization,
      quantization_config: quantization,
    },
    files: plain,
    info: { pipeline_tag: 'image-text-to-text', tags: ['mlx', 'image-text-to-text'] },
  },
  {
    id: 'mlx-community/Mistral-7B-Instruct-v0.3-4bit',
    gigabytes: 4.08,
    downloads: 27_900,
    likes: 15,
    config: llama(32, 4096),
    files: plain,
  },
  {
    id: 'mlx-community/Qwen3-30B-A3B-4bit',
    gigabytes: 17.2,
    downloads: 35_600,
    likes: 44,
    config: dense(48, 2048, { model_type: 'qwen3_moe', architectures: ['Qwen3MoeForCausalLM'], num_experts: 128, num_key_value_heads: 4 }),
    files: thinksAndCalls,
  },
  { id: 'mlx-community/Llama-3.3-70B-Instruct-4bit', gigabytes: 39.7, downloads: 22_300, likes: 37, config: llama(80, 8192), files: calls },
  { id: 'mlx-community/Qwen3-0.6B-4bit', gigabytes: 0.335, downloads: 19_700, likes: 12, config: dense(28, 1024), files: thinksAndCalls },
  {
    id: 'mlx-community/whisper-large-v3-turbo',
    gigabytes: 1.61,
    downloads: 88_100,
    likes: 62,
    config: { model_type: 'whisper' },
    info: { pipeline_tag: 'automatic-speech-recognition', tags: ['mlx', 'whisper', 'automatic-speech-recognition'] },
  },
];

/** @param tiny folder of the model behind the names of those that run. */
export function hubModels(tiny: string): ModelSpec[] {
  return [
    { id: QWEN, folder: tiny, info: { downloads: 84_900, likes: 29, usedStorage: 2.28e9 } },
    { id: LARGE, folder: tiny, info: { downloads: 31_400, likes: 21, usedStorage: 8.31e9 } },
    {
      id: COMING,
      files: {
        'config.json': JSON.stringify({
          ...llama(30, 576),
          num_attention_heads: 9,
          num_key_value_heads: 3,
          quantization: undefined,
          quantization_config: undefined,
        }),
        ...plain,
        'model.safetensors': { size: 270e6, seed: 'coming' },
      },
      info: { downloads: 9_300, likes: 7 },
    },
    ...list.map(({ id, gigabytes, downloads, likes, config, files, info }) => ({
      id,
      files: { 'config.json': JSON.stringify(config), ...files, 'model.safetensors': { size: 1000, seed: id } },
      claims: { 'model.safetensors': Math.round(gigabytes * 1e9) },
      info: { downloads, likes, usedStorage: gigabytes * 1e9, ...info },
    })),
  ];
}
