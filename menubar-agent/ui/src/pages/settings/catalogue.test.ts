/** Every setting is shown, once, explained, and found. */
import { SETTING_DEFAULTS, SETTING_KEYS, settingsShape, toSnakeCase, type SettingKey } from '@mlx-manager/shared';
import * as z from 'zod';
import { CATALOGUE } from './catalogue.js';
import { GROUPS, PLACES, sectionOfKey } from './places.js';
import { findSettings } from './search.js';
import { SECTION_NAMES, SECTIONS, sectionOf, sectionPath } from './sections.js';
import { tellValue } from './values.js';

test('every setting is in exactly one section', () => {
  const shown: SettingKey[] = GROUPS.flatMap(({ keys }) => [...keys]);
  expect(shown.toSorted()).toEqual([...SETTING_KEYS].sort());
  for (const { section } of [...GROUPS, ...PLACES]) expect(SECTION_NAMES).toContain(section);
});

test('every setting says what it does, in sentences, and its default in words', () => {
  for (const key of SETTING_KEYS) {
    const { label, hint, when = 'Counts at once.', empty, options } = CATALOGUE[key];
    expect(label).toMatch(/^[A-Z].*[^.]$/u);
    expect(hint).toMatch(/^[A-Z\d].*\.$/u);
    expect(when).toMatch(/^Counts .*\.$/u);
    expect(tellValue(key, SETTING_DEFAULTS[key])).not.toBe('');
    // An empty field is only where the agent knows what null means.
    expect(empty !== undefined).toBe(z.safeParse(settingsShape[key], null).success);
    const values = settingsShape[key] instanceof z.ZodEnum ? settingsShape[key].options : undefined;
    expect(options?.map(({ value }) => value)).toEqual(values);
  }
});

test('defaults are what the schema takes', () => {
  for (const key of SETTING_KEYS) expect(z.safeParse(settingsShape[key], SETTING_DEFAULTS[key])).toMatchObject({ success: true });
});

test('sections by address', () => {
  expect(sectionOf('/settings')).toBe('general');
  expect(sectionOf('/settings/')).toBe('general');
  expect(sectionOf('/settings/menu-bar')).toBe('menu-bar');
  expect(sectionOf('/settings/nonsense')).toBeNull();
  expect(sectionOf('/settings/constructor')).toBeNull();
  for (const name of SECTION_NAMES) expect(sectionOf(sectionPath(name))).toBe(name);
  expect(sectionPath('models', 'hfToken')).toBe('/settings/models?at=hfToken');
});

describe('search', () => {
  test('each setting is found by its label, by its name in the API, and in its section', () => {
    for (const key of SETTING_KEYS) {
      const { label } = CATALOGUE[key];
      for (const text of [label, label.toUpperCase(), key, toSnakeCase(key)]) {
        expect(findSettings(text)).toContainEqual(expect.objectContaining({ id: key, label, section: sectionOfKey(key) }));
      }
    }
    for (const { id, label } of PLACES) expect(findSettings(label).map((one) => one.id)).toContain(id);
  });

  test('all words count, in any order; what bears them in its name comes first', () => {
    expect(findSettings('ram budget').map(({ id }) => id)).toEqual(['maxMemoryPercent', 'maxMemoryGb']);
    expect(findSettings('token')[0]).toMatchObject({ id: 'hfToken' });
    expect(findSettings('port ollama').map(({ id }) => id)[0]).toBe('ollamaPort');
    expect(findSettings(SECTIONS.engines.title).length).toBeGreaterThan(0);
  });

  test('nothing without a word, and nothing for what is not there', () => {
    expect(findSettings('  ')).toEqual([]);
    expect(findSettings('xylophone')).toEqual([]);
  });

  test('each thing that can be found has a name of its own', () => {
    const ids = [...SETTING_KEYS, ...PLACES.map(({ id }) => id)];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
