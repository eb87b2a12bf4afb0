/** Keys over real HTTP: who is known, who is refused, what is kept. */
import { API_KEY_PREFIX } from '@mlx-manager/shared';
import { ask, bearer, closeServers, serveWithKeys as serve, TOKEN, who } from '../../../tests/support/keys.js';

afterEach(closeServers);

describe('on this machine', () => {
  test('no key is needed; one that is there is known, in either header', async () => {
    const { base, make } = await serve();
    const { secret } = make({ name: 'mine' });
    expect(secret).toMatch(new RegExp(`^${API_KEY_PREFIX}[\\w-]{43}$`));
    expect(await who(base, {})).toBe('nobody');
    expect(await who(base, bearer(secret))).toBe('mine');
    expect(await who(base, { authorization: `bearer   ${secret} ` })).toBe('mine');
    expect(await who(base, { 'x-api-key': secret })).toBe('mine');
    // A leftover in the other header does no harm.
    expect(await who(base, { 'x-api-key': secret, ...bearer('not-needed') })).toBe('mine');
    expect(await who(base, { 'x-api-key': 'any', ...bearer(secret) })).toBe('mine');
    expect(await who(base, bearer(TOKEN))).toBe('nobody');
  });

  test.each(['not-needed', 'ollama', 'any', 'sk-1234', 'EMPTY', 'Bearer'])(
    'a client that must send something sends %s: fine',
    async (dummy) => {
      const { base } = await serve();
      expect(await who(base, bearer(dummy))).toBe('nobody');
      expect(await who(base, { 'x-api-key': dummy })).toBe('nobody');
    },
  );

  test('one of ours that is unknown, revoked or over is refused in words, and never repeated whole', async () => {
    const { base, make, keys, clock } = await serve();
    const revoked = make();
    keys.revoke(revoked.id);
    const over = make({ expiresAt: '2026-11-21T12:00:10Z' });
    expect(await who(base, bearer(over.secret))).toBe('key 1');
    clock.time += 10_000;
    const unknown = `${API_KEY_PREFIX}${'x'.repeat(43)}`;
    for (const [secret, says] of [
      [revoked.secret, 'was revoked on 2026-11-21'],
      [over.secret, 'expired on 2026-11-21T12:00:10'],
      [unknown, 'is not known here'],
    ] as const) {
      const answer = await ask(base, '/v1/models', bearer(secret));
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(answer.body).toContain(says);
      expect(answer.body).toContain('"code":"invalid_api_key"');
      expect(answer.body).not.toContain(secret);
    }
    // Next to a valid one, or to the token, it is a leftover.
    expect(await who(base, { ...bearer(unknown), 'x-api-key': make({ name: 'good' }).secret })).toBe('good');
    expect(await who(base, { ...bearer(unknown), 'x-api-key': TOKEN })).toBe('nobody');
  });

  test('where the owner requires keys, nothing else but the token opens /v1', async () => {
    const { base, make, owner } = await serve();
    owner.required = true;
    expect(await who(base, {})).toBe('401 api_key_required');
    expect(await who(base, bearer('not-needed'))).toBe('401 api_key_required');
    expect(await who(base, bearer(make({ name: 'mine' }).secret))).toBe('mine');
    expect(await who(base, bearer(TOKEN))).toBe('nobody');
    // What is open on this machine stays so, and what does not exist does not say so.
    expect((await ask(base, '/api/health')).status).toBe(200);
    expect((await ask(base, '/v1/nothing')).status).toBe(401);
  });

  test('a key never opens /api: API_KEY_NOT_FOR_MANAGEMENT', async () => {
    const { base, make, owner } = await serve();
    const { secret } = make();
    for (const path of ['/api/keys', '/api/nothing', '/later']) {
      const answer = await ask(base, path, bearer(secret));
      expect([answer.status, (JSON.parse(answer.body) as { error: { code: string } }).error.code]).toEqual([
        403,
        'API_KEY_NOT_FOR_MANAGEMENT',
      ]);
    }
    expect((await ask(base, '/api/keys', bearer(`${API_KEY_PREFIX}wrong`))).body).toContain('UNAUTHORIZED');
    expect((await ask(base, '/api/keys', { ...bearer(secret), 'x-api-key': TOKEN })).status).toBe(200);
    owner.hosts.push('box');
    expect((await ask(base, '/api/keys', { host: 'box', ...bearer(secret) })).status).toBe(403);
  });

  test('a change is in force with the next request', async () => {
    const { base, make, keys } = await serve();
    const { id, secret } = make({ name: 'old' });
    keys.update(id, { name: 'new' });
    expect(await who(base, bearer(secret))).toBe('new');
    keys.revoke(id);
    expect(await who(base, bearer(secret))).toBe('401 invalid_api_key');
  });

  test('a tunnel that says it carries somebody else’s request needs a key; a local proxy does not', async () => {
    const { base, make } = await serve();
    const { secret } = make({ name: 'mine' });
    expect(await who(base, { 'x-forwarded-for': '203.0.113.9' })).toBe('401 api_key_required');
    expect(await who(base, { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' })).toBe('401 api_key_required');
    expect(await who(base, { forwarded: 'for=203.0.113.9' })).toBe('401 api_key_required');
    expect(await who(base, { 'x-forwarded-for': '203.0.113.9', ...bearer(secret) })).toBe('mine');
    expect(await who(base, { 'x-forwarded-for': '::1, 127.0.0.1' })).toBe('nobody');
  });
});

describe('keeping them', () => {
  test('what is kept, shown and announced holds no secret', async () => {
    const { base, make, keys, storage, events } = await serve();
    const { id, secret } = make({ name: 'mine', models: ['a'] });
    await who(base, bearer(secret));
    keys.update(id, { priority: 'batch' });
    keys.revoke(id);
    const listed = (await ask(base, '/api/keys', bearer(TOKEN))).body;
    for (const text of [JSON.stringify(storage.kept), JSON.stringify(events), listed]) {
      expect(text).toContain(secret.slice(0, 12));
      expect(text).not.toContain(secret.slice(0, 13));
      expect(text).not.toContain(secret.slice(20));
    }
    expect(events).toHaveLength(3);
    for (const text of [JSON.stringify(events), listed]) expect(text).not.toContain(storage.kept[0]?.hash);
  });

  test('the last use is written down now and then, not for each request', async () => {
    const { base, make, keys, storage, clock } = await serve();
    const { id, secret } = make();
    expect(keys.get(id).lastUsedAt).toBeNull();
    for (let i = 0; i < 5; i++) {
      clock.time += 1000;
      await who(base, bearer(secret));
    }
    expect(keys.get(id).lastUsedAt).toBe('2026-11-21T12:00:05.000Z');
    expect([storage.uses.length, clock.tasks.size]).toEqual([0, 1]);
    for (const task of clock.tasks) task();
    expect(storage.uses).toEqual([new Map([[id, '2026-11-21T12:00:05.000Z']])]);
    keys.flush();
    expect([storage.uses.length, clock.tasks.size]).toEqual([1, 0]);
    expect(keys.get(id).lastUsedAt).toBe('2026-11-21T12:00:05.000Z');
  });

  test('names are one key’s at a time: API_KEY_NAME_TAKEN; a revoked one is done: API_KEY_REVOKED', async () => {
    const { make, keys } = await serve();
    const { id } = make({ name: 'Desk' });
    const other = make({ name: 'other' });
    expect(() => make({ name: 'desk' })).toThrow(expect.objectContaining({ code: 'API_KEY_NAME_TAKEN' }));
    expect(() => keys.update(other.id, { name: 'DESK' })).toThrow(expect.objectContaining({ code: 'API_KEY_NAME_TAKEN' }));
    expect(keys.update(id, { name: 'DESK' }).name).toBe('DESK');
    keys.revoke(id);
    keys.revoke(id);
    expect(() => keys.update(id, { name: 'again' })).toThrow(expect.objectContaining({ code: 'API_KEY_REVOKED' }));
    make({ name: 'desk' });
    expect(keys.list().map(({ name, revokedAt }) => [name, revokedAt !== null])).toEqual([
      ['desk', false],
      ['other', false],
      ['DESK', true],
    ]);
    expect(() => keys.get(99)).toThrow(expect.objectContaining({ code: 'API_KEY_NOT_FOUND' }));
    expect(() => make({ expiresAt: '2020-01-01T00:00:00Z' })).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});
