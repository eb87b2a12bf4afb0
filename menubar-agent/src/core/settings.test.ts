import { agentPaths, EventBus, SettingsService } from './index.js';

function service(env: Record<string, string>, stored = new Map<string, string>()) {
  const secrets = new Map<string, string>();
  const problems: string[] = [];
  const announced: unknown[] = [];
  const bus = new EventBus(() => undefined);
  bus.on('settings.updated', (settings) => announced.push(settings));
  const settings = new SettingsService({
    storage: {
      all: () => stored,
      set: (changes) => changes.forEach((value, key) => (value === null ? stored.delete(key) : stored.set(key, value))),
    },
    secrets: {
      read: (name) => secrets.get(name) ?? null,
      write: (name, value) => (value === null ? secrets.delete(name) : secrets.set(name, value)),
    },
    env,
    paths: agentPaths({ HOME: '/home/me', ...env }),
    bus,
    onInvalid: (key) => problems.push(key),
  });
  return { settings, stored, problems, announced };
}

test('the owner stands over the environment, the environment over the default', () => {
  const { settings } = service({ HF_HUB_CACHE: '/cache', HF_ENDPOINT: 'http://hub.test/' });
  expect(settings.get('huggingfaceCachePath')).toBe('/cache');
  expect(settings.get('hfEndpoint')).toBe('http://hub.test');
  settings.update({ huggingfaceCachePath: '~/mine' });
  expect(settings.get('huggingfaceCachePath')).toBe('/home/me/mine');
  expect(settings.snapshot().sources).toMatchObject({
    huggingfaceCachePath: 'setting',
    hfEndpoint: 'environment',
    maxDownloads: 'default',
  });
  settings.update({ huggingfaceCachePath: null });
  expect(settings.get('huggingfaceCachePath')).toBe('/cache');
});

test.each([
  [{}, '/home/me/.cache/huggingface/hub'],
  [{ XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
  [{ XDG_CACHE_HOME: '/x', HF_HOME: '/hf' }, '/hf/hub'],
  [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
  [{ HF_HOME: '~/hf' }, '/home/me/hf/hub'],
])('the cache with %j is %s, as Hugging Face’s own tools have it', (env, path) => {
  expect(service(env).settings.get('huggingfaceCachePath')).toBe(path);
});

test('a stored value that no longer fits is left aside and said', () => {
  const { settings, problems } = service(
    {},
    new Map([
      ['max_downloads', '99'],
      ['log_keep', 'not json'],
      ['max_memory_percent', '70'],
    ]),
  );
  expect([settings.get('maxDownloads'), settings.get('logKeep'), settings.get('maxMemoryPercent')]).toEqual([2, 3, 70]);
  expect(problems.sort()).toEqual(['log_keep', 'max_downloads']);
});

test('a change is kept and announced; the hub token is never in it', () => {
  const { settings, stored, announced } = service({});
  settings.update({ maxDownloads: 4, hfToken: 'hf_verysecret' });
  expect([...stored]).toEqual([['max_downloads', '4']]);
  expect(announced).toHaveLength(1);
  expect(JSON.stringify(announced)).not.toContain('verysecret');
  expect(settings.snapshot().hfTokenSet).toBe(true);
  expect(settings.hfToken()).toBe('hf_verysecret');
  settings.update({ hfToken: null });
  expect(settings.snapshot().hfTokenSet).toBe(false);
});

test('false and zero are values, not absences', () => {
  const { settings } = service({});
  settings.update({ preventSleep: false, logKeep: 0 });
  expect([settings.get('preventSleep'), settings.get('logKeep')]).toEqual([false, 0]);
  expect(settings.snapshot().sources).toMatchObject({ preventSleep: 'setting', logKeep: 'setting' });
});
