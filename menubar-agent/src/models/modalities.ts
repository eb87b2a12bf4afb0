/** What kind of model it is: which type an engine starts it as, and what goes in and comes out. */
import type { ModelType } from '@mlx-manager/shared';
import { pipelineClass } from './architectures.js';
import { asRecord, asText, asTexts, firstOf, lookUp, modelTypeOf, nameTokens, textConfigs, type Json, type ModelFacts } from './facts.js';

export interface Modalities {
  readonly modelType: ModelType;
  readonly vision: boolean;
  readonly audio: boolean;
  readonly embedding: boolean;
  readonly imageGeneration: boolean;
  readonly mixtureOfExperts: boolean;
}

/** Encoders: they write no text, whatever else they do. Beginnings of a `model_type` without separators. */
const ENCODERS = [
  'bert',
  'distilbert',
  'roberta',
  'xlmroberta',
  'modernbert',
  'nomicbert',
  'mpnet',
  'electra',
  'albert',
  'deberta',
  'newmodel',
  'gteqwen',
];
const VISION_CLASS = /(?:VL|Vl|VLMoe|Vision|Vlm|VLM|Llava|Pixtral|Mllama|Idefics|PaliGemma|InternVL|Florence|Molmo|MiniCPMV|ImageText)/u;
const AUDIO_CLASS = /(?:Audio|Voxtral|Omni|Speech|Whisper)/u;
const VISION_PIPELINES = new Set(['image-text-to-text', 'visual-question-answering', 'video-text-to-text', 'image-to-text']);
const AUDIO_PIPELINES = new Set(['automatic-speech-recognition', 'audio-text-to-text']);
const EMBEDDING_PIPELINES = new Set(['feature-extraction', 'sentence-similarity']);
/** Files only sentence-transformers repositories have. */
const EMBEDDING_FILES = new Set(['modules.json', 'config_sentence_transformers.json', '1_Pooling/config.json']);
const IMAGE_EDIT_WORDS = new Set(['edit', 'kontext', 'fill', 'inpaint', 'inpainting']);
/** Mixtures whose `model_type` does not say so; the hub's extract says nothing else. */
const MIXTURES = new Set([
  'mixtral',
  'gpt_oss',
  'deepseek_v3',
  'deepseek_v32',
  'kimi_k2',
  'llama4',
  'llama4_text',
  'qwen3_next',
  'minimax',
  'minimax_m2',
  'dbrx',
  'dots1',
]);
const EXPERT_KEYS = ['num_experts', 'num_local_experts', 'n_routed_experts', 'num_routed_experts', 'moe_num_experts'] as const;

/** Evidence gathered once: what the config is called, and what the repository says it is for. */
interface Evidence {
  readonly config: Json | null;
  readonly type: string;
  readonly classes: readonly string[];
  readonly purposes: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
  readonly files: readonly string[];
}

function gather(facts: ModelFacts): Evidence {
  const purposes = [...facts.tags, facts.pipelineTag ?? ''].map((tag) => tag.toLowerCase());
  return {
    config: facts.config,
    type: (modelTypeOf(facts.config) ?? '').toLowerCase(),
    classes: asTexts(facts.config?.['architectures']),
    purposes: new Set(purposes),
    words: new Set(nameTokens(facts.modelId)),
    files: facts.fileNames ?? [],
  };
}

const any = (values: Iterable<string>, set: ReadonlySet<string>): boolean => [...values].some((value) => set.has(value));

/** A nested config under this key, here or in a Qwen-Omni thinker; `null` there (Gemma 4 without audio) means: has none. */
function hasPart(config: Json | null, key: string): boolean {
  return asRecord(config?.[key]) !== null || asRecord(asRecord(config?.['thinker_config'])?.[key]) !== null;
}

function isWhisper(evidence: Evidence): boolean {
  if (evidence.type !== '') return evidence.type === 'whisper';
  if (evidence.classes.some((name) => name.startsWith('Whisper'))) return true;
  // The MLX conversion (mlx-examples) keeps OpenAI's own dimensions and no model_type.
  if (evidence.config !== null && Object.hasOwn(evidence.config, 'n_audio_ctx') && Object.hasOwn(evidence.config, 'n_mels')) return true;
  return evidence.words.has('whisper') && any(evidence.purposes, AUDIO_PIPELINES);
}

/** `image-edit` changes a given picture, `image-generation` makes one from words; null is neither. */
function imageKind(facts: ModelFacts, evidence: Evidence): 'image-generation' | 'image-edit' | null {
  const name = pipelineClass(facts.config);
  const makes = evidence.purposes.has('text-to-image');
  const edits = evidence.purposes.has('image-to-image');
  const isImagePipeline = name !== null && /(?:Image|Flux|StableDiffusion|SD3|Diffusion)/u.test(name) && !/Video/u.test(name);
  // A language model is no picture model whatever its tags: `text-to-image` also marks models that write prompts.
  if (evidence.classes.length > 0 || (!makes && !edits && !isImagePipeline)) return null;
  const namedEdit = name !== null && /(?:Img2Img|Edit|Kontext|Inpaint|Fill)/u.test(name);
  return namedEdit || (edits && !makes) || any(evidence.words, IMAGE_EDIT_WORDS) ? 'image-edit' : 'image-generation';
}

function isEncoder(evidence: Evidence): boolean {
  const plain = evidence.type.replaceAll(/[^a-z0-9]/gu, '');
  return plain !== '' && ENCODERS.some((prefix) => plain.startsWith(prefix));
}

/** Whether it turns text into vectors. A classifier built on an encoder does not. */
function isEmbedding(evidence: Evidence): boolean {
  if (evidence.classes.some((name) => /For(?:Sequence|Token)Classification/u.test(name))) return false;
  if (any(evidence.purposes, EMBEDDING_PIPELINES) || evidence.purposes.has('sentence-transformers')) return true;
  if (evidence.files.some((file) => EMBEDDING_FILES.has(file))) return true;
  if (evidence.words.has('embedding') || evidence.words.has('embeddings') || evidence.words.has('embed')) return true;
  return isEncoder(evidence);
}

function seesImages(facts: ModelFacts, evidence: Evidence): boolean {
  // mlx-lm leaves the vision part out when it converts and labels the result so; mlx-vlm keeps it and its label.
  if (facts.pipelineTag === 'text-generation') return false;
  if (hasPart(evidence.config, 'vision_config') || hasPart(evidence.config, 'visual')) return true;
  if (firstOf(evidence.config, ['mm_vision_tower'], asText) !== null) return true;
  return evidence.classes.some((name) => VISION_CLASS.test(name)) || any(evidence.purposes, VISION_PIPELINES);
}

function hearsAudio(evidence: Evidence): boolean {
  if (hasPart(evidence.config, 'audio_config')) return true;
  return evidence.classes.some((name) => AUDIO_CLASS.test(name)) || any(evidence.purposes, AUDIO_PIPELINES);
}

function isMixture(evidence: Evidence): boolean {
  const configs = textConfigs(evidence.config);
  const experts = lookUp(configs, EXPERT_KEYS, (value) => (typeof value === 'number' ? value : null));
  if (experts !== null) return experts > 1;
  const types = configs.map((config) => modelTypeOf(config)?.toLowerCase() ?? '');
  return types.some((type) => MIXTURES.has(type) || type.includes('moe')) || evidence.classes.some((name) => /moe/iu.test(name));
}

/**
 * Kind and abilities. There is no "unknown" kind on the wire, so what nothing marks as something else is a language model.
 */
export function modalities(facts: ModelFacts): Modalities {
  const evidence = gather(facts);
  const mixtureOfExperts = isMixture(evidence);
  const none = { vision: false, audio: false, embedding: false, imageGeneration: false, mixtureOfExperts };
  const image = imageKind(facts, evidence);
  if (image !== null) return { ...none, modelType: image, vision: image === 'image-edit', imageGeneration: true };
  if (isWhisper(evidence)) return { ...none, modelType: 'whisper', audio: true };
  const vision = seesImages(facts, evidence);
  const audio = hearsAudio(evidence);
  if (isEmbedding(evidence)) return { ...none, modelType: 'embeddings', vision, audio, embedding: true };
  if (isEncoder(evidence)) return { ...none, modelType: 'embeddings', vision, audio };
  return { ...none, modelType: vision || audio ? 'multimodal' : 'lm', vision, audio };
}
