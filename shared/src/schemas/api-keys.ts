/** API keys: how programs, and other machines, are let into `/v1`. The secret itself is answered once, by the call that makes the key. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { priority, timestamp } from './common.js';

/** What every secret starts with, so that people and secret scanners know it. */
export const API_KEY_PREFIX = 'mlxm_';

const limit = (max: number) => z.int().min(1).max(max).nullable();

/** What the owner may set; defaults are those of a new key. */
export const apiKeyShape = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(80)
    // eslint-disable-next-line no-control-regex -- control characters have no place in a name shown in lists and headers
    .regex(/^[^\u0000-\u001f\u007f]+$/, 'may not hold control characters'),
  /** Requests a minute; null is no limit. */
  requestsPerMinute: limit(1_000_000).default(null),
  /** Tokens a minute, of prompts and answers together; null is no limit. */
  tokensPerMinute: limit(1_000_000_000).default(null),
  /** Names of profiles, aliases or hub ids this key may use; `*` stands for any text. Null allows all. */
  models: z.array(z.string().min(1).max(192)).min(1).max(64).nullable().default(null),
  /** When the key stops working; null is never. */
  expiresAt: timestamp.nullable().default(null),
  /** How urgent its requests are when they do not say; null lets the client's kind decide. */
  priority: priority.nullable().default(null),
};

export const apiKey = wireObject(
  {
    id: z.int(),
    ...apiKeyShape,
    /** The first letters of the secret, by which the owner knows it again. */
    prefix: z.string(),
    createdAt: timestamp,
    /** Written down about once a minute; null before the first use. */
    lastUsedAt: timestamp.nullable(),
    /** A revoked key stays in the list, so that traces keep its name. */
    revokedAt: timestamp.nullable(),
  },
  { id: 'ApiKey' },
);
export type ApiKey = z.output<typeof apiKey>;

export const apiKeyCreate = wireObject(apiKeyShape, { strict: true, id: 'ApiKeyCreate' });
export type ApiKeyCreate = z.output<typeof apiKeyCreate>;

/** Only what changes. */
export const apiKeyUpdate = wireObject(partialShape(apiKeyShape), { strict: true, id: 'ApiKeyUpdate' });
export type ApiKeyUpdate = z.output<typeof apiKeyUpdate>;

/** The only answer that ever holds the secret. */
export const apiKeyCreated = wireObject({ key: apiKey, secret: z.string() }, { id: 'ApiKeyCreated' });
export type ApiKeyCreated = z.output<typeof apiKeyCreated>;
