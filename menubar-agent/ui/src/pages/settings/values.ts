/** Values of settings as they are typed and told. Pure. */
import { problemsOf, settingsShape, type SettingKey, type SettingsValues } from '@mlx-manager/shared';
import { CATALOGUE } from './catalogue.js';

export type SettingValue = SettingsValues[SettingKey];
type KeyOf<V> = { [K in SettingKey]: SettingsValues[K] extends V ? K : never }[SettingKey];
/** Settings that are switched on and off. */
export type SwitchKey = KeyOf<boolean>;
/** Settings that are lists of texts. */
export type ListKey = KeyOf<string[]>;
/** Settings that are chosen from a few words. */
export type ChoiceKey = 'chatTitles' | 'logLevel' | 'notifications';
/** Settings that are typed: a number or a text. */
export type TypedKey = Exclude<SettingKey, SwitchKey | ListKey | ChoiceKey | 'defaultProfileId' | 'quickChatShortcut'>;

/** Numbers of these settings may have decimals. */
const DECIMALS: ReadonlySet<SettingKey> = new Set(['maxMemoryGb']);
const TEXTS: ReadonlySet<SettingKey> = new Set(['hfEndpoint', 'huggingfaceCachePath', 'enginePython', 'listenHost', 'otelEndpoint']);

/** Whether it is typed as a number. */
export const isNumeric = (key: SettingKey): boolean => !TEXTS.has(key);

/** What stands in the field of a value. */
export const textOfValue = (value: SettingValue): string => (value === null ? '' : String(value));

export type Read = { readonly value: string | number | null } | { readonly problem: string };

/** What was typed, as the agent takes it, or what is wrong with it. An empty field is null where the setting may be. */
export function readTyped(key: TypedKey, text: string): Read {
  const said = text.trim();
  const { form, empty } = CATALOGUE[key];
  if (said === '') return empty === undefined ? { problem: form ?? 'Enter a number.' } : { value: null };
  if (!isNumeric(key)) return checked(key, said);
  // `12,000` and `12 000` are twelve thousand; a comma anywhere else is no number.
  const plain = /^\d{1,3}(?:[, \u202f]\d{3})+$/.test(said) ? said.replace(/\D/g, '') : said;
  if (!/^-?\d+(?:\.\d+)?$/.test(plain)) return { problem: DECIMALS.has(key) ? 'Enter a number, such as 12.5.' : 'Enter a whole number.' };
  return checked(key, Number(plain));
}

function checked(key: SettingKey, value: string | number): Read {
  const problem = problemOf(key, value);
  return problem === null ? { value } : { problem };
}

/** Why the agent would not take a value; null when it would. */
export function problemOf(key: SettingKey, value: unknown): string | null {
  const found = problemsOf(settingsShape[key], value)[0];
  if (!found) return null;
  return CATALOGUE[key].form ?? found.problem;
}

/** A value in words: `80 %`, `On`, `None`. */
export function tellValue(key: SettingKey, value: SettingValue): string {
  const { empty, options, unit } = CATALOGUE[key];
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (value === null) return empty ?? 'None';
  if (Array.isArray(value)) return value.length === 0 ? 'None' : value.join(', ');
  if (typeof value === 'number')
    return `${/port/i.test(key) ? value : value.toLocaleString('en-US')}${unit === undefined ? '' : ` ${unit}`}`;
  return options?.find((one) => one.value === value)?.label ?? value;
}
