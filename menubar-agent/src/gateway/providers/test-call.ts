/** A cheap call that shows whether a provider can be asked: its list of models. */
import { z } from 'zod';
import { AgentError, type ProviderTest } from '@mlx-manager/shared';
import { endpointOf, headersOf } from './address.js';
import { refused, startOf, unreachable } from './ask.js';
import type { ProviderAt } from './types.js';

/** Milliseconds. */
const PATIENCE = 15_000;
const MAX_MODELS = 500;
const MAX_CHARS = 8 * 1024 * 1024;

/** Both protocols list models in the same form. Sources: OpenAI's and Anthropic's API references, "List models". */
const modelList = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** @returns what happened; a provider that does not answer is no exception here. */
export async function testProvider(provider: ProviderAt, key: string | null): Promise<ProviderTest> {
  const { request } = await import('undici');
  const began = performance.now();
  const result = (ok: boolean, status: number | null, message: string, action: string | null, models: string[] = []): ProviderTest => ({
    ok,
    status,
    durationMs: Math.round(performance.now() - began),
    message,
    action,
    models,
  });
  let answer;
  let text: string;
  try {
    answer = await request(endpointOf(provider, '/v1/models'), {
      headers: { ...headersOf(provider, key), accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE),
    });
    text = await startOf(answer.body, MAX_CHARS);
  } catch (error) {
    const { message, action } = unreachable(provider, error);
    return result(false, null, message, action);
  }
  const status = answer.statusCode;
  if (status === 404 || status === 405) {
    return result(
      false,
      status,
      `${provider.name} answers, but lists no models at this address.`,
      'Check base_url. Some servers have no list and answer chats all the same.',
    );
  }
  if (status >= 300) {
    const error = refused(provider, status, text.slice(0, 64 * 1024), answer.headers);
    return result(
      false,
      status,
      error.message,
      error instanceof AgentError ? error.action : 'See what it says; its own documentation tells more.',
    );
  }
  const models = readModels(text);
  if (models === null) {
    return result(
      false,
      status,
      `${provider.name} answers with something that is no list of models.`,
      'Check base_url: it may be the address of a web page.',
    );
  }
  const some = models.slice(0, MAX_MODELS);
  return result(
    true,
    status,
    `${provider.name} answers and lists ${models.length} ${models.length === 1 ? 'model' : 'models'}.`,
    null,
    some,
  );
}

function readModels(text: string): string[] | null {
  if (text.length > MAX_CHARS) return null;
  try {
    const parsed = modelList.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.data.map((model) => model.id) : null;
  } catch {
    return null; // no JSON: a page, not an API
  }
}
