/** Numbers as people type them, in the forms of the window and of the extension. */
import type { SamplingDefaults } from './schemas/index.js';

const THOUSANDS = /^[1-9]\d{0,2}(?:[, \u202f]\d{3})+$/;
const PLAIN = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/;

/** Sampling options whose numbers are small and have decimals: `1,000` is one there, and a thousand everywhere else. */
const FRACTIONS: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'minP',
  'repetitionPenalty',
  'presencePenalty',
  'frequencyPenalty',
] satisfies (keyof SamplingDefaults)[]);

/**
 * A number as typed, with a decimal comma too, or with separators of thousands.
 * @param field the option it is typed for: what `1,000` means depends on it.
 * @returns undefined for none, NaN for what is no number, which every schema refuses.
 */
export function typedNumber(typed: string, field?: string): number | undefined {
  const trimmed = typed.trim().replace('−', '-');
  if (trimmed === '') return undefined;
  const fraction = field !== undefined && FRACTIONS.has(field);
  if (!fraction && THOUSANDS.test(trimmed)) return Number(trimmed.replace(/\D/g, ''));
  return PLAIN.test(trimmed) ? Number(trimmed.replace(',', '.')) : NaN;
}
