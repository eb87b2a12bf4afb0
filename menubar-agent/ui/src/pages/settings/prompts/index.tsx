/** Personas and templates: those of the product, and own ones. */
import { useCallback, useState, type ReactNode } from 'react';
import Plus from 'lucide-react/icons/plus';
import type { Persona, Template } from '@mlx-manager/shared';
import { Await, Badge, Button, ConfirmDialog, EmptyState, SearchInput, Section } from '../../../kit/index.js';
import { plural } from '../../../lib/format.js';
import { useAction } from '../../../lib/query.js';
import { usePersonas, useTemplates } from '../../../lib/resources.js';
import { freeName } from '../routing/rule-draft.js';
import { PersonaEditor } from './persona-editor.js';
import { PromptRow } from './prompt-row.js';
import { TemplateEditor } from './template-editor.js';
import { personaDraft, templateDraft } from './template-draft.js';
import { Transfer } from './transfer.js';

type Open =
  | { kind: 'persona'; item: Persona | null; like?: Persona }
  | { kind: 'template'; item: Template | null; like?: Template }
  | { kind: 'delete-persona'; item: Persona }
  | { kind: 'delete-template'; item: Template }
  | null;

export default function Prompts() {
  const personas = usePersonas();
  const templates = useTemplates(true);
  const [open, setOpen] = useState<Open>(null);
  const [search, setSearch] = useState('');
  const close = (): void => setOpen(null);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (...texts: (string | null)[]): boolean => words.every((word) => texts.join(' ').toLowerCase().includes(word));
  const allPersonas = personas.data ?? [];
  const allTemplates = templates.data ?? [];
  const own = allPersonas.some(({ builtin }) => !builtin) || allTemplates.some(({ builtin }) => builtin === null);

  const openPersona = useCallback((item: Persona) => setOpen({ kind: 'persona', item }), []);
  const copyPersona = useCallback((like: Persona) => setOpen({ kind: 'persona', item: null, like }), []);
  const deletePersona = useCallback((item: Persona) => setOpen({ kind: 'delete-persona', item }), []);
  const openTemplate = useCallback((item: Template) => setOpen({ kind: 'template', item }), []);
  const copyTemplate = useCallback((like: Template) => setOpen({ kind: 'template', item: null, like }), []);
  const deleteTemplate = useCallback((item: Template) => setOpen({ kind: 'delete-template', item }), []);
  const copyName = (name: string, all: readonly { name: string }[]): string =>
    freeName(
      `${name} copy`,
      all.map((one) => one.name),
    );
  const key = open === null ? '' : `${open.kind} ${open.item?.id ?? 'new'}`;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <SearchInput
          slash={false}
          label="Search personas and templates"
          value={search}
          onValueChange={setSearch}
          className="max-w-72 min-w-40"
        />
        <div className="ml-auto flex gap-2">
          <Transfer own={own} />
        </div>
      </div>
      <Section
        title="Personas"
        hint="System prompts under a name. A chat or a template takes one on."
        aside={<AddButton onClick={() => setOpen({ kind: 'persona', item: null })}>New Persona</AddButton>}
      >
        <Await of={personas}>
          {(list) => (
            <Rows empty={words.length > 0} label="Personas">
              {list
                .filter(({ name, description, systemPrompt }) => fits(name, description, systemPrompt))
                .map((one) => (
                  <PromptRow
                    key={one.id}
                    item={one}
                    name={one.name}
                    text={one.description ?? one.systemPrompt}
                    builtin={one.builtin}
                    onOpen={openPersona}
                    onDuplicate={copyPersona}
                    onDelete={deletePersona}
                  />
                ))}
            </Rows>
          )}
        </Await>
      </Section>
      <Section
        title="Templates"
        hint="Texts with places to fill in, for chats here and commands in Raycast."
        aside={<AddButton onClick={() => setOpen({ kind: 'template', item: null })}>New Template</AddButton>}
      >
        <Await of={templates}>
          {(list) => (
            <Rows empty={words.length > 0} label="Templates">
              {list
                .filter(({ name, description, text }) => fits(name, description, text))
                .map((one) => (
                  <PromptRow
                    key={one.id}
                    item={one}
                    name={one.name}
                    text={one.description ?? one.text}
                    builtin={one.builtin !== null}
                    badges={
                      one.persona !== null && (
                        <Badge title={`Asked as ${one.persona}`} className="max-w-40 shrink-0">
                          {one.persona}
                        </Badge>
                      )
                    }
                    onOpen={openTemplate}
                    onDuplicate={copyTemplate}
                    onDelete={deleteTemplate}
                  />
                ))}
            </Rows>
          )}
        </Await>
      </Section>
      {open?.kind === 'persona' && (
        <PersonaEditor
          key={key}
          persona={open.item}
          {...(open.like && { like: { ...personaDraft(open.like), name: copyName(open.like.name, allPersonas) } })}
          onClose={close}
          onDuplicate={copyPersona}
        />
      )}
      {open?.kind === 'template' && (
        <TemplateEditor
          key={key}
          template={open.item}
          {...(open.like && { like: { ...templateDraft(open.like), name: copyName(open.like.name, allTemplates) } })}
          personas={allPersonas}
          onClose={close}
          onDuplicate={copyTemplate}
        />
      )}
      {open?.kind === 'delete-persona' && (
        <DeletePersona
          persona={open.item}
          templates={allTemplates.filter(({ persona }) => persona === open.item.name).map(({ name }) => name)}
          onClose={close}
        />
      )}
      {open?.kind === 'delete-template' && <DeleteTemplate template={open.item} onClose={close} />}
    </>
  );
}

const AddButton = ({ onClick, children }: { onClick: () => void; children: ReactNode }) => (
  <Button icon={<Plus aria-hidden />} onClick={onClick}>
    {children}
  </Button>
);

/** @param empty nothing in the list means that nothing was found. */
function Rows({ label, empty, children }: { label: string; empty: boolean; children: readonly ReactNode[] }) {
  if (children.length === 0) return <EmptyState title={empty ? 'Nothing found' : 'Nothing here yet'} />;
  return (
    <ul aria-label={label} className="rounded-lg border border-line bg-surface">
      {children}
    </ul>
  );
}

function DeletePersona({ persona, templates, onClose }: { persona: Persona; templates: readonly string[]; onClose: () => void }) {
  const { id, name } = persona;
  const remove = useAction((client) => client.deletePersona({ params: { id } }), { success: `Deleted ${name}`, done: onClose });
  const used =
    templates.length === 0
      ? ''
      : ` ${plural(templates.length, 'template')} will have no persona: ${templates.slice(0, 5).join(', ')}${templates.length > 5 ? ', …' : ''}.`;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete the persona ${name}?`}
      description={`Chats that use it keep its system prompt.${used}`}
      confirm="Delete"
      pending={remove.pending}
      onConfirm={() => void remove.run()}
    />
  );
}

function DeleteTemplate({ template, onClose }: { template: Template; onClose: () => void }) {
  const { id, name } = template;
  const remove = useAction((client) => client.deleteTemplate({ params: { id } }), { success: `Deleted ${name}`, done: onClose });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete the template ${name}?`}
      description="It goes from chats and from Raycast. This cannot be undone."
      confirm="Delete"
      pending={remove.pending}
      onConfirm={() => void remove.run()}
    />
  );
}
