/** A rule in a sentence that a person reads: when it holds, and who answers then. Pure. */
import type { FallbackReason, RoutingCapability, RoutingMatch, RoutingRule, RoutingTarget } from '@mlx-manager/shared';

/** Names of what rules point at. */
export interface Names {
  readonly profile: (id: number) => string | undefined;
  readonly provider: (id: number) => string | undefined;
}

export const CAPABILITY_WORDS: Record<RoutingCapability, string> = {
  tools: 'Tools',
  vision: 'Images',
  thinking: 'Thinking',
  json_schema: 'JSON by a schema',
  embeddings: 'Embeddings',
};
export const PROTOCOL_WORDS: Record<RoutingMatch['protocols'][number], string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  responses: 'Responses',
  ollama: 'Ollama',
  internal: 'Chats of MLX Manager',
};
export const REASON_WORDS: Record<FallbackReason, string> = {
  failed: 'failure',
  full: 'a full queue',
  no_fit: 'no room in memory',
};
type Day = NonNullable<RoutingMatch['time']>['days'][number];
export const DAY_WORDS: Record<Day, string> = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' };
const DAYS = Object.keys(DAY_WORDS) as Day[];

export interface RuleWords {
  /** `When model is gpt-* and prompt ≥ 8,000 tokens`, or `Always`. */
  readonly when: string;
  /** `Profile Big, else on failure → Provider X`. */
  readonly then: string;
}

export function ruleWords(rule: Pick<RoutingRule, 'match' | 'target' | 'fallbacks' | 'fallbackOn'>, names: Names): RuleWords {
  const conditions = conditionsOf(rule.match);
  return { when: conditions.length === 0 ? 'Always' : `When ${and(conditions)}`, then: answerOf(rule, names) };
}

export const ruleSentence = (rule: Parameters<typeof ruleWords>[0], names: Names): string => {
  const { when, then } = ruleWords(rule, names);
  return `${when} → ${then}`;
};

function conditionsOf({ models, minTokens, maxTokens, capabilities, time, clients, keys, protocols }: RoutingMatch): string[] {
  return [
    ...(models.length > 0 ? [`model is ${or(models)}`] : []),
    ...tokensOf(minTokens, maxTokens),
    ...(capabilities.length > 0 ? [`it needs ${and(capabilities.map((one) => inText(CAPABILITY_WORDS[one])))}`] : []),
    ...(protocols.length > 0 ? [`the client speaks ${or(protocols.map((one) => PROTOCOL_WORDS[one]))}`] : []),
    ...(clients.length > 0 ? [`client is ${or(clients)}`] : []),
    ...(keys.length > 0 ? [`key is ${or(keys)}`] : []),
    ...(time === null ? [] : timeOf(time)),
  ];
}

function tokensOf(min: number | null, max: number | null): string[] {
  if (min !== null && max !== null) return [`prompt has ${thousands(min)} to ${thousands(max)} tokens`];
  if (min !== null) return [`prompt ≥ ${thousands(min)} tokens`];
  return max === null ? [] : [`prompt ≤ ${thousands(max)} tokens`];
}

function timeOf({ days, from, to }: NonNullable<RoutingMatch['time']>): string[] {
  const on = days.length === 0 || days.length === DAYS.length ? null : `on ${daysOf(days)}`;
  const between = from === null || to === null ? null : `from ${from} to ${to}`;
  const words = [on, between].filter((one) => one !== null);
  return words.length === 0 ? [] : [`it is ${words.join(' ')}`];
}

/** `Mon–Fri`, `Sat, Sun`. */
function daysOf(days: readonly Day[]): string {
  const at = DAYS.flatMap((day, i) => (days.includes(day) ? [i] : []));
  const runs: number[][] = [];
  for (const i of at) {
    const run = runs.at(-1);
    if (run?.at(-1) === i - 1) run.push(i);
    else runs.push([i]);
  }
  const word = (i: number | undefined): string => DAY_WORDS[DAYS[i ?? 0] as Day];
  return runs.map((run) => (run.length > 2 ? `${word(run[0])}–${word(run.at(-1))}` : run.map(word).join(', '))).join(', ');
}

function answerOf({ target, fallbacks, fallbackOn }: Pick<RoutingRule, 'target' | 'fallbacks' | 'fallbackOn'>, names: Names): string {
  if (target === null && fallbacks.length === 0) return 'stays on this Mac, by the name it gives';
  const first = target === null ? 'the model it names, on this Mac' : targetWords(target, names);
  if (fallbacks.length === 0) return first;
  const on = fallbackOn.length === Object.keys(REASON_WORDS).length ? 'any trouble' : or(fallbackOn.map((one) => REASON_WORDS[one]));
  return `${first}, else on ${on} → ${fallbacks.map((one) => targetWords(one, names)).join(', then ')}`;
}

/** `Profile Big`, `Provider OpenAI with gpt-5`. */
export function targetWords({ profileId, providerId, model }: RoutingTarget, names: Names): string {
  if (profileId !== null) return `Profile ${names.profile(profileId) ?? '(deleted)'}`;
  if (providerId === null) return 'nobody yet';
  const who = `Provider ${names.provider(providerId) ?? '(deleted)'}`;
  return model === null ? who : `${who} with ${model}`;
}

/** More names than this are counted. */
const SHOWN = 4;
function or(words: readonly string[]): string {
  if (words.length > SHOWN) return `${words.slice(0, SHOWN - 1).join(', ')} or ${words.length - SHOWN + 1} others`;
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
const and = (words: readonly string[]): string =>
  words.length < 3 ? words.join(' and ') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
const thousands = (value: number): string => value.toLocaleString('en-US');
/** A label inside of a sentence; abbreviations stay as they are. */
const inText = (label: string): string => (/^[A-Z]{2}/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1));
