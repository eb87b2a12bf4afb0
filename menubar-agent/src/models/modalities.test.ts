import { architectureName } from './architectures.js';
import type { ModelFacts } from './facts.js';
import { modalities } from './modalities.js';

const facts = (more: Partial<ModelFacts>): ModelFacts => ({ modelId: 'owner/model', config: null, tags: [], ...more });
const kind = (more: Partial<ModelFacts>) => modalities(facts(more));

test('what nothing marks is a language model', () => {
  expect(kind({})).toEqual({
    modelType: 'lm',
    vision: false,
    audio: false,
    embedding: false,
    imageGeneration: false,
    mixtureOfExperts: false,
  });
});

describe('vision and audio', () => {
  const gemma = { model_type: 'gemma3', architectures: ['Gemma3ForConditionalGeneration'], vision_config: { hidden_size: 1 } };
  test('a vision part makes it multimodal, unless the repository says text only (converted by mlx-lm)', () => {
    expect(kind({ config: gemma, pipelineTag: 'image-text-to-text' })).toMatchObject({ modelType: 'multimodal', vision: true });
    expect(kind({ config: gemma, pipelineTag: 'text-generation' })).toMatchObject({ modelType: 'lm', vision: false });
  });
  test('an extract has its class and pipeline to go by', () => {
    expect(kind({ config: { architectures: ['Qwen3VLMoeForConditionalGeneration'], model_type: 'qwen3_vl_moe' } })).toMatchObject({
      vision: true,
      mixtureOfExperts: true,
    });
    expect(kind({ config: { model_type: 'gemma3' }, tags: ['image-text-to-text'] })).toMatchObject({ modelType: 'multimodal' });
  });
  test('Qwen-Omni keeps its parts in a thinker', () => {
    const config = { model_type: 'qwen2_5_omni', thinker_config: { audio_config: {}, vision_config: {}, text_config: { num_experts: 8 } } };
    expect(kind({ config })).toEqual({
      modelType: 'multimodal',
      vision: true,
      audio: true,
      embedding: false,
      imageGeneration: false,
      mixtureOfExperts: true,
    });
  });
  test('a part that is null is none', () => {
    expect(kind({ config: { model_type: 'gemma4', audio_config: null, vision_config: null } })).toMatchObject({
      modelType: 'lm',
      vision: false,
      audio: false,
    });
  });
});

describe('whisper', () => {
  test.each([
    ['by type', { config: { model_type: 'whisper' } }],
    ['by class', { config: { architectures: ['WhisperForConditionalGeneration'] } }],
    ["by OpenAI's dimensions (MLX conversion)", { config: { n_mels: 80, n_audio_ctx: 1500, n_text_ctx: 448 } }],
    ['by name and pipeline', { modelId: 'mlx-community/whisper-tiny', pipelineTag: 'automatic-speech-recognition' }],
  ])('%s', (_name, more) => {
    expect(kind(more)).toMatchObject({ modelType: 'whisper', audio: true });
  });
  test('another recognizer is not loaded as Whisper', () => {
    expect(kind({ config: { model_type: 'parakeet' }, pipelineTag: 'automatic-speech-recognition' })).toMatchObject({
      modelType: 'multimodal',
      audio: true,
    });
  });
});

describe('embeddings', () => {
  test.each([
    ['an encoder', { config: { model_type: 'xlm-roberta', architectures: ['XLMRobertaModel'] } }],
    ['a pipeline', { config: { model_type: 'qwen2' }, pipelineTag: 'sentence-similarity' }],
    ['a tag', { config: { model_type: 'qwen2' }, tags: ['sentence-transformers'] }],
    ["sentence-transformers' files", { config: { model_type: 'qwen2' }, fileNames: ['config.json', 'modules.json'] }],
    ['the name', { modelId: 'Qwen/Qwen3-Embedding-0.6B', config: { model_type: 'qwen3' } }],
  ])('by %s', (_name, more) => {
    expect(kind(more)).toMatchObject({ modelType: 'embeddings', embedding: true });
  });
  test('a classifier on an encoder makes no vectors', () => {
    const config = { model_type: 'bert', architectures: ['BertForSequenceClassification'] };
    expect(kind({ config, tags: ['sentence-transformers'] })).toMatchObject({ modelType: 'embeddings', embedding: false });
  });
});

describe('images', () => {
  test.each([
    ['FluxPipeline', [], undefined, 'image-generation'],
    ['FluxKontextPipeline', [], undefined, 'image-edit'],
    ['QwenImageEditPipeline', ['text-to-image'], undefined, 'image-edit'],
    [undefined, ['mflux'], 'text-to-image', 'image-generation'],
    [undefined, [], 'image-to-image', 'image-edit'],
  ])('%s %j %s → %s', (name, tags, pipelineTag, expected) => {
    const config = name === undefined ? null : { diffusers: { _class_name: name } };
    expect(kind({ config, tags, pipelineTag: pipelineTag ?? null })).toMatchObject({
      modelType: expected,
      imageGeneration: true,
      vision: expected === 'image-edit',
    });
  });
  test('a video pipeline and a language model that writes prompts are neither', () => {
    expect(kind({ config: { _class_name: 'StableVideoDiffusionPipeline' } }).imageGeneration).toBe(false);
    expect(kind({ config: { architectures: ['GPT2LMHeadModel'] }, tags: ['text-to-image'] })).toMatchObject({
      modelType: 'lm',
      imageGeneration: false,
    });
  });
});

test('mixtures: by the number of experts, else by the type', () => {
  expect(kind({ config: { model_type: 'granitemoehybrid', num_local_experts: 0 } }).mixtureOfExperts).toBe(false);
  expect(kind({ config: { model_type: 'granitemoehybrid' } }).mixtureOfExperts).toBe(true);
  expect(kind({ config: { model_type: 'gpt_oss' } }).mixtureOfExperts).toBe(true);
  expect(kind({ config: { architectures: ['PhiMoEForCausalLM'] } }).mixtureOfExperts).toBe(true);
});

describe('architecture', () => {
  test.each([
    ['qwen3_next', 'Qwen'],
    ['qwen2_5_vl', 'Qwen'],
    ['ministral3', 'Mistral'],
    ['glm4_moe', 'GLM'],
    ['gpt_oss', 'GPT-OSS'],
    ['smollm3', 'SmolLM'],
    ['cohere2', 'Cohere'],
    ['nemotron_h', 'Nemotron'],
    ['nemotron-nas', 'Nemotron'],
    ['xlm-roberta', 'RoBERTa'],
    ['mllama', 'Llama'],
    ['something_new', null],
  ])('%s → %s', (modelType, expected) => {
    expect(architectureName(facts({ config: { model_type: modelType } }))).toBe(expected);
  });
  test('by class, by the language model inside, by pipeline; by name only without any config', () => {
    expect(architectureName(facts({ config: { architectures: ['Olmo2ForCausalLM'] } }))).toBe('OLMo');
    expect(architectureName(facts({ config: { model_type: 'some_vlm', text_config: { model_type: 'phi3' } } }))).toBe('Phi');
    expect(architectureName(facts({ modelId: 'x/FLUX.1-schnell-4bit-mflux' }))).toBe('FLUX');
    expect(architectureName(facts({ modelId: 'x/Qwen3-8B', config: {} }))).toBeNull();
  });
});
