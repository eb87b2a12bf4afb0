import type { ApiKey } from '@mlx-manager/shared';
import { bodyOf, changesOf, draftOf, localMinute, problemsOfKey, stateOf } from './key-draft.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const key: ApiKey = {
  id: 1,
  name: 'ci',
  requestsPerMinute: 60,
  tokensPerMinute: null,
  models: ['qwen*'],
  expiresAt: '2026-12-01T10:00:12.345Z',
  priority: 'batch',
  prefix: 'mlxm_abcdefg',
  createdAt: '2026-11-01T00:00:00.000Z',
  lastUsedAt: null,
  revokedAt: null,
};

test('what was not touched changes nothing, to the second', () => {
  expect(changesOf(key, bodyOf(draftOf(key), key, NOW))).toEqual({});
});

test('only what was changed is sent', () => {
  const draft = { ...draftOf(key), name: ' nightly ', requestsPerMinute: '', models: [], expiry: 'never' as const };
  expect(changesOf(key, bodyOf(draft, key, NOW))).toEqual({ name: 'nightly', requestsPerMinute: null, models: null, expiresAt: null });
});

test('an expiry in days counts from now; one of the past is refused, but not that of an expired key which stays as it is', () => {
  const draft = { ...draftOf(null), name: 'x' };
  expect(bodyOf({ ...draft, expiry: '7' }, null, NOW).expiresAt).toBe('2026-11-28T12:00:00.000Z');
  expect(problemsOfKey({ ...draft, expiry: 'date', expiresAt: '' }, null, NOW)).toEqual({ expiresAt: 'Choose a day and a time.' });
  const past = { ...draft, expiry: 'date' as const, expiresAt: localMinute(NOW - 60_000) };
  expect(problemsOfKey(past, null, NOW)).toEqual({ expiresAt: 'Must be later than now.' });
  const later = Date.parse('2027-01-01T00:00:00Z');
  expect(problemsOfKey(draftOf(key), key, later)).toEqual({});
  expect(stateOf(key, NOW)).toBe('active');
  expect(stateOf(key, later)).toBe('expired');
  expect(stateOf({ ...key, revokedAt: key.createdAt }, NOW)).toBe('revoked');
});

test('problems as one types', () => {
  expect(problemsOfKey({ ...draftOf(null), requestsPerMinute: 'many', tokensPerMinute: '0' }, null, NOW)).toEqual({
    name: 'Must be filled in.',
    requestsPerMinute: 'Must be a number.',
    tokensPerMinute: 'Must be at least 1.',
  });
});
