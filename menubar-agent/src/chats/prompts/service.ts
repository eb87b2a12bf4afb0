/** Personas and prompt templates: those of the product, own ones, and their way to another machine. */
import {
  AgentError,
  personaCreate,
  renderTemplate,
  templateCreate,
  templateVariables,
  type EventPayload,
  type EventType,
  type Persona,
  type PersonaCreate,
  type PersonaUpdate,
  type PromptsExport,
  type PromptsImported,
  type Template,
  type TemplateCreate,
  type TemplateRendered,
  type TemplateUpdate,
  type TemplateValues,
} from '@mlx-manager/shared';
import type { Clock, EventBus } from '../../core/index.js';
import type { PromptsRepository } from '../../store/index.js';
import { builtinPersonas, builtinTemplates } from './builtin.js';
import { Collection } from './collection.js';
import { sameName } from './names.js';

export interface PromptsDeps {
  readonly personas: PromptsRepository;
  readonly templates: PromptsRepository;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** Writes what a persona says into the chats that use it: it is about to go. Called inside the transaction that deletes it. */
  readonly keepInChats: (persona: Persona) => void;
}

const personaValues = ({ name, description, systemPrompt, sampling }: Persona): PersonaCreate => ({
  name,
  description,
  systemPrompt,
  sampling,
});
const templateValues = ({ name, description, text, model, persona }: Template): TemplateCreate => ({
  name,
  description,
  text,
  model,
  persona,
});
/** The changes that were given. */
const given = <T extends object>(changes: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

export class PromptsService {
  readonly #deps: PromptsDeps;
  readonly #personas: Collection<Persona, PersonaCreate>;
  readonly #templates: Collection<Template, TemplateCreate>;
  /** Events of a change under way: nobody hears of what is rolled back. */
  #pending: (() => void)[] = [];

  constructor(deps: PromptsDeps) {
    this.#deps = deps;
    this.#personas = new Collection<Persona, PersonaCreate>({
      kind: 'personas',
      repository: deps.personas,
      clock: deps.clock,
      builtin: builtinPersonas,
      schema: personaCreate,
      present: (values, row) => ({ ...values, ...row, builtin: false }),
      changed: (item) => this.#tell('persona.updated', item),
      removed: ({ id, name }) => this.#tell('persona.removed', { id, name }),
    });
    this.#templates = new Collection<Template, TemplateCreate>({
      kind: 'templates',
      repository: deps.templates,
      clock: deps.clock,
      builtin: builtinTemplates,
      schema: templateCreate,
      present: (values, row) => ({ ...values, ...row, variables: templateVariables(values.text), builtin: null }),
      changed: (item) => this.#tell('template.updated', item),
      removed: ({ id, name }) => this.#tell('template.removed', { id, name }),
    });
  }

  personas(): Persona[] {
    return this.#personas.list();
  }

  /** @throws AgentError PERSONA_NOT_FOUND. */
  persona(id: number): Persona {
    return this.#personas.get(id);
  }

  /** Null when there is none (any more). */
  findPersona(id: number): Persona | null {
    return this.#personas.find(id);
  }

  /** @throws AgentError PERSONA_NAME_TAKEN. */
  createPersona(values: PersonaCreate): Persona {
    return this.#together(() => this.#personas.create(values));
  }

  /** Templates that name it follow a new name. @throws AgentError PERSONA_NOT_FOUND, PERSONA_NAME_TAKEN, PROMPT_BUILTIN. */
  updatePersona(id: number, changes: PersonaUpdate): Persona {
    return this.#together(() => {
      const before = this.#personas.get(id).name;
      const persona = this.#personas.update(id, (item) => ({ ...personaValues(item), ...given(changes) }));
      if (persona.name !== before) this.#repoint(before, persona.name);
      return persona;
    });
  }

  /** Chats keep its system prompt; templates that name it have none from then on. @throws AgentError PERSONA_NOT_FOUND, PROMPT_BUILTIN. */
  removePersona(id: number): void {
    this.#together(() => {
      const persona = this.#personas.remove(id);
      this.#deps.keepInChats(persona);
      this.#repoint(persona.name, this.#personas.named(persona.name)?.name ?? null);
    });
  }

  templates(): Template[] {
    return this.#templates.list();
  }

  /** @throws AgentError TEMPLATE_NAME_TAKEN, PERSONA_NOT_FOUND. */
  createTemplate(values: TemplateCreate): Template {
    return this.#together(() => this.#templates.create({ ...values, persona: this.#personaName(values.persona) }));
  }

  /** @throws AgentError TEMPLATE_NOT_FOUND, TEMPLATE_NAME_TAKEN, PERSONA_NOT_FOUND, PROMPT_BUILTIN. */
  updateTemplate(id: number, changes: TemplateUpdate): Template {
    return this.#together(() =>
      this.#templates.update(id, (item) => {
        const values = { ...templateValues(item), ...given(changes) };
        // One that came from another machine may name a persona that is not here, and go on doing so.
        return values.persona === item.persona ? values : { ...values, persona: this.#personaName(values.persona) };
      }),
    );
  }

  /** @throws AgentError TEMPLATE_NOT_FOUND, PROMPT_BUILTIN. */
  removeTemplate(id: number): void {
    this.#together(() => this.#templates.remove(id));
  }

  /** @throws AgentError TEMPLATE_NOT_FOUND. */
  render(id: number, values: TemplateValues): TemplateRendered {
    return renderTemplate(this.#templates.get(id).text, values);
  }

  /** Own ones only: those of the product are on the other machine too. */
  export(what: 'all' | 'personas' | 'templates'): PromptsExport {
    return {
      format: 'mlx-manager/prompts',
      version: 1,
      personas: what === 'templates' ? [] : this.#personas.own().map(personaValues),
      templates: what === 'personas' ? [] : this.#templates.own().map(templateValues),
    };
  }

  /** All or none. A name that is taken gets a number, and templates of the file follow; what is here word for word is left. */
  import(file: PromptsExport): PromptsImported {
    return this.#together(() => {
      const imported: PromptsImported = { personas: [], templates: [], unchanged: 0 };
      const names = new Map<string, string>();
      for (const values of file.personas) {
        const { item, created } = this.#personas.take(values, personaValues);
        names.set(values.name.toLowerCase(), item.name);
        if (created) imported.personas.push(item);
        else imported.unchanged++;
      }
      for (const values of file.templates) {
        const persona = values.persona === null ? null : (names.get(values.persona.toLowerCase()) ?? values.persona);
        const { item, created } = this.#templates.take({ ...values, persona }, templateValues);
        if (created) imported.templates.push(item);
        else imported.unchanged++;
      }
      return imported;
    });
  }

  /** A persona's name as it is written. @throws AgentError PERSONA_NOT_FOUND. */
  #personaName(name: string | null): string | null {
    if (name === null) return null;
    const persona = this.#personas.named(name);
    if (persona === null) throw new AgentError('PERSONA_NOT_FOUND', { persona: name });
    return persona.name;
  }

  #repoint(from: string, to: string | null): void {
    for (const { id, persona } of this.#templates.own()) {
      if (persona !== null && sameName(persona, from) && persona !== to) {
        this.#templates.update(id, (item) => ({ ...templateValues(item), persona: to }));
      }
    }
  }

  #tell<T extends EventType>(type: T, data: EventPayload<T>): void {
    this.#pending.push(() => this.#deps.bus.emit(type, data));
  }

  /** All or none, then the events. */
  #together<T>(work: () => T): T {
    this.#pending = [];
    try {
      const result = this.#deps.personas.together(work);
      for (const emit of this.#pending) emit();
      return result;
    } catch (error) {
      this.#personas.reread();
      this.#templates.reread();
      throw error;
    }
  }
}
