/** Makes an API key, or changes one. */
import { useCallback, useState } from 'react';
import type { AgentError, ApiKey, ApiKeyCreated, Priority } from '@mlx-manager/shared';
import { Field, Input, Select } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { useProfiles } from '../../../lib/resources.js';
import { Editor } from '../editing/editor.js';
import { useForm } from '../editing/use-form.js';
import { WordsInput } from '../editing/words-input.js';
import { bodyOf, changesOf, draftOf, localMinute, problemsOfKey, type Expiry, type KeyDraft } from './key-draft.js';

const EXPIRIES: { value: Expiry; label: string }[] = [
  { value: 'never', label: 'Never' },
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: 'date', label: 'On a date…' },
];
export const PRIORITY_WORDS: Record<Priority, { label: string; hint: string }> = {
  interactive: { label: 'Interactive', hint: 'A person waits: goes first' },
  normal: { label: 'Normal', hint: 'A program waits' },
  batch: { label: 'Batch', hint: 'Nobody waits: goes last' },
};

export interface KeyEditorProps {
  /** Null makes a new one. */
  apiKey: ApiKey | null;
  onClose: () => void;
  /** With the secret, this once. */
  onMade: (made: ApiKeyCreated) => void;
}

export function KeyEditor({ apiKey, onClose, onMade }: KeyEditorProps) {
  const check = useCallback((draft: KeyDraft) => problemsOfKey(draft, apiKey, Date.now()), [apiKey]);
  const form = useForm<KeyDraft>(draftOf(apiKey), check);
  const { draft, set, problem } = form;
  const [error, setError] = useState<AgentError | null>(null);
  const failed = (reason: AgentError): boolean => {
    setError(reason);
    return true;
  };
  const make = useAction((client) => client.createKey({ body: bodyOf(draft, null, Date.now()) }), { done: onMade, failed });
  const change = useAction(
    (client, key: ApiKey) => client.updateKey({ params: { id: key.id }, body: changesOf(key, bodyOf(draft, key, Date.now())) }),
    { success: ({ name }) => `Saved ${name}`, done: onClose, failed },
  );
  const profiles = useProfiles();
  return (
    <Editor
      title={apiKey === null ? 'New API key' : `Edit ${apiKey.name}`}
      description={
        apiKey === null
          ? 'For one program or one machine: a key of its own can be limited and revoked by itself.'
          : 'In force with the next request.'
      }
      form={form}
      save={apiKey === null ? 'Make Key' : 'Save'}
      pending={make.pending || change.pending}
      error={error}
      onSave={() => {
        setError(null);
        void (apiKey === null ? make.run() : change.run(apiKey));
      }}
      onClose={onClose}
    >
      <Field label="Name" hint="Shown in the list of requests: the program or the person that uses it." error={problem('name')}>
        <Input
          autoFocus
          value={draft.name}
          onValueChange={(name) => set({ name })}
          maxLength={100}
          placeholder="e.g. Continue on the laptop"
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Requests a minute" hint="More are refused with status 429. Empty: no limit." error={problem('requestsPerMinute')}>
          <Input
            inputMode="numeric"
            value={draft.requestsPerMinute}
            placeholder="No limit"
            onValueChange={(requestsPerMinute) => set({ requestsPerMinute })}
          />
        </Field>
        <Field label="Tokens a minute" hint="Of prompts and answers together. Empty: no limit." error={problem('tokensPerMinute')}>
          <Input
            inputMode="numeric"
            value={draft.tokensPerMinute}
            placeholder="No limit"
            onValueChange={(tokensPerMinute) => set({ tokensPerMinute })}
          />
        </Field>
      </div>
      <Field
        label="Models"
        hint="Names of profiles, aliases or models it may use; * stands for any text. Empty: all of them."
        error={problem('models')}
      >
        <WordsInput
          what="model"
          value={draft.models}
          placeholder={draft.models.length === 0 ? 'All models' : 'Another one…'}
          suggestions={(profiles.data ?? []).flatMap(({ name, aliases }) => [name, ...aliases])}
          onValueChange={(models) => set({ models })}
        />
      </Field>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="Expires" hint="It stops working then by itself.">
          <Select
            value={draft.expiry}
            onValueChange={(expiry) => set({ expiry, ...(expiry === 'date' && draft.expiresAt === '' && { expiresAt: inAMonth() }) })}
            options={EXPIRIES}
          />
        </Field>
        {draft.expiry === 'date' && (
          <Field label="Date and time" error={problem('expiresAt')}>
            <Input type="datetime-local" value={draft.expiresAt} onValueChange={(expiresAt) => set({ expiresAt })} />
          </Field>
        )}
      </div>
      <Field label="Priority" hint="Whose turn comes first when several wait for a model. A request that says its own priority keeps it.">
        <Select<Priority | 'client'>
          value={draft.priority ?? 'client'}
          onValueChange={(priority) => set({ priority: priority === 'client' ? null : priority })}
          options={[
            { value: 'client', label: 'By the client', hint: 'Chat programs first, others as normal' },
            ...(Object.keys(PRIORITY_WORDS) as Priority[]).map((value) => ({ value, ...PRIORITY_WORDS[value] })),
          ]}
        />
      </Field>
    </Editor>
  );
}

const inAMonth = (): string => localMinute(Date.now() + 30 * 86_400_000);
