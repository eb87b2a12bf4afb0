/** Values and new files as JSON, TOML and YAML text. */
import type { ConfigEdit, ConfigFile, ConfigLanguage, ConfigValue } from './types.js';

type Plain = string | number | boolean | Plain[] | { [key: string]: Plain };

const isList = (value: ConfigValue): value is readonly ConfigValue[] => Array.isArray(value);

/** The value that the edits make of an empty file. */
export function fresh(edits: readonly ConfigEdit[]): { [key: string]: Plain } {
  const root: { [key: string]: Plain } = {};
  for (const edit of edits) {
    const isEntry = 'entry' in edit;
    const parents = edit.path.slice(0, -1);
    const last = edit.path.at(-1) ?? '';
    let at = root;
    for (const key of parents) at = (at[key] ??= {}) as { [key: string]: Plain };
    const value = structuredCopy(isEntry ? edit.entry : edit.value);
    if (isEntry) at[last] = [...((at[last] as Plain[] | undefined) ?? []), value];
    else at[last] = value;
  }
  return root;
}

const structuredCopy = (value: ConfigValue): Plain => JSON.parse(JSON.stringify(value)) as Plain;

/** `a-b` bare, anything else quoted. */
export const tomlKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));

/** A value on one line; objects as inline tables. JSON's strings, DEL apart, are TOML's basic strings. */
export function tomlValue(value: ConfigValue): string {
  if (isList(value)) return `[${value.map(tomlValue).join(', ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, inner]) => `${tomlKey(key)} = ${tomlValue(inner)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}

const YAML_PLAIN = /^[A-Za-z](?:[\w./@-]|:(?=[\w/]))*$/;
const YAML_WORDS = /^(?:true|false|yes|no|on|off|null|y|n|nan|inf)$/i;

/** A value on one line; quoted where a plain word would be read as something else. */
export function yamlValue(value: ConfigValue): string {
  if (isList(value)) return `[${value.map(yamlValue).join(', ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, inner]) => `${yamlValue(key)}: ${yamlValue(inner)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  return YAML_PLAIN.test(value) && !YAML_WORDS.test(value) ? value : JSON.stringify(value);
}

/** Lines of a block; every line but the first is indented as given. */
export function yamlBlock(value: ConfigValue, indent: string): string[] {
  if (isList(value)) {
    if (value.every((inner) => typeof inner !== 'object')) return [yamlValue(value)];
    return value.flatMap((inner) => yamlBlock(inner, `${indent}  `).map((line, i) => (i === 0 ? `${indent}- ${line}` : line)));
  }
  if (typeof value !== 'object') return [yamlValue(value)];
  return Object.entries(value).flatMap(([key, inner], i) =>
    yamlPair(key, inner, indent).map((line, j) => (i === 0 && j === 0 ? line.trimStart() : line)),
  );
}

/** `key: value`, each line with its indentation. */
export function yamlPair(key: string, value: ConfigValue, indent: string): string[] {
  if (isList(value)) {
    if (value.every((inner) => typeof inner !== 'object')) return [`${indent}${yamlValue(key)}: ${yamlValue(value)}`];
    return [`${indent}${yamlValue(key)}:`, ...yamlBlock(value, `${indent}  `)];
  }
  if (typeof value === 'object' && Object.keys(value).length > 0) {
    return [`${indent}${yamlValue(key)}:`, ...Object.entries(value).flatMap(([k, inner]) => yamlPair(k, inner, `${indent}  `))];
  }
  return [`${indent}${yamlValue(key)}: ${yamlValue(value)}`];
}

function tomlText(root: { [key: string]: Plain }): string {
  const isTable = (value: Plain): value is { [key: string]: Plain } => typeof value === 'object' && !Array.isArray(value);
  const sections: string[] = [];
  const walk = (table: { [key: string]: Plain }, path: string[]): void => {
    const own = Object.entries(table).filter(([, value]) => !isTable(value));
    const lines = own.map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}`);
    if (lines.length > 0) sections.push([...(path.length > 0 ? [`[${path.map(tomlKey).join('.')}]`] : []), ...lines].join('\n'));
    for (const [key, value] of Object.entries(table)) if (isTable(value)) walk(value, [...path, key]);
  };
  walk(root, []);
  return `${sections.join('\n\n')}\n`;
}

/** The text of a file that has nothing but what the edits put there. */
export function freshText(language: ConfigLanguage, edits: readonly ConfigEdit[]): string {
  const root = fresh(edits);
  if (language === 'toml') return tomlText(root);
  if (language === 'yaml')
    return `${Object.entries(root)
      .flatMap(([key, value]) => yamlPair(key, value, ''))
      .join('\n')}\n`;
  return `${JSON.stringify(root, null, 2)}\n`;
}

/** A file as it is when the client had none. */
export const newFileText = (file: ConfigFile): string => freshText(file.language, [...(file.whenNew ?? []), ...file.edits]);
