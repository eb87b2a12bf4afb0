/**
 * Prompt templates: texts with places to fill in. `{name}` is a place, `{name:text}` one with a default, `{selection}` and `{clipboard}` are
 * filled by what is selected and by the clipboard. Doubled braces around what would be a place stand for themselves, as in Python's
 * `str.format`: `{{name}}` reads `{name}`, `{{{name}}}` reads the value in braces. Other braces stay as they are, so that code and JSON
 * need no change: `{ foo: 1 }`, `{foo: 1}`, `${name}`, `{"a":{}}`.
 */
import type { TemplateVariable } from './schemas/prompts.js';

/** What fills a template. Null: there is none. */
export interface TemplateValues {
  readonly variables?: Readonly<Record<string, string>>;
  readonly selection?: string | null;
  readonly clipboard?: string | null;
}

/** Places that the surface fills, not the user. */
const GIVEN = ['selection', 'clipboard'] as const;
type Given = (typeof GIVEN)[number];
const isGiven = (name: string): name is Given => (GIVEN as readonly string[]).includes(name);

/**
 * A run of opening braces, a name, perhaps a default that does not begin with a space (that is code) on the same line, a run of closing ones.
 * Looking behind lets a run be tried once, so that a text of braces alone takes linear time.
 */
const PLACE = /(?<!\{)(\{+)([\p{L}_][\p{L}\p{N}_-]{0,79})(?::([^\s{}][^{}\r\n]*|))?(\}+)/gu;

interface Place {
  readonly name: string;
  /** Null where there is none. */
  readonly fallback: string | null;
}

/**
 * Walks through the text; `fill` answers what stands for a place, null to leave it as it is. It is told where the place begins and how long it
 * is, one pair of braces included.
 */
function walk(text: string, fill: (place: Place, at: number, length: number) => string | null): string {
  return text.replace(PLACE, (all: string, opening: string, name: string, fallback: string | undefined, closing: string, at: number) => {
    // `${name}` is code of many languages.
    if (text[at - 1] === '$') return all;
    const doubled = Math.floor(opening.length / 2);
    if (opening.length % 2 === 0) {
      if (closing.length === 1) return all;
      return '{'.repeat(doubled) + all.slice(opening.length, all.length - closing.length) + '}'.repeat(Math.ceil(closing.length / 2));
    }
    const rest = closing.length - 1;
    const begin = opening.length - 1;
    const value = fill({ name, fallback: fallback ?? null }, at + begin, all.length - begin - rest);
    if (value === null) return all;
    // After a single opening brace what follows belongs to the text: `{"a":{name}}`.
    return '{'.repeat(doubled) + value + '}'.repeat(doubled === 0 ? rest : Math.ceil(rest / 2));
  });
}

function placesOf(text: string): Map<string, Place> {
  const places = new Map<string, Place>();
  walk(text, (place) => {
    const known = places.get(place.name);
    // A default given once holds for every place of that name.
    if (known === undefined) places.set(place.name, place);
    else if (known.fallback === null) places.set(place.name, place);
    return null;
  });
  return places;
}

/**
 * What the user is asked for, in the order of first places; without `{selection}` and `{clipboard}`.
 * @param text a template's text.
 */
export function templateVariables(text: string): TemplateVariable[] {
  return [...placesOf(text).values()].filter(({ name }) => !isGiven(name)).map(({ name, fallback }) => ({ name, fallback }));
}

/** Which of `{selection}` and `{clipboard}` a template has a place for. */
export function templateNeeds(text: string): Record<Given, boolean> {
  const places = placesOf(text);
  return { selection: places.has('selection'), clipboard: places.has('clipboard') };
}

/** A piece of a template's text; `place` names the place it is, null where it is only text. */
export interface TemplatePart {
  readonly text: string;
  readonly place: string | null;
}

/** A template's text in pieces, so that its places can be shown; joined they are the text. */
export function templateParts(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  walk(text, ({ name }, at, length) => {
    if (at > end) parts.push({ text: text.slice(end, at), place: null });
    parts.push({ text: text.slice(at, at + length), place: name });
    end = at + length;
    return null;
  });
  if (end < text.length) parts.push({ text: text.slice(end), place: null });
  return parts;
}

/**
 * Fills a template in. Values are put in as they are: places inside them are not filled.
 * @returns the text, and the places that nothing was given for and that have no default; these stay in the text.
 */
export function renderTemplate(text: string, values: TemplateValues): { text: string; missing: string[] } {
  const places = placesOf(text);
  const missing = new Set<string>();
  const { variables = {} } = values;
  const rendered = walk(text, ({ name }) => {
    const given = isGiven(name) ? values[name] : Object.hasOwn(variables, name) ? variables[name] : null;
    const value = given ?? places.get(name)?.fallback ?? null;
    if (value === null) missing.add(name);
    return value;
  });
  return { text: rendered, missing: [...missing] };
}
