/** What a template becomes, as one types; the places can be filled in to try it. The agent fills them in by the same code. */
import { useState } from 'react';
import { renderTemplate, templateNeeds, templateParts, templateVariables } from '@mlx-manager/shared';
import { Badge, CopyButton, Field, Input } from '../../../kit/index.js';

export function Preview({ text }: { text: string }) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const variables = templateVariables(text);
  const needs = templateNeeds(text);
  const given = (name: string): string | null => ((values[name] ?? '') === '' ? null : (values[name] ?? null));
  const rendered = renderTemplate(text, {
    variables: Object.fromEntries(variables.flatMap(({ name }) => (given(name) === null ? [] : [[name, given(name) ?? '']]))),
    selection: given('selection'),
    clipboard: given('clipboard'),
  });
  const places = [
    ...(needs.selection ? [{ name: 'selection', hint: 'The text that is selected, or that is asked about.' }] : []),
    ...(needs.clipboard ? [{ name: 'clipboard', hint: 'What was copied last.' }] : []),
    ...variables.map(({ name, fallback }) => ({
      name,
      hint: fallback === null ? 'Asked for each time.' : `Asked for; “${fallback}” where nothing is given.`,
    })),
  ];
  return (
    <section aria-label="Preview" className="flex flex-col gap-3 border-t border-line pt-3">
      <h3 className="text-lg font-semibold">Try it</h3>
      {places.length === 0 ? (
        <p className="text-muted">It has no places to fill in: it is always the same text.</p>
      ) : (
        <ul aria-label="Places" className="grid gap-3 sm:grid-cols-2">
          {places.map(({ name, hint }) => (
            <li key={name} className="min-w-0">
              <Field label={`{${name}}`} hint={hint}>
                <Input value={values[name] ?? ''} onValueChange={(value) => setValues((all) => ({ ...all, [name]: value }))} />
              </Field>
            </li>
          ))}
        </ul>
      )}
      {rendered.text !== '' && (
        <div className="relative">
          <pre
            tabIndex={0}
            role="group"
            aria-label="What is asked"
            className="max-h-48 overflow-auto rounded-md border border-line bg-sunken p-2 pr-9 whitespace-pre-wrap wrap-anywhere"
          >
            <code>
              {templateParts(rendered.text).map((part, i) =>
                part.place !== null && rendered.missing.includes(part.place) ? (
                  <mark key={i} className="rounded-sm bg-warn-soft text-warn">
                    {part.text}
                  </mark>
                ) : (
                  part.text
                ),
              )}
            </code>
          </pre>
          <CopyButton text={rendered.text} label="Copy what is asked" className="absolute top-1 right-1 bg-sunken" />
        </div>
      )}
      {rendered.missing.length > 0 && (
        <p className="flex flex-wrap items-center gap-1 text-sm text-muted">
          Nothing given yet for
          {rendered.missing.map((name) => (
            <Badge key={name} tone="warn" title={name}>
              {name}
            </Badge>
          ))}
        </p>
      )}
    </section>
  );
}
