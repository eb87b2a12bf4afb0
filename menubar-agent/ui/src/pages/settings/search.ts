/** Finding a setting by words. Pure. */
import { toSnakeCase, type SettingKey } from '@mlx-manager/shared';
import { CATALOGUE } from './catalogue.js';
import { PLACES, sectionOfKey } from './places.js';
import { SECTIONS, type SectionName } from './sections.js';

export interface Found {
  /** Of a setting, or of a place. */
  readonly id: string;
  readonly section: SectionName;
  readonly label: string;
  readonly hint: string;
}

interface Entry extends Found {
  readonly name: string;
  readonly said: string;
}

const lower = (...texts: (string | undefined)[]): string => texts.filter(Boolean).join(' ').toLowerCase();

const ENTRIES: readonly Entry[] = [
  ...PLACES.map((place) => ({
    ...place,
    name: lower(place.label),
    said: lower(place.label, place.hint, place.words, SECTIONS[place.section].title),
  })),
  ...(Object.keys(CATALOGUE) as SettingKey[]).map((key) => {
    const { label, hint, words, unit, env, options } = CATALOGUE[key];
    const section = sectionOfKey(key);
    const values = options?.map((one) => one.label).join(' ');
    const names = `${key} ${toSnakeCase(key)}`;
    return {
      id: key,
      section,
      label,
      hint,
      name: lower(label),
      said: lower(label, hint, words, unit, env, values, names, SECTIONS[section].title),
    };
  }),
];

/** Everything in which each word is found; what bears them in its name comes first. Nothing without a word. */
export function findSettings(text: string): Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const fits = ENTRIES.filter(({ said }) => words.every((word) => said.includes(word)));
  const named = ({ name }: Entry): boolean => words.every((word) => name.includes(word));
  return [...fits.filter(named), ...fits.filter((one) => !named(one))].map(({ id, section, label, hint }) => ({
    id,
    section,
    label,
    hint,
  }));
}
