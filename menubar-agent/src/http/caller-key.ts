/** The key a request came with, and what follows from it: which models, how urgent. */
import type { IncomingHttpHeaders } from 'node:http';
import { AgentError, PRIORITIES, type ApiKey, type Priority } from '@mlx-manager/shared';

/** An API key as requests carry it. Replaced, never changed, when the owner changes the key. */
export interface CallerKey {
  readonly id: number;
  readonly name: string;
  /** Of requests that do not say; null lets the client's kind decide. */
  readonly priority: Priority | null;
  /** Null is no limit. */
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  /** As the owner wrote them; null allows all. */
  readonly models: ApiKey['models'];
  /** @param names all names of one model: profile, aliases, hub id. */
  mayUse(names: readonly string[]): boolean;
}

/** The request header that says how urgent a request is. */
export const PRIORITY_HEADER = 'x-mlx-manager-priority';

/**
 * OpenAI's words for it, in the body's `service_tier`; the others (`auto`, `default`) say nothing.
 * Source: "Flex processing" and "Priority processing" of OpenAI's API guides.
 */
const SERVICE_TIERS: Readonly<Record<string, Priority>> = { flex: 'batch', priority: 'interactive' };

/** Browsers and chat windows, where a person waits. What is not known is `normal`. */
const PEOPLES_CLIENTS = /^(?:Mozilla\/|Raycast|Zed\/|Cursor\/|obsidian)/i;

/**
 * How urgent a request is: its header says, else its body's `service_tier`, else its key, else the kind of its client.
 * @throws AgentError INVALID_REQUEST for a header that is none of the three words.
 */
export function priorityOf(headers: IncomingHttpHeaders, key: CallerKey | null, serviceTier?: unknown): Priority {
  const asked = headers[PRIORITY_HEADER];
  if (asked !== undefined) {
    const known = PRIORITIES.find((one) => one === asked);
    if (known === undefined)
      throw new AgentError('INVALID_REQUEST', { problem: `${PRIORITY_HEADER} must be one of ${PRIORITIES.join(', ')}` });
    return known;
  }
  const tier = typeof serviceTier === 'string' && Object.hasOwn(SERVICE_TIERS, serviceTier) ? SERVICE_TIERS[serviceTier] : undefined;
  return tier ?? key?.priority ?? (PEOPLES_CLIENTS.test(headers['user-agent'] ?? '') ? 'interactive' : 'normal');
}

/** A test of names against a key's list: case does not matter, `*` stands for any text. Null fits all. */
export function nameMatcher(models: readonly string[] | null): (names: readonly string[]) => boolean {
  if (models === null) return () => true;
  const patterns = models.map((one) => one.toLowerCase().split('*'));
  return (names) => names.some((name) => patterns.some((pieces) => fits(name.toLowerCase(), pieces)));
}

/** Whether a text is these pieces in this order, with anything between them. Quick for any pattern, which a regular expression is not. */
function fits(text: string, [first = '', ...rest]: readonly string[]): boolean {
  if (!text.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return text === first;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
