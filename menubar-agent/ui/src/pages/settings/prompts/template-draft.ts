/** Templates and personas as they are typed, and as the agent takes them. Pure. */
import {
  personaCreate,
  problemsOf,
  SAMPLING_KEYS,
  templateCreate,
  type Persona,
  type PersonaCreate,
  type Template,
  type TemplateCreate,
} from '@mlx-manager/shared';
import { atFields, numberOf, textOf, type Problems } from '../editing/use-form.js';

export interface TemplateDraft {
  name: string;
  description: string;
  text: string;
  model: string;
  /** Empty for none. */
  persona: string;
}

export const templateDraft = (template: Template | null): TemplateDraft => ({
  name: template?.name ?? '',
  description: template?.description ?? '',
  text: template?.text ?? '',
  model: template?.model ?? '',
  persona: template?.persona ?? '',
});

export const templateBody = ({ name, description, text, model, persona }: TemplateDraft): TemplateCreate => ({
  name: name.trim(),
  description: textOf(description),
  text,
  model: textOf(model),
  persona: textOf(persona),
});

export const templateProblems = (draft: TemplateDraft): Problems<TemplateDraft> => ({
  ...atFields<TemplateDraft>(draft, problemsOf(templateCreate, templateBody(draft))),
  ...(draft.text.trim() === '' && { text: 'Must be filled in.' }),
});

export type SamplingKey = (typeof SAMPLING_KEYS)[number];

/** Sampling as texts beside the rest. */
export type PersonaDraft = { name: string; description: string; systemPrompt: string } & Record<SamplingKey, string>;

export const personaDraft = (persona: Persona | null): PersonaDraft => ({
  name: persona?.name ?? '',
  description: persona?.description ?? '',
  systemPrompt: persona?.systemPrompt ?? '',
  ...(Object.fromEntries(SAMPLING_KEYS.map((key) => [key, String(persona?.sampling[key] ?? '')])) as Record<SamplingKey, string>),
});

export const personaBody = (draft: PersonaDraft): PersonaCreate => ({
  name: draft.name.trim(),
  description: textOf(draft.description),
  systemPrompt: draft.systemPrompt,
  sampling: Object.fromEntries(
    SAMPLING_KEYS.flatMap((key) => {
      const value = numberOf(draft[key], key);
      return value === null ? [] : [[key, value]];
    }),
  ),
});

export const personaProblems = (draft: PersonaDraft): Problems<PersonaDraft> => ({
  ...atFields<PersonaDraft>(draft, problemsOf(personaCreate, personaBody(draft))),
  ...(draft.systemPrompt.trim() === '' && { systemPrompt: 'Must be filled in.' }),
});

/** Only what is not as it was. Sampling is one thing. */
export const changesOf = <T extends object>(before: T, body: Partial<T>): Partial<T> =>
  Object.fromEntries(Object.entries(body).filter(([key, value]) => sorted(value) !== sorted(before[key as keyof T]))) as Partial<T>;

const sorted = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)))
    : JSON.stringify(value);
