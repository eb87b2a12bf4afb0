/** Display names of architecture families. */
import { asRecord, asText, asTexts, firstOf, modelTypeOf, nameTokens, textConfigs, type ModelFacts } from './facts.js';

/**
 * Beginning of a `model_type` (or of a class name) in lower case without separators → display name. The first match wins, so a
 * longer name stands before the shorter one it begins with. Families are those mlx-lm 0.32.2 and mlx-vlm 0.7.10 can load, and encoders.
 */
const FAMILIES: readonly (readonly [prefix: string, name: string])[] = [
  ['qwenimage', 'Qwen-Image'],
  ['qwen', 'Qwen'],
  ['qwq', 'Qwen'],
  ['llava', 'LLaVA'],
  ['llama', 'Llama'],
  ['mllama', 'Llama'],
  ['ministral', 'Mistral'],
  ['mistral', 'Mistral'],
  ['mixtral', 'Mistral'],
  ['devstral', 'Mistral'],
  ['pixtral', 'Mistral'],
  ['voxtral', 'Mistral'],
  ['gemma', 'Gemma'],
  ['recurrentgemma', 'Gemma'],
  ['functiongemma', 'Gemma'],
  ['t5gemma', 'Gemma'],
  ['paligemma', 'PaliGemma'],
  ['phi', 'Phi'],
  ['deepseek', 'DeepSeek'],
  ['chatglm', 'GLM'],
  ['glm', 'GLM'],
  ['gptoss', 'GPT-OSS'],
  ['gptneox', 'GPT-NeoX'],
  ['gptbigcode', 'StarCoder'],
  ['gpt2', 'GPT-2'],
  ['starcoder', 'StarCoder'],
  ['smollm', 'SmolLM'],
  ['smolvlm', 'SmolVLM'],
  ['cohere', 'Cohere'],
  ['commandr', 'Cohere'],
  ['ayavision', 'Cohere'],
  ['granite', 'Granite'],
  ['olmo', 'OLMo'],
  ['molmo', 'Molmo'],
  ['minimax', 'MiniMax'],
  ['minicpm', 'MiniCPM'],
  ['mimo', 'MiMo'],
  ['kimi', 'Kimi'],
  ['moonlight', 'Kimi'],
  ['lfm2', 'LFM2'],
  ['nemotron', 'Nemotron'],
  ['exaone', 'EXAONE'],
  ['ernie', 'ERNIE'],
  ['hunyuan', 'Hunyuan'],
  ['bailing', 'Ling'],
  ['longcat', 'LongCat'],
  ['seedoss', 'Seed-OSS'],
  ['solar', 'Solar'],
  ['step', 'Step'],
  ['falcon', 'Falcon'],
  ['jamba', 'Jamba'],
  ['mamba', 'Mamba'],
  ['rwkv', 'RWKV'],
  ['internvl', 'InternVL'],
  ['internlm', 'InternLM'],
  ['baichuan', 'Baichuan'],
  ['stablelm', 'StableLM'],
  ['stablediffusion', 'Stable Diffusion'],
  ['idefics', 'Idefics'],
  ['apertus', 'Apertus'],
  ['dbrx', 'DBRX'],
  ['whisper', 'Whisper'],
  ['flux', 'FLUX'],
  ['bert', 'BERT'],
  ['distilbert', 'BERT'],
  ['modernbert', 'BERT'],
  ['nomicbert', 'BERT'],
  ['roberta', 'RoBERTa'],
  ['xlmroberta', 'RoBERTa'],
  ['mpnet', 'MPNet'],
  ['siglip', 'SigLIP'],
  ['clip', 'CLIP'],
];

function family(name: string | null): string | null {
  if (name === null) return null;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '');
  return FAMILIES.find(([prefix]) => plain.startsWith(prefix))?.[1] ?? null;
}

/** Name of the pipeline class of a diffusers repository (`FluxPipeline`): from model_index.json, or from the hub's extract of it. */
export function pipelineClass(config: ModelFacts['config']): string | null {
  return firstOf(asRecord(config?.['diffusers']), ['_class_name'], asText) ?? firstOf(config, ['_class_name'], asText);
}

/**
 * Display name of the architecture family, or null when nothing known is named. The config's own `model_type` stands first, then its
 * class, the language model inside, and the pipeline; the repository's name counts only where there is no config at all (MLX image models).
 */
export function architectureName(facts: ModelFacts): string | null {
  const { config } = facts;
  const candidates = [
    modelTypeOf(config),
    ...asTexts(config?.['architectures']),
    ...textConfigs(config).map(modelTypeOf),
    pipelineClass(config),
    ...(config === null ? nameTokens(facts.modelId).slice(0, 1) : []),
  ];
  for (const candidate of candidates) {
    const name = family(candidate);
    if (name !== null) return name;
  }
  return null;
}
