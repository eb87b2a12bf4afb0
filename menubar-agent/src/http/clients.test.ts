/** Keys and limits as the official clients and pages of elsewhere meet them. */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { API_KEY_PREFIX } from '@mlx-manager/shared';
import { ask, bearer, closeServers, serveWithKeys as serve, who, type KeysRig } from '../../../tests/support/keys.js';

afterEach(closeServers);

const chat = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };
const message = { ...chat, max_tokens: 5 };

describe('listed hosts and origins', () => {
  test('a listed host may use a key for /v1', async () => {
    const { base, make, owner } = await serve();
    owner.hosts.push('host.docker.internal');
    const { secret } = make({ name: 'docker' });
    const host = 'host.docker.internal:10239';
    expect(await who(base, { host })).toBe('401 api_key_required');
    expect(await who(base, { host, ...bearer('any') })).toBe('401 api_key_required');
    expect(await who(base, { host, ...bearer(secret) })).toBe('docker');
    expect((await ask(base, '/api/health', { host })).status).toBe(401);
    expect((await ask(base, '/api/health', { host, ...bearer(secret) })).status).toBe(200);
    expect((await ask(base, '/v1/models', { host: 'other', ...bearer(secret) })).status).toBe(403);
    // A number is no name: only the address the connection came in on needs no list.
    expect((await ask(base, '/v1/models', { host: '192.0.2.77', ...bearer(secret) })).status).toBe(403);
  });

  test.each(['chrome-extension://abcdefghijklmnopabcdefghijklmnop', 'app://obsidian.md', 'https://chat.example.com'])(
    '%s: preflight, key, and errors that the page can read',
    async (origin) => {
      const { base, make, owner } = await serve();
      expect((await ask(base, '/v1/models', { origin, ...bearer(make().secret) })).status).toBe(403);
      owner.origins.push(origin);
      const asked =
        'authorization, content-type, x-stainless-lang, x-stainless-retry-count, openai-organization, anthropic-beta, x-mlx-manager-priority';
      const preflight = await ask(
        base,
        '/v1/chat/completions',
        {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': asked,
          'access-control-request-private-network': 'true',
        },
        'OPTIONS',
      );
      expect(preflight).toMatchObject({
        status: 204,
        headers: {
          'access-control-allow-origin': origin,
          'access-control-allow-headers': asked,
          'access-control-allow-methods': expect.stringContaining('POST'),
          'access-control-allow-private-network': 'true',
          'access-control-max-age': '600',
          vary: 'origin, access-control-request-headers',
        },
      });
      const refused = await ask(base, '/v1/models', { origin });
      expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, origin]);
      const answer = await ask(base, '/v1/models', { origin, ...bearer(make({ name: 'page' }).secret) });
      expect(answer).toMatchObject({
        status: 200,
        body: expect.stringContaining('page'),
        headers: { 'access-control-allow-origin': origin },
      });
      for (const name of ['retry-after', 'request-id', 'x-ratelimit-remaining-tokens', 'anthropic-ratelimit-requests-reset', 'link'])
        expect(String(answer.headers['access-control-expose-headers']).split(', ')).toContain(name);
    },
  );

  test('what is no list of header names is not given back', async () => {
    const { base, owner } = await serve();
    owner.origins.push('https://a.example');
    for (const asked of ['authorization, x y', 'a, , b', '(x)', `x-${'y'.repeat(5000)}`]) {
      const preflight = await ask(
        base,
        '/v1/models',
        { origin: 'https://a.example', 'access-control-request-method': 'GET', 'access-control-request-headers': asked },
        'OPTIONS',
      );
      expect(preflight.headers['access-control-allow-headers']).toMatch(/^authorization, content-type, .*x-api-key/);
    }
    const other = await ask(base, '/v1/models', { origin: 'https://b.example', 'access-control-request-method': 'GET' }, 'OPTIONS');
    expect([other.status, other.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });
});

describe('the official clients', () => {
  const clients = ({ base }: KeysRig, apiKey: string) => ({
    openai: new OpenAI({ baseURL: `${base}/v1`, apiKey, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: base, apiKey, maxRetries: 0 }),
  });

  test('a missing or wrong key is their AuthenticationError', async () => {
    const rig = await serve();
    rig.owner.required = true;
    for (const wrong of ['not-needed', `${API_KEY_PREFIX}${'x'.repeat(43)}`]) {
      const { openai, anthropic } = clients(rig, wrong);
      const failed = await openai.chat.completions.create(chat).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(OpenAI.AuthenticationError);
      const code = wrong === 'not-needed' ? 'api_key_required' : 'invalid_api_key';
      expect(failed).toMatchObject({ status: 401, type: 'authentication_error', code });
      const refused = await anthropic.messages.create(message).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Anthropic.AuthenticationError);
      expect(refused).toMatchObject({ status: 401, error: { type: 'error', error: { type: 'authentication_error' } } });
    }
    const { openai, anthropic } = clients(rig, rig.make().secret);
    expect(await openai.chat.completions.create(chat)).toMatchObject({ id: 'x' });
    expect(await anthropic.messages.create(message)).toMatchObject({ id: 'msg' });
  });

  test('over the limit is their RateLimitError, with the headers; they try again when it is time', async () => {
    const rig = await serve();
    const { id, secret } = rig.make({ name: 'two', requestsPerMinute: 2, tokensPerMinute: 1000 });
    const { openai, anthropic } = clients(rig, secret);
    const { response } = await openai.chat.completions.create(chat).withResponse();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '30s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '1000',
    });
    const second = await anthropic.messages.create(message).withResponse();
    expect(Object.fromEntries(second.response.headers)).toMatchObject({
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-11-21T12:01:00Z',
      'anthropic-ratelimit-tokens-remaining': '900',
    });
    const failed = (await openai.chat.completions.create(chat).catch((error: unknown) => error)) as InstanceType<
      typeof OpenAI.RateLimitError
    >;
    expect(failed).toBeInstanceOf(OpenAI.RateLimitError);
    expect(failed).toMatchObject({ status: 429, code: 'rate_limit_exceeded', message: expect.stringContaining('2 requests a minute') });
    expect([failed.headers.get('retry-after'), failed.headers.get('x-ratelimit-remaining-requests')]).toEqual(['30', '0']);
    const refused = await anthropic.messages.create(message).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Anthropic.RateLimitError);
    expect(refused).toMatchObject({ status: 429, error: { error: { type: 'rate_limit_error' } } });

    // A client that waits as it is told succeeds.
    rig.keys.update(id, { requestsPerMinute: 60, tokensPerMinute: null });
    while ((await ask(rig.base, '/v1/chat/completions', bearer(secret), 'POST')).status === 200);
    const seen: [number, string | null][] = [];
    const watched: typeof fetch = async (...args) => {
      const answer = await fetch(...args);
      seen.push([answer.status, answer.headers.get('retry-after')]);
      rig.clock.time += 1000;
      return answer;
    };
    const patient = new OpenAI({ baseURL: `${rig.base}/v1`, apiKey: secret, maxRetries: 1, fetch: watched });
    expect(await patient.chat.completions.create(chat)).toMatchObject({ id: 'x' });
    expect(seen).toEqual([
      [429, '1'],
      [200, null],
    ]);
  });
});
