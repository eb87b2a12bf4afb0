/** Prompt templates: chosen from a list, their places filled in, put where the message is written. */
import { useState } from 'react';
import BookText from 'lucide-react/icons/book-text';
import { renderTemplate, templateNeeds, type Template } from '@mlx-manager/shared';
import { Button, Dialog, EmptyState, Field, IconButton, Input, TextArea } from '../../kit/index.js';
import { useTemplates } from '../../lib/resources.js';
import { missingOf, placeLabel } from './template-choice.js';

/** Takes the text, and the template it was made of: it may say who answers. */
export type OnInsert = (text: string, template: Template) => void;

export function Templates({ onInsert }: { onInsert: OnInsert }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton label="Insert a template" icon={<BookText />} onClick={() => setOpen(true)} />
      {open && (
        <Chooser
          onClose={() => setOpen(false)}
          onInsert={(text, template) => {
            setOpen(false);
            onInsert(text, template);
          }}
        />
      )}
    </>
  );
}

function Chooser({ onClose, onInsert }: { onClose: () => void; onInsert: OnInsert }) {
  const templates = useTemplates(true);
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<Template | null>(null);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = (templates.data ?? []).filter(({ name, description, text }) =>
    words.every((word) => `${name} ${description ?? ''} ${text}`.toLowerCase().includes(word)),
  );
  const choose = (template: Template): void => {
    const needs = templateNeeds(template.text);
    if (template.variables.length === 0 && !needs.selection && !needs.clipboard) onInsert(renderTemplate(template.text, {}).text, template);
    else setChosen(template);
  };
  if (chosen) return <Fill template={chosen} onClose={onClose} onInsert={onInsert} />;
  return (
    <Dialog open onOpenChange={onClose} title="Insert a Template">
      <Input autoFocus aria-label="Search templates" placeholder="Search templates" value={search} onValueChange={setSearch} />
      {found.length === 0 ? (
        <EmptyState title={templates.data === undefined ? 'Looking…' : 'Nothing found'} />
      ) : (
        <ul className="mt-2 flex flex-col">
          {found.map((template) => (
            <li key={template.id}>
              <button type="button" className="w-full rounded-md px-2 py-1.5 text-left hover:bg-hover" onClick={() => choose(template)}>
                <span className="block truncate font-medium">{template.name}</span>
                <span className="block truncate text-sm text-muted">{template.description ?? template.text}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function Fill({ template, onClose, onInsert }: { template: Template; onClose: () => void; onInsert: OnInsert }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const needs = templateNeeds(template.text);
  const given = [...(needs.selection ? ['selection'] : []), ...(needs.clipboard ? ['clipboard'] : [])];
  const set = (name: string) => (value: string) => setValues((all) => ({ ...all, [name]: value }));
  const of = (name: string): string | null => ((values[name] ?? '') === '' ? null : (values[name] ?? null));
  const missing = missingOf(template, values);
  const insert = (): void => {
    if (missing.length > 0) return;
    const variables = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
    onInsert(renderTemplate(template.text, { variables, selection: of('selection'), clipboard: of('clipboard') }).text, template);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={template.name}
      {...(template.description !== null && { description: template.description })}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="fill-template" disabled={missing.length > 0}>
            Insert
          </Button>
        </>
      }
    >
      <form
        id="fill-template"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          insert();
        }}
      >
        {given.map((name, i) => (
          <Field key={name} label={placeLabel(name)} hint={name === 'selection' ? 'What the template works on.' : 'Paste it here.'}>
            <TextArea autoFocus={i === 0} rows={5} value={values[name] ?? ''} onValueChange={set(name)} />
          </Field>
        ))}
        {template.variables.map(({ name, fallback }, i) => (
          <Field key={name} label={name}>
            <Input
              autoFocus={given.length === 0 && i === 0}
              value={values[name] ?? ''}
              onValueChange={set(name)}
              {...(fallback !== null && { placeholder: fallback })}
            />
          </Field>
        ))}
        <p role="status" className="min-h-5 text-sm text-muted">
          {missing.length > 0 && `Fill in first: ${missing.join(', ')}.`}
        </p>
      </form>
    </Dialog>
  );
}
