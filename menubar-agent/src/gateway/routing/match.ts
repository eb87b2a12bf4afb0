/** Conditions of a rule. Pure. */
import { globMatches, type RoutingMatch } from '@mlx-manager/shared';
import type { RoutingFacts } from './types.js';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/**
 * The first condition that does not hold, in a sentence; null when all hold.
 * @param match everything that is set must hold.
 */
export function firstFailed(match: RoutingMatch, facts: RoutingFacts): string | null {
  if (match.models.length > 0 && !anyMatches(match.models, facts.model))
    return `The model "${facts.model}" is none of ${list(match.models)}.`;
  if (match.protocols.length > 0 && !match.protocols.includes(facts.protocol))
    return `The client speaks ${facts.protocol}, not ${list(match.protocols)}.`;
  if (match.clients.length > 0 && !anyMatches(match.clients, facts.client))
    return `The client is ${facts.client === null ? 'unknown' : `"${facts.client}"`}, none of ${list(match.clients)}.`;
  if (match.keys.length > 0 && !anyMatches(match.keys, facts.key))
    return facts.key === null ? 'The request has no API key.' : `The API key "${facts.key}" is none of ${list(match.keys)}.`;
  if (match.time !== null && !isWithin(match.time, facts.at)) return `It is ${dayAndTime(facts.at)}, outside of its time.`;
  const missing = match.capabilities.length > 0 ? match.capabilities.filter((one) => !facts.needs().has(one)) : [];
  if (missing.length > 0) return `The request does not need ${list(missing)}.`;
  if (match.minTokens !== null && facts.tokens() < match.minTokens)
    return `The prompt has about ${facts.tokens()} tokens, fewer than ${match.minTokens}.`;
  if (match.maxTokens !== null && facts.tokens() > match.maxTokens)
    return `The prompt has about ${facts.tokens()} tokens, more than ${match.maxTokens}.`;
  return null;
}

function anyMatches(patterns: readonly string[], text: string | null): boolean {
  return text !== null && patterns.some((pattern) => globMatches(pattern, text));
}

/** Whether an instant lies in a window of local time. */
function isWithin(time: NonNullable<RoutingMatch['time']>, at: number): boolean {
  const date = new Date(at);
  const minute = date.getHours() * 60 + date.getMinutes();
  const from = time.from === null ? 0 : minutesOf(time.from);
  const to = time.to === null ? 24 * 60 : minutesOf(time.to);
  const onDay = (day: number): boolean => time.days.length === 0 || time.days.includes(DAYS[day] as (typeof DAYS)[number]);
  const today = date.getDay();
  if (from < to) return onDay(today) && minute >= from && minute < to;
  // Over midnight (or, with equal ends, all day round): the hours after it belong to the window that began the day before.
  return (minute >= from && onDay(today)) || (minute < to && onDay((today + 6) % 7));
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

function dayAndTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${DAYS[date.getDay()] ?? ''} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const list = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ');
