/** Where a provider is asked, and how it knows us. Pure. */
import { GATEWAY_AGENT } from '../routing/facts.js';
import type { ProviderAt } from './types.js';

/** The version of Anthropic's API that is spoken here. Source: Anthropic's API reference, "Versions". */
const ANTHROPIC_VERSION = '2023-06-01';

/**
 * The address of a provider's endpoint. Bases are written as the providers' own SDKs want them: OpenAI's with its `/v1`, Anthropic's without; both
 * are understood both ways.
 * @param path as the gateway's own, e.g. `/v1/messages`.
 */
export function endpointOf(provider: Pick<ProviderAt, 'protocol' | 'baseUrl'>, path: string): string {
  const base = provider.baseUrl.replace(/\/+$/, '');
  const rest = path.replace(/^\/v1(?=\/)/, '');
  if (provider.protocol === 'anthropic') return `${base.replace(/\/v1$/, '')}/v1${rest}`;
  return (URL.parse(base)?.pathname ?? '/') === '/' ? `${base}/v1${rest}` : base + rest;
}

/** Headers of every request; ours stand over the owner's. @param key null where the provider wants none. */
export function headersOf(provider: ProviderAt, key: string | null): Record<string, string> {
  const own = Object.fromEntries(Object.entries(provider.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const version = provider.protocol === 'anthropic' ? { 'anthropic-version': ANTHROPIC_VERSION } : {};
  return { ...version, ...own, 'user-agent': GATEWAY_AGENT, ...authOf(provider, key) };
}

function authOf(provider: ProviderAt, key: string | null): Record<string, string> {
  if (key === null) return {};
  return provider.protocol === 'anthropic' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
}
