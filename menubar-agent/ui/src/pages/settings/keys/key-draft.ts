/** An API key as it is typed, and as the agent takes it. Pure. */
import { apiKeyCreate, problemsOf, type ApiKey, type ApiKeyCreate, type ApiKeyUpdate, type Priority } from '@mlx-manager/shared';
import { atFields, numberOf, type Problems } from '../editing/use-form.js';

/** Days from now; or never; or a day of one's own. */
export const EXPIRIES = ['never', '7', '30', '90', '365', 'date'] as const;
export type Expiry = (typeof EXPIRIES)[number];

export interface KeyDraft {
  name: string;
  requestsPerMinute: string;
  tokensPerMinute: string;
  models: readonly string[];
  expiry: Expiry;
  /** Local time as a date field writes it: `2026-11-21T14:30`; used with `date`. */
  expiresAt: string;
  priority: Priority | null;
}

const DAY_MS = 86_400_000;

/** @param key null for a new one. */
export function draftOf(key: ApiKey | null): KeyDraft {
  return {
    name: key?.name ?? '',
    requestsPerMinute: String(key?.requestsPerMinute ?? ''),
    tokensPerMinute: String(key?.tokensPerMinute ?? ''),
    models: key?.models ?? [],
    expiry: key?.expiresAt == null ? 'never' : 'date',
    expiresAt: key?.expiresAt == null ? '' : localMinute(key.expiresAt),
    priority: key?.priority ?? null,
  };
}

/** @param now milliseconds since 1970. */
export function bodyOf(draft: KeyDraft, key: ApiKey | null, now: number): ApiKeyCreate {
  return {
    name: draft.name.trim(),
    requestsPerMinute: numberOf(draft.requestsPerMinute),
    tokensPerMinute: numberOf(draft.tokensPerMinute),
    models: draft.models.length === 0 ? null : [...draft.models],
    expiresAt: expiryOf(draft, key, now),
    priority: draft.priority,
  };
}

function expiryOf({ expiry, expiresAt }: KeyDraft, key: ApiKey | null, now: number): string | null {
  if (expiry === 'never') return null;
  if (expiry !== 'date') return new Date(now + Number(expiry) * DAY_MS).toISOString();
  // The field knows minutes only: what was not touched keeps its seconds.
  if (key?.expiresAt != null && localMinute(key.expiresAt) === expiresAt) return key.expiresAt;
  const at = new Date(expiresAt);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

export function problemsOfKey(draft: KeyDraft, key: ApiKey | null, now: number): Problems<KeyDraft> {
  const body = bodyOf(draft, key, now);
  const problems = atFields<KeyDraft>(draft, problemsOf(apiKeyCreate, body));
  if (problems.expiresAt !== undefined) return { ...problems, expiresAt: 'Choose a day and a time.' };
  const over = body.expiresAt !== null && body.expiresAt !== key?.expiresAt && Date.parse(body.expiresAt) <= now;
  return over ? { ...problems, expiresAt: 'Must be later than now.' } : problems;
}

/** Only what is not as it was: a change made elsewhere meanwhile stays. */
export function changesOf(key: ApiKey, body: ApiKeyCreate): Partial<ApiKeyUpdate> {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(key[name as keyof ApiKeyCreate])),
  );
}

export type KeyState = 'active' | 'expired' | 'revoked';
export function stateOf(key: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: number): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= now ? 'expired' : 'active';
}

/** An instant in local time, as a date field writes it. */
export function localMinute(instant: string | number): string {
  const at = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
