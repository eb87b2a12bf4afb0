/** What personas and templates have in common: those of the product and own ones under one set of names. */
import * as z from 'zod';
import { AgentError } from '@mlx-manager/shared';
import { toTimestamp, type Clock } from '../../core/index.js';
import type { PromptsRepository } from '../../store/index.js';
import { numbered, sameName } from './names.js';

interface Entry {
  readonly id: number;
  readonly name: string;
}
interface Row {
  readonly id: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface CollectionDeps<Item extends Entry, Values extends { name: string }> {
  readonly kind: 'personas' | 'templates';
  readonly repository: PromptsRepository;
  readonly clock: Clock;
  /** Those of the product, in the order they are shown. */
  readonly builtin: readonly Item[];
  /** Codec between what the owner sets and the wire; own ones are kept in that form. */
  readonly schema: z.ZodType<Values>;
  /** An own one as it is shown. */
  readonly present: (values: Values, row: Row) => Item;
  readonly changed: (item: Item) => void;
  readonly removed: (item: Item) => void;
}

export class Collection<Item extends Entry, Values extends { name: string }> {
  /** Own ones by name; null when they are to be read. */
  #known: readonly Item[] | null = null;

  constructor(private readonly deps: CollectionDeps<Item, Values>) {}

  /** Those of the product first, then own ones by name. */
  list(): Item[] {
    return [...this.deps.builtin, ...this.own()];
  }

  own(): readonly Item[] {
    return (this.#known ??= this.deps.repository.all().map(({ name, options, ...row }) => {
      const wire = { ...(JSON.parse(options) as Record<string, unknown>), name };
      return this.deps.present(z.decode(this.deps.schema, wire), row);
    }));
  }

  /** What was changed was taken back: the database knows better. */
  reread(): void {
    this.#known = null;
  }

  find(id: number): Item | null {
    return this.list().find((item) => item.id === id) ?? null;
  }

  /** Own ones stand over those of the product: an upgrade may bring a name that is taken. */
  named(name: string): Item | null {
    return [...this.own(), ...this.deps.builtin].find((item) => sameName(item.name, name)) ?? null;
  }

  /** @throws AgentError PERSONA_NOT_FOUND or TEMPLATE_NOT_FOUND. */
  get(id: number): Item {
    const item = this.find(id);
    if (item !== null) return item;
    throw this.deps.kind === 'personas'
      ? new AgentError('PERSONA_NOT_FOUND', { persona: id })
      : new AgentError('TEMPLATE_NOT_FOUND', { template: id });
  }

  /** What the owner may set of one, without its name, in a form that two are compared by. */
  content(values: Values): string {
    const { name: _, ...options } = z.encode(this.deps.schema, values) as Record<string, unknown>;
    return JSON.stringify(sorted(options));
  }

  /** @throws AgentError PERSONA_NAME_TAKEN or TEMPLATE_NAME_TAKEN. */
  create(values: Values): Item {
    this.#checkName(values.name, null);
    return this.#insert(values);
  }

  /** @throws AgentError: not found, name taken, PROMPT_BUILTIN. */
  update(id: number, change: (item: Item) => Values): Item {
    const before = this.#own(id);
    const values = change(before);
    this.#checkName(values.name, id);
    const updatedAt = toTimestamp(this.deps.clock.now());
    this.deps.repository.update({ id, name: values.name, options: this.#options(values), updatedAt });
    this.#known = null;
    const item = this.get(id);
    this.deps.changed(item);
    return item;
  }

  /** @throws AgentError: not found, PROMPT_BUILTIN. */
  remove(id: number): Item {
    const item = this.#own(id);
    this.deps.repository.remove(id);
    this.#known = null;
    this.deps.removed(item);
    return item;
  }

  /**
   * Takes one over from elsewhere under a name that is free: its own, or with a number.
   * @param valuesOf what the owner may set of one that is here.
   * @returns the new one; or, `created: false`, the one that is here word for word.
   */
  take(values: Values, valuesOf: (item: Item) => Values): { item: Item; created: boolean } {
    for (const name of numbered(values.name)) {
      const known = this.named(name);
      if (known === null) return { item: this.#insert({ ...values, name }), created: true };
      if (this.content(valuesOf(known)) === this.content(values)) return { item: known, created: false };
    }
    throw new Error('numbers do not end');
  }

  /** @throws AgentError: not found, PROMPT_BUILTIN. */
  #own(id: number): Item {
    const item = this.get(id);
    if (this.deps.builtin.includes(item)) throw new AgentError('PROMPT_BUILTIN', { name: item.name, kind: this.deps.kind });
    return item;
  }

  #insert(values: Values): Item {
    const before = this.own();
    const now = toTimestamp(this.deps.clock.now());
    const id = this.deps.repository.insert({ name: values.name, options: this.#options(values), createdAt: now, updatedAt: now });
    const item = this.deps.present(values, { id, createdAt: now, updatedAt: now });
    // Not read anew: an import of a thousand would read half a million.
    this.#known = [...before, item].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
    this.deps.changed(item);
    return item;
  }

  #options(values: Values): string {
    const { name: _, ...options } = z.encode(this.deps.schema, values) as Record<string, unknown>;
    return JSON.stringify(options);
  }

  #checkName(name: string, ownId: number | null): void {
    if (!this.list().some((item) => item.id !== ownId && sameName(item.name, name))) return;
    throw new AgentError(this.deps.kind === 'personas' ? 'PERSONA_NAME_TAKEN' : 'TEMPLATE_NAME_TAKEN', { name });
  }
}

/** The same value whatever the order of its keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
