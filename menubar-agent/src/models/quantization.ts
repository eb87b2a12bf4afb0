/** Quantization, data type and number of parameters. */
import type { Quantization } from '@mlx-manager/shared';
import { asCount, asPositive, asRecord, asText, firstOf, lookUp, nameTokens, textConfigs, type Json, type ModelFacts } from './facts.js';

/** Formats whose name alone fixes bits and group size: OCP Microscaling (MX) v1.0 §5 for mxfp, NVIDIA's NVFP4 with blocks of 16. */
const NAMED_FORMATS: Readonly<Record<string, Quantization>> = {
  mxfp4: { bits: 4, groupSize: 32, mode: 'mxfp4' },
  mxfp8: { bits: 8, groupSize: 32, mode: 'mxfp8' },
  nvfp4: { bits: 4, groupSize: 16, mode: 'nvfp4' },
};

/** More would not be quantized; less than one is not built by MLX. */
const MAX_BITS = 16;

function plausibleBits(value: unknown): number | null {
  const bits = asPositive(value);
  return bits !== null && bits <= MAX_BITS ? bits : null;
}

/** One `quantization` or `quantization_config` object: MLX's own (`bits`, `group_size`, `mode`), or another library's by `quant_method`. */
function fromObject(entry: Json | null): Quantization | null {
  if (entry === null) return null;
  const method = firstOf(entry, ['quant_method'], asText);
  const mode = firstOf(entry, ['mode'], asText) ?? method;
  const named = mode === null ? undefined : NAMED_FORMATS[mode];
  const bits = firstOf(entry, ['bits', 'w_bit'], plausibleBits);
  const groupSize = firstOf(entry, ['group_size', 'q_group_size'], asCount);
  // MLX wrote no mode before it had more than one; `affine` is its default (mlx.core.quantize).
  if (bits !== null) return { bits, groupSize: groupSize ?? named?.groupSize ?? null, mode: mode ?? 'affine' };
  if (named !== undefined) return named;
  if (method === 'fp8') return { bits: 8, groupSize: null, mode: 'fp8' };
  if (entry['load_in_4bit'] === true) return { bits: 4, groupSize: null, mode };
  if (entry['load_in_8bit'] === true) return { bits: 8, groupSize: null, mode };
  // compressed-tensors: one group of layers is the rule; several say no single figure.
  const groups = Object.values(asRecord(entry['config_groups']) ?? {});
  const weights = groups.length === 1 ? asRecord(asRecord(groups[0])?.['weights']) : null;
  const groupBits = firstOf(weights, ['num_bits'], plausibleBits);
  return groupBits === null ? null : { bits: groupBits, groupSize: firstOf(weights, ['group_size'], asCount), mode };
}

/** `4bit`, `4-bit` (a tag), `mxfp4` in a name or a tag. */
function fromWords(words: readonly string[]): Quantization | null {
  for (const word of words) {
    const named = Object.hasOwn(NAMED_FORMATS, word) ? NAMED_FORMATS[word] : undefined;
    if (named !== undefined) return named;
    const bits = plausibleBits(Number(/^(\d{1,2}(?:\.\d+)?)-?bits?$/u.exec(word)?.[1]));
    if (bits !== null) return { bits, groupSize: null, mode: null };
  }
  return null;
}

/** Whether the config is a whole config.json: the hub's extract never says the layers. A whole one without quantization says: none. */
function isWhole(facts: ModelFacts): boolean {
  return lookUp(textConfigs(facts.config), ['num_hidden_layers', 'hidden_size', 'n_layer', 'num_layers', 'd_model'], asCount) !== null;
}

/** Quantization of the weights; per-layer overrides beside it do not count. Null: not quantized, or not known. */
export function quantizationOf(facts: ModelFacts): Quantization | null {
  for (const config of [facts.config, ...textConfigs(facts.config)]) {
    const found = fromObject(firstOf(config, ['quantization'], asRecord)) ?? fromObject(firstOf(config, ['quantization_config'], asRecord));
    if (found !== null) return found;
  }
  if (isWhole(facts)) return null;
  const tokens = nameTokens(facts.modelId);
  // `4-bit` falls apart into two words of a name.
  const pairs = tokens.slice(1).map((token, index) => `${tokens[index] ?? ''}-${token}`);
  return fromWords([...tokens, ...pairs]) ?? fromWords(facts.tags.map((tag) => tag.toLowerCase()));
}

/** Data types of unquantized weights as safetensors names them → as config.json does. */
const DTYPES: Readonly<Record<string, string>> = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' };

/** Data type of the unquantized weights, e.g. `bfloat16`: what the config says, else the commonest float in the weight files. */
export function dtypeOf(facts: ModelFacts): string | null {
  const configs = facts.config === null ? [] : [facts.config, ...textConfigs(facts.config)];
  const named = lookUp(configs, ['torch_dtype', 'dtype'], asText);
  if (named !== null) return named.replace(/^torch\./u, '');
  const stored = elementsByType(facts)
    .filter(([type]) => Object.hasOwn(DTYPES, type))
    .sort(([, a], [, b]) => b - a)[0]?.[0];
  return stored === undefined ? null : (DTYPES[stored] ?? null);
}

function elementsByType(facts: ModelFacts): [type: string, count: number][] {
  return Object.entries(asRecord(facts.safetensors?.parameters) ?? {}).flatMap(([type, value]) => {
    const count = asPositive(value);
    return count === null ? [] : [[type.toUpperCase(), count]];
  });
}

/**
 * Parameters out of the weight files' element counts. MLX packs 32 / bits weights into one U32 and keeps, for each group, a scale
 * and (affine only) a bias in a float type, which are no parameters of the model; mxfp4 and nvfp4 keep one U8 scale.
 */
function fromSafetensors(facts: ModelFacts, quantization: Quantization | null): number | null {
  const total = asPositive(facts.safetensors?.total);
  const stored = elementsByType(facts);
  const packed = stored.find(([type]) => type === 'U32')?.[1] ?? 0;
  if (packed === 0) return total;
  const sum = stored.reduce((elements, [, count]) => elements + count, 0);
  // A total that is no longer the plain sum has been corrected by who counted.
  if (total !== null && Math.abs(total - sum) > 1) return total;
  if (quantization === null) return null;
  const weights = (packed * 32) / quantization.bits;
  const affine = quantization.mode === null || quantization.mode === 'affine';
  const scales = affine && quantization.groupSize !== null ? (2 * weights) / quantization.groupSize : 0;
  const others = stored.filter(([type]) => type !== 'U32' && type !== 'U8').reduce((elements, [, count]) => elements + count, 0);
  return Math.round(weights + Math.max(0, others - scales));
}

const UNITS: Readonly<Record<string, number>> = { m: 1e6, b: 1e9 };

/**
 * `7B`, `0.6B`, `135M` as a word of the name; the largest, since a mixture may name its active part too (OLMoE-1B-7B). `A3B` (active),
 * `E4B` (effective) and `8x7B` are other figures and do not match; `T` counts tokens as often as parameters. `17B-16E` (Llama 4) names
 * the active part alone, so such a name says nothing.
 */
function fromName(modelId: string): number | null {
  const tokens = nameTokens(modelId);
  if (tokens.some((token) => /^\d+e$/u.test(token))) return null;
  const counts = tokens.flatMap((token) => {
    const match = /^(\d+(?:\.\d+)?)([mb])$/u.exec(token);
    const unit = UNITS[match?.[2] ?? ''];
    const count = asPositive(Number(match?.[1]));
    return unit === undefined || count === null ? [] : [Math.round(count * unit)];
  });
  return counts.length === 0 ? null : Math.max(...counts);
}

/** Number of parameters: from the weight files, else from the repository's name, else null. */
export function parametersOf(facts: ModelFacts, quantization: Quantization | null): number | null {
  return fromSafetensors(facts, quantization) ?? fromName(facts.modelId);
}
