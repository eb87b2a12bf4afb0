/** Prompt templates and personas. */
import * as z from 'zod';
import { partialShape, wireObject } from '../wire.js';
import { timestamp } from './common.js';
import { samplingDefaults } from './profiles.js';

const name = z.string().trim().min(1).max(80);

const personaShape = {
  name,
  description: z.string().max(500).nullable().default(null),
  systemPrompt: z.string().min(1).max(100_000),
  sampling: samplingDefaults.default({}),
};
/** A voice for the model: a system prompt under a name. */
export const persona = wireObject(
  {
    id: z.int(),
    ...personaShape,
    /** Comes with the product: can be duplicated, not changed. */
    builtin: z.boolean(),
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { id: 'Persona' },
);
export type Persona = z.output<typeof persona>;
export const personaCreate = wireObject(personaShape, { strict: true, id: 'PersonaCreate' });
export type PersonaCreate = z.output<typeof personaCreate>;
export const personaUpdate = wireObject(partialShape(personaShape), { strict: true, id: 'PersonaUpdate' });
export type PersonaUpdate = z.output<typeof personaUpdate>;

const templateShape = {
  name,
  description: z.string().max(500).nullable().default(null),
  /** `{name}` is filled in by the user, `{selection}` by the selected text, `{clipboard}` by the clipboard; `{name:text}` has a default. */
  text: z.string().min(1).max(100_000),
  /** Profile name, alias or hub id; null asks the default profile. */
  model: z.string().min(1).max(200).nullable().default(null),
  /** By name, so that it holds on another machine. */
  persona: name.nullable().default(null),
};
export const templateVariable = wireObject(
  { name: z.string(), /** Null: must be filled in. */ fallback: z.string().nullable() },
  { id: 'TemplateVariable' },
);
export type TemplateVariable = z.output<typeof templateVariable>;
/** A prompt with places to fill in. */
export const template = wireObject(
  {
    id: z.int(),
    ...templateShape,
    /** In the order of their first place; read from the text. */
    variables: z.array(templateVariable),
    /** `explain`, `fix`, `summarize`, `rewrite`, `translate` for those that come with the product; they can be duplicated, not changed. */
    builtin: z.string().nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
  },
  { id: 'Template' },
);
export type Template = z.output<typeof template>;
export const templateCreate = wireObject(templateShape, { strict: true, id: 'TemplateCreate' });
export type TemplateCreate = z.output<typeof templateCreate>;
export const templateUpdate = wireObject(partialShape(templateShape), { strict: true, id: 'TemplateUpdate' });
export type TemplateUpdate = z.output<typeof templateUpdate>;

export const templateRender = wireObject(
  {
    variables: z.record(z.string().max(80), z.string().max(2_000_000)).default({}),
    selection: z.string().max(2_000_000).nullable().default(null),
    clipboard: z.string().max(2_000_000).nullable().default(null),
  },
  { strict: true, id: 'TemplateRender' },
);
export const templateRendered = wireObject(
  { text: z.string(), /** Places that nothing was given for; they stay in the text as they are. */ missing: z.array(z.string()) },
  { id: 'TemplateRendered' },
);
export type TemplateRendered = z.output<typeof templateRendered>;

/** Own personas and templates, for another machine. */
export const promptsExport = wireObject(
  {
    format: z.literal('mlx-manager/prompts'),
    version: z.literal(1),
    personas: z.array(personaCreate).max(1000).default([]),
    templates: z.array(templateCreate).max(1000).default([]),
  },
  { strict: true, id: 'PromptsExport' },
);
export type PromptsExport = z.output<typeof promptsExport>;
/** What came in, under the names it got: where one was taken, a number was added; what was here word for word was left. */
export const promptsImported = wireObject(
  { personas: z.array(persona), templates: z.array(template), unchanged: z.int() },
  { id: 'PromptsImported' },
);
export type PromptsImported = z.output<typeof promptsImported>;
export const promptsExportQuery = wireObject({ what: z.enum(['all', 'personas', 'templates']).default('all') }, { strict: true });
