/** What a template says beside its text: who answers, and what must be filled in first. Pure. */
import { templateNeeds, type Chat, type Persona, type Template } from '@mlx-manager/shared';

/** What of a chat a template may choose. */
export type TemplateChoice = Partial<Pick<Chat, 'model' | 'profileId' | 'personaId'>>;

/**
 * Who answers what a template asks. A persona is found by name; case does not matter.
 * @returns the choice, empty where it says nothing; in words for a notice; and the persona's name where there is none of it here.
 */
export function choiceOfTemplate(
  { model, persona }: Pick<Template, 'model' | 'persona'>,
  personas: readonly Pick<Persona, 'id' | 'name'>[],
): { choice: TemplateChoice; words: string; unknown: string | null } {
  const wanted = persona?.toLowerCase() ?? null;
  const found = wanted === null ? undefined : personas.findLast(({ name }) => name.toLowerCase() === wanted);
  const choice = { ...(model !== null && { model, profileId: null }), ...(found && { personaId: found.id }) };
  const words = [...(model === null ? [] : [`the model ${model}`]), ...(found ? [`the persona ${found.name}`] : [])].join(' and ');
  return { choice, words, unknown: persona !== null && found === undefined ? persona : null };
}

/** What a place is called where it is filled in. */
export const placeLabel = (name: string): string => (name === 'selection' ? 'Text' : name === 'clipboard' ? 'Clipboard' : name);

/** Places that have no default and that nothing was typed for, in the order they are asked for; by their labels. */
export function missingOf({ text, variables }: Pick<Template, 'text' | 'variables'>, values: Readonly<Record<string, string>>): string[] {
  const needs = templateNeeds(text);
  const places = [
    ...(needs.selection ? ['selection'] : []),
    ...(needs.clipboard ? ['clipboard'] : []),
    ...variables.flatMap(({ name, fallback }) => (fallback === null ? [name] : [])),
  ];
  return places.filter((name) => (values[name] ?? '').trim() === '').map(placeLabel);
}
