/** A profile as Ollama's clients see a model. Pure. Whatever is missing is left out or empty, never null: several clients end on a null. */
import { createHash } from 'node:crypto';
import type { LocalModel, Profile, SamplingDefaults, Server } from '@mlx-manager/shared';
import { listedName } from './names.js';

export const CAPABILITIES = ['completion', 'tools', 'vision', 'thinking', 'embedding'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Ollama's own word for never: 292 years, the longest its durations can be. */
const FOR_EVER_MS = 292 * 365.25 * 24 * 3600 * 1000;
const MIB = 2 ** 20;

type Known = Pick<LocalModel, 'characteristics' | 'sizeBytes' | 'revision' | 'downloadedAt'>;

/** What a profile's model can do, in Ollama's words. Clients choose by it: Raycast and Copilot list nothing without it. */
export function capabilitiesOf(profile: Profile, { characteristics }: Pick<Known, 'characteristics'>): Capability[] {
  if (profile.modelType === 'embeddings') return ['embedding'];
  if (profile.modelType !== 'lm' && profile.modelType !== 'multimodal') return [];
  const { toolUse, vision, thinking } = characteristics;
  const all: [Capability, boolean][] = [
    ['completion', true],
    ['tools', toolUse || profile.toolCallParser !== null],
    ['vision', profile.modelType === 'multimodal' && vision],
    ['thinking', thinking || profile.reasoningParser !== null],
  ];
  return all.filter(([, can]) => can).map(([name]) => name);
}

/** Whether Ollama's clients have a use for it. */
export const isListed = (profile: Profile): boolean => ['lm', 'multimodal', 'embeddings'].includes(profile.modelType);

/** An entry of /api/tags. */
export function tagOf(profile: Profile, model: Known): Record<string, unknown> {
  const name = listedName(profile);
  return {
    name,
    model: name,
    modified_at: model.downloadedAt ?? profile.createdAt,
    size: model.sizeBytes,
    digest: digestOf(profile, model),
    details: detailsOf(profile, model),
    capabilities: capabilitiesOf(profile, model),
  };
}

/** The answer of /api/show. */
export function showOf(profile: Profile, model: Known): Record<string, unknown> {
  const { characteristics } = model;
  const architecture = characteristics.architectureId ?? 'unknown';
  const context = contextLength(profile, model);
  const parameters = parameterLines(profile, context);
  const capabilities = capabilitiesOf(profile, model);
  return {
    modelfile: [
      `# ${profile.name}, served by MLX Manager`,
      `FROM ${profile.modelPath}`,
      ...parameters.map((line) => `PARAMETER ${line}`),
      '',
    ].join('\n'),
    parameters: parameters.join('\n'),
    template: templateOf(capabilities),
    ...(profile.systemPrompt !== null && profile.systemPrompt !== '' && { system: profile.systemPrompt }),
    details: detailsOf(profile, model),
    model_info: {
      'general.architecture': architecture,
      // Copilot shows it as the model's name.
      'general.basename': profile.name,
      ...(characteristics.parameters !== null && { 'general.parameter_count': characteristics.parameters }),
      ...(context !== null && { [`${architecture}.context_length`]: context }),
    },
    capabilities,
    modified_at: model.downloadedAt ?? profile.createdAt,
  };
}

/**
 * An entry of /api/ps. Memory of the machine and of the GPU are the same on a Mac.
 * @param unloadAt milliseconds since 1970 at which it is unloaded; null when nothing is planned.
 */
export function processOf(
  profile: Profile,
  model: Known | null,
  server: Server,
  unloadAt: number | null,
  now: number,
): Record<string, unknown> {
  const name = listedName(profile);
  const size = server.memoryMb === null ? (model?.sizeBytes ?? 0) : Math.round(server.memoryMb * MIB);
  return {
    name,
    model: name,
    size,
    digest: digestOf(profile, model),
    details: detailsOf(profile, model),
    expires_at: new Date(unloadAt ?? now + FOR_EVER_MS).toISOString(),
    size_vram: size,
    context_length: (model && contextLength(profile, model)) ?? 0,
  };
}

/** Ollama's way of writing a number of parameters: `1.3M`-like for people, e.g. `8.2B`. Source: `format.HumanNumber`. */
export function humanNumber(value: number): string {
  const write = (number: number, digits: number): string => (Number.isInteger(number) ? number.toFixed(0) : number.toFixed(digits));
  if (value >= 1e9) return `${write(value / 1e9, 1)}B`;
  if (value >= 1e6) return `${write(value / 1e6, 2)}M`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(0)}K` : String(Math.round(value));
}

/** Tokens; the profile's stands over the model's. */
const contextLength = (profile: Profile, { characteristics }: Known): number | null =>
  profile.contextLength ?? characteristics.contextWindow;

/** Stable for one model at one revision. Open WebUI merges by it and ends without it (open-webui 6592). */
function digestOf(profile: Profile, model: Pick<Known, 'revision'> | null): string {
  return createHash('sha256')
    .update(`${profile.modelPath}@${model?.revision ?? ''}`)
    .digest('hex');
}

function detailsOf(profile: Profile, model: Known | null): Record<string, unknown> {
  const known = model?.characteristics;
  const family = known?.architectureId ?? '';
  const context = model && contextLength(profile, model);
  const bits = known?.quantization;
  return {
    parent_model: '',
    format: 'safetensors',
    family,
    families: family === '' ? [] : [family],
    parameter_size: known && known.parameters !== null ? humanNumber(known.parameters) : '',
    quantization_level: bits ? (bits.mode === null || bits.mode === 'affine' ? `${bits.bits}bit` : bits.mode) : (known?.dtype ?? ''),
    ...(context !== null && { context_length: context }),
  };
}

const OPTION_NAMES: readonly (readonly [keyof SamplingDefaults, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['minP', 'min_p'],
  ['maxTokens', 'num_predict'],
  ['repetitionPenalty', 'repeat_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['seed', 'seed'],
];

/** `NAME  VALUE`, a line each and never an empty one: Continue reads them by a pattern that must match. */
function parameterLines(profile: Profile, context: number | null): string[] {
  const own = OPTION_NAMES.flatMap(([key, name]): [string, number][] => {
    const value = profile.sampling[key];
    return value === undefined ? [] : [[name, value]];
  });
  const all: [string, number][] = context === null ? own : [['num_ctx', context], ...own];
  return all.map(([name, value]) => `${name.padEnd(30)} ${value}`);
}

/** Not what the engine uses (that is the model's own), but what old clients look into to learn what it can. */
function templateOf(capabilities: readonly Capability[]): string {
  if (!capabilities.includes('completion')) return '';
  const tools = capabilities.includes('tools') ? '{{ if .Tools }}{{ .Tools }}\n{{ end }}' : '';
  return `{{ if .System }}{{ .System }}\n{{ end }}${tools}{{ .Prompt }}`;
}
