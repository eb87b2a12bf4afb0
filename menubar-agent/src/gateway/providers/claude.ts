/** What differs between Claude's generations. Pure. */

/**
 * The generation in a model's name: `claude-sonnet-4-6` 4.6, `claude-3-7-sonnet-20250219` 3.7, `claude-fable-5` 5.0; null for other names.
 * The first number is the major one, the second the minor one; eight digits are a date.
 */
export function claudeGeneration(model: string): number | null {
  const name = /claude.*/i.exec(model)?.[0];
  if (name === undefined) return null;
  const numbers = [...name.matchAll(/(?<![\w.])v?(\d{1,2})(?:\.(\d{1,2}))?(?=$|[-@:])/g)];
  const [first, second] = numbers;
  if (first === undefined) return null;
  const adjacent = second !== undefined && second.index === first.index + first[0].length + 1;
  const minor = first[2] ?? (adjacent ? second[1] : undefined) ?? '0';
  return Number(first[1]) + Number(minor) / 100;
}

/** 4.6 and later decide themselves how much to think (`adaptive`); 4.7 and later refuse a budget. Source: Anthropic's "Troubleshooting thinking". */
export const thinksAdaptively = (model: string): boolean => (claudeGeneration(model) ?? 0) >= 4.06;

/** 4.7 and later refuse `temperature`, `top_p` and `top_k`. Source: the same, and NousResearch/hermes-agent issue 11137. */
export const refusesSampling = (model: string): boolean => (claudeGeneration(model) ?? 0) >= 4.07;
