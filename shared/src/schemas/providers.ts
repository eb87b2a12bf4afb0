/** Providers: servers beyond this machine (or other programs on it) that may answer in its place. Nothing is asked of them without a routing rule. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { timestamp } from './common.js';

export const PROVIDER_PROTOCOLS = ['openai', 'anthropic'] as const;
export type ProviderProtocol = (typeof PROVIDER_PROTOCOLS)[number];

/** Headers that carry a secret, or that belong to the connection. A key is given as `key`: only there it is kept safe. */
const RESERVED_HEADERS = new Set(
  (
    'authorization proxy-authorization x-api-key api-key x-goog-api-key cookie host connection content-length content-type ' +
    'transfer-encoding accept accept-encoding user-agent keep-alive te trailer upgrade expect'
  ).split(' '),
);

/** Names that never leave the local network. Sources: RFC 6762 (`.local`), RFC 8375 (`.home.arpa`), ICANN's reservation of `.internal`. */
const PRIVATE_SUFFIXES = ['.localhost', '.local', '.home.arpa', '.internal'];

/**
 * Whether a host can only be on this machine or in its own network.
 * Sources: RFC 1918, RFC 6598 (shared addresses, as Tailscale uses them), RFC 3927, RFC 4193, RFC 4291.
 * @param host as `URL.hostname` writes it: addresses in their normal form, IPv6 in brackets.
 */
export function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix))) return true;
  if (name.startsWith('[')) return name === '[::1]' || /^\[f[cd][0-9a-f]{2}:/.test(name) || /^\[fe[89ab][0-9a-f]:/.test(name);
  const parts = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(name);
  if (!parts) return false;
  const [a, b] = [Number(parts[1]), Number(parts[2])];
  return (
    a === 127 ||
    a === 10 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b <= 127)
  );
}

const baseUrl = z
  .url({ protocol: /^https?$/ })
  .max(1024)
  .superRefine((text, context) => {
    const url = URL.parse(text);
    const problem = !url
      ? 'must be an address'
      : url.username !== '' || url.password !== ''
        ? 'may hold no user or password: set the key instead'
        : url.search !== '' || url.hash !== ''
          ? 'may hold no query and no fragment'
          : url.protocol === 'http:' && !isPrivateHost(url.hostname)
            ? 'must be https: only addresses of this machine or its own network may be http'
            : null;
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

/** Shown in headers of answers, so plain letters only. */
const providerName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][\w .@/+-]*$/, 'may hold letters, digits, spaces and . _ @ / + -');
const modelName = z.string().trim().min(1).max(256).regex(/^\S+$/, 'may hold no spaces');

export const providerShape = {
  name: providerName,
  protocol: z.enum(PROVIDER_PROTOCOLS),
  /** As the provider's own SDK wants it: `https://api.openai.com/v1`, `https://api.anthropic.com`. */
  baseUrl,
  /** Models that may be asked for; empty for any. */
  models: z.array(modelName).max(256).default([]),
  /** Further headers for every request, none of them a secret. */
  headers: z
    .record(
      z
        .string()
        .max(128)
        .regex(/^[A-Za-z0-9-]+$/, 'must be a header’s name')
        .refine((name) => !RESERVED_HEADERS.has(name.toLowerCase()), 'is set by the agent; a secret is given as key'),
      z
        .string()
        .max(1024)
        .regex(/^[\x20-\x7e]*$/, 'must be plain text'),
    )
    .default({}),
};

/** Write-only: kept in the keychain or in a file of mode 0600, never answered. What a header can carry, and no spaces. */
const key = z
  .string()
  .max(2048)
  .regex(/^[\x21-\x7e]+$/, 'may hold plain characters only, and no spaces');

export const providerCreate = wireObject({ ...providerShape, key: key.nullable().optional() }, { strict: true, id: 'ProviderCreate' });
export type ProviderCreate = z.output<typeof providerCreate>;
export type ProviderCreateInput = Partial<ProviderCreate> & Pick<ProviderCreate, 'name' | 'protocol' | 'baseUrl'>;

/** Only what changes; `key: null` forgets the key. */
export const providerUpdate = wireObject(
  { ...partialShape(providerShape), key: key.nullable().optional() },
  { strict: true, id: 'ProviderUpdate' },
);
export type ProviderUpdate = z.output<typeof providerUpdate>;

export const provider = wireObject(
  {
    id: z.int(),
    ...providerShape,
    /** Whether a key is kept. The key itself is never answered. */
    keySet: z.boolean(),
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { id: 'Provider' },
);
export type Provider = z.output<typeof provider>;

/** What a cheap call to a provider showed. */
export const providerTest = wireObject(
  {
    ok: z.boolean(),
    /** HTTP status of its answer; null when none came. */
    status: z.int().nullable(),
    /** Milliseconds until the answer. */
    durationMs: z.int(),
    /** What happened, in a sentence. */
    message: z.string(),
    /** What to do; null when all is well. */
    action: z.string().nullable(),
    /** Models it lists, the first 500. */
    models: z.array(z.string()),
  },
  { id: 'ProviderTest' },
);
export type ProviderTest = z.output<typeof providerTest>;
