/** Makes a template, changes one, or shows one of the product. */
import { useId, useRef } from 'react';
import Copy from 'lucide-react/icons/copy';
import type { Persona, Template } from '@mlx-manager/shared';
import { Button, Field, Input, Select } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { useProfiles } from '../../../lib/resources.js';
import { Editor } from '../editing/editor.js';
import { useForm } from '../editing/use-form.js';
import { useRefusal } from '../editing/use-refusal.js';
import { PlacesInput } from './places-input.js';
import { Preview } from './preview.js';
import { changesOf, templateBody, templateDraft, templateProblems, type TemplateDraft } from './template-draft.js';

export interface TemplateEditorProps {
  /** Null makes a new one. */
  template: Template | null;
  /** A new one begins as this one. */
  like?: TemplateDraft;
  personas: readonly Persona[];
  onClose: () => void;
  onDuplicate: (template: Template) => void;
}

export function TemplateEditor({ template, like, personas, onClose, onDuplicate }: TemplateEditorProps) {
  const list = useId();
  const builtin = template !== null && template.builtin !== null;
  const form = useForm<TemplateDraft>(like ?? templateDraft(template), templateProblems);
  const { draft, set, problem } = form;
  const area = useRef<HTMLTextAreaElement>(null);
  const refusal = useRefusal(template !== null);
  const save = useAction(
    (client) =>
      template === null || refusal.gone
        ? client.createTemplate({ body: templateBody(draft) })
        : client.updateTemplate({ params: { id: template.id }, body: changesOf(template, templateBody(draft)) }),
    {
      success: ({ name }) => `Saved ${name}`,
      done: onClose,
      failed: refusal.take,
    },
  );
  const profiles = useProfiles();
  const known = personas.some(({ name }) => name === draft.persona);
  /** Puts a place where the cursor is. */
  const insert = (place: string): void => {
    const element = area.current;
    if (element === null) return;
    const { selectionStart: from, selectionEnd: to } = element;
    set({ text: draft.text.slice(0, from) + place + draft.text.slice(to) });
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(from + place.length, from + place.length);
    });
  };
  return (
    <Editor
      title={template === null ? 'New template' : builtin ? template.name : `Edit ${template.name}`}
      {...(builtin && { description: 'It comes with MLX Manager and is not changed. Duplicate it to make it your own.' })}
      size="lg"
      form={form}
      save={template === null ? 'Add Template' : 'Save'}
      pending={save.pending}
      error={refusal.error}
      readOnly={builtin}
      onSave={() => {
        refusal.clear();
        void save.run();
      }}
      onClose={onClose}
      {...(builtin && {
        more: (
          <Button icon={<Copy aria-hidden />} onClick={() => onDuplicate(template)}>
            Duplicate
          </Button>
        ),
      })}
    >
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="Name" error={problem('name')}>
          <Input autoFocus={!builtin} readOnly={builtin} maxLength={100} value={draft.name} onValueChange={(name) => set({ name })} />
        </Field>
        <Field label="Description" error={problem('description')}>
          <Input
            readOnly={builtin}
            maxLength={600}
            value={draft.description}
            placeholder="What it is for"
            onValueChange={(description) => set({ description })}
          />
        </Field>
      </div>
      <Field label="Text" error={problem('text')}>
        <PlacesInput ref={area} readOnly={builtin} value={draft.text} onValueChange={(text) => set({ text })} />
      </Field>
      <div className="-mt-2 flex flex-wrap items-center gap-2 text-sm text-muted">
        <p className="min-w-0 flex-1 basis-72">
          <code>{'{selection}'}</code> is the selected text, <code>{'{clipboard}'}</code> what was copied, <code>{'{name}'}</code> is asked
          for each time, <code>{'{name:text}'}</code> has a default. Double braces stay as they are: <code>{'{{name}}'}</code>.
        </p>
        {!builtin && (
          <div className="flex gap-1">
            {['{selection}', '{clipboard}', '{name}'].map((place) => (
              <Button key={place} size="sm" aria-label={`Insert ${place}`} className="font-mono" onClick={() => insert(place)}>
                {place}
              </Button>
            ))}
          </div>
        )}
      </div>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="Model" hint="A profile’s name, an alias or a model’s id. Empty: the default model." error={problem('model')}>
          <Input
            list={list}
            readOnly={builtin}
            value={draft.model}
            placeholder="Default model"
            maxLength={250}
            onValueChange={(model) => set({ model })}
          />
        </Field>
        <Field
          label="Persona"
          hint={
            draft.persona !== '' && !known
              ? 'There is no persona of this name here: it is asked without one.'
              : 'Whose system prompt goes with it.'
          }
        >
          <Select
            label="Persona"
            disabled={builtin}
            value={draft.persona}
            onValueChange={(persona) => set({ persona })}
            options={[
              { value: '', label: 'None' },
              ...(draft.persona !== '' && !known ? [{ value: draft.persona, label: `${draft.persona} (not here)` }] : []),
              ...personas.map(({ name }) => ({ value: name, label: name })),
            ]}
          />
        </Field>
      </div>
      <datalist id={list}>
        {(profiles.data ?? [])
          .flatMap(({ name, aliases }) => [name, ...aliases])
          .slice(0, 200)
          .map((one) => (
            <option key={one} value={one} />
          ))}
      </datalist>
      <Preview text={draft.text} />
    </Editor>
  );
}
