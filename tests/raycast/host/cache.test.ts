import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from './cache.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'raycast-cache-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what one process wrote, the next one reads; namespaces are apart', () => {
  new (createCache(folder))().set('a/b', 'one');
  const Cache = createCache(folder);
  expect(new Cache().get('a/b')).toBe('one');
  expect(new Cache().has('a/c')).toBe(false);
  expect(new Cache({ namespace: 'other' }).isEmpty).toBe(true);
  expect(new Cache({ namespace: 'other' }).get('a/b')).toBeUndefined();
});

test('subscribers hear of every change until they leave, also unbound', () => {
  const { subscribe, set, remove, clear } = new (createCache(folder))();
  const heard: unknown[] = [];
  const leave = subscribe((key, data) => heard.push([key, data]));
  set('k', 'v');
  expect([remove('k'), remove('k')]).toEqual([true, false]);
  clear();
  clear({ notifySubscribers: false });
  leave();
  set('k', 'w');
  expect(heard).toEqual([
    ['k', 'v'],
    ['k', undefined],
    [undefined, undefined],
  ]);
});

test('the least recently used entries make room', () => {
  const cache = new (createCache(folder))({ capacity: 10 });
  cache.set('old', '1234');
  cache.set('used', '1234');
  cache.get('old');
  cache.set('new', '1234');
  expect([cache.has('old'), cache.has('used'), cache.has('new')]).toEqual([true, false, true]);
});
