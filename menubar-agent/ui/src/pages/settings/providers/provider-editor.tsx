/** Adds a provider, or changes one. Its key is written, never shown. */
import { useState } from 'react';
import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import type { Provider, ProviderProtocol } from '@mlx-manager/shared';
import { Button, Field, IconButton, Input, Select } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { Editor } from '../editing/editor.js';
import { Note } from '../editing/note.js';
import { useForm } from '../editing/use-form.js';
import { useRefusal } from '../editing/use-refusal.js';
import { WordsInput } from '../editing/words-input.js';
import { leaves } from '../routing/warnings.js';
import { PRESETS } from './presets.js';
import { bodyOf, changesOf, draftOf, losesKey, problemsOfProvider, type HeaderDraft, type ProviderDraft } from './provider-draft.js';

const PROTOCOLS: { value: ProviderProtocol; label: string; hint: string }[] = [
  { value: 'openai', label: 'OpenAI', hint: 'Most services, and other local servers' },
  { value: 'anthropic', label: 'Anthropic', hint: 'Claude, in its own protocol' },
];

export interface ProviderEditorProps {
  /** Null adds a new one. */
  provider: Provider | null;
  /** Models that its last test listed. */
  listed: readonly string[];
  taken: readonly string[];
  onClose: () => void;
}

export function ProviderEditor({ provider, listed, taken, onClose }: ProviderEditorProps) {
  const form = useForm<ProviderDraft>(draftOf(provider), problemsOfProvider);
  const { draft, set, problem } = form;
  const [kind, setKind] = useState<string | null>(null);
  const refusal = useRefusal(provider !== null);
  const save = useAction(
    (client) =>
      provider === null || refusal.gone
        ? client.createProvider({ body: bodyOf(draft) })
        : client.updateProvider({ params: { id: provider.id }, body: changesOf(provider, bodyOf(draft)) }),
    {
      success: ({ name }) => `Saved ${name}`,
      done: onClose,
      failed: refusal.take,
    },
  );
  const preset = PRESETS.find(({ value }) => value === kind);
  const choose = (value: string): void => {
    const chosen = PRESETS.find((one) => one.value === value);
    if (!chosen) return;
    setKind(value);
    // A name of one's own stays.
    const named = draft.name !== '' && !PRESETS.some(({ name }) => name === draft.name);
    set({ protocol: chosen.protocol, baseUrl: chosen.baseUrl, ...(!named && { name: chosen.name }) });
  };
  const sameName = taken.some((name) => name.toLowerCase() === draft.name.trim().toLowerCase() && name !== provider?.name);
  const outside = draft.baseUrl.trim() !== '' && leaves({ baseUrl: draft.baseUrl.trim() });
  return (
    <Editor
      title={provider === null ? 'Add a provider' : `Edit ${provider.name}`}
      description="It is asked only where a routing rule says so."
      form={form}
      save={provider === null ? 'Add' : 'Save'}
      pending={save.pending}
      error={refusal.error}
      onSave={() => {
        refusal.clear();
        void save.run();
      }}
      onClose={onClose}
    >
      {provider === null && (
        <Field label="Service" hint="Fills in what is known of it; everything can be changed.">
          <Select<string | null>
            label="Service"
            value={kind}
            placeholder="Choose…"
            onValueChange={(value) => value !== null && choose(value)}
            options={PRESETS.map(({ value, label, hint }) => ({ value, label, hint }))}
          />
        </Field>
      )}
      <Field label="Name" error={problem('name') ?? (sameName && 'There is a provider of this name already.')}>
        <Input autoFocus={provider !== null} value={draft.name} onValueChange={(name) => set({ name })} maxLength={80} />
      </Field>
      <div className="grid items-start gap-4 sm:grid-cols-[1fr_180px]">
        <Field label="Address" hint="The base URL, as the service’s own documentation gives it for programs." error={problem('baseUrl')}>
          <Input
            inputMode="url"
            value={draft.baseUrl}
            placeholder="https://api.example.com/v1"
            onValueChange={(baseUrl) => set({ baseUrl })}
          />
        </Field>
        <Field label="Protocol">
          <Select label="Protocol" value={draft.protocol} onValueChange={(protocol) => set({ protocol })} options={PROTOCOLS} />
        </Field>
      </div>
      <Field
        label="Key"
        hint={`Kept in the keychain and never shown again.${preset?.keysAt ? ` Made at ${preset.keysAt}.` : ''}`}
        error={problem('key')}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={draft.key}
          placeholder={provider?.keySet === true ? 'Kept. Type another one to replace it.' : 'None'}
          onValueChange={(key) => set({ key })}
        />
      </Field>
      {provider !== null && losesKey(provider, draft) && (
        <Note tone="warn">
          Another address: the key that is kept is forgotten when you save, as it was given for the old one. Type it again.
        </Note>
      )}
      <Field label="Models" hint="Only these may be asked for. Empty: any." error={problem('models')}>
        <WordsInput
          what="model"
          value={draft.models}
          placeholder={draft.models.length === 0 ? 'Any model' : 'Another one…'}
          suggestions={listed}
          onValueChange={(models) => set({ models })}
        />
      </Field>
      <Headers value={draft.headers} onValueChange={(headers) => set({ headers })} problem={problem('headers')} />
      {outside && (
        <Note tone="warn">
          Requests that a rule sends here leave this Mac: prompts, files and tool results go to{' '}
          {URL.parse(draft.baseUrl.trim())?.host ?? 'it'}.
        </Note>
      )}
    </Editor>
  );
}

function Headers({
  value,
  onValueChange,
  problem,
}: {
  value: readonly HeaderDraft[];
  onValueChange: (value: readonly HeaderDraft[]) => void;
  problem: string | undefined;
}) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-2" {...(problem !== undefined && { 'data-invalid': true })}>
      <legend className="mb-1 font-medium">Headers</legend>
      {value.map((header, i) => (
        <div key={i} className="flex items-center gap-2">
          <Input
            aria-label={`Name of header ${i + 1}`}
            placeholder="Name, e.g. HTTP-Referer"
            value={header.name}
            onValueChange={(name) => onValueChange(value.with(i, { ...header, name }))}
          />
          <Input
            aria-label={`Value of header ${i + 1}`}
            placeholder="Value"
            value={header.value}
            onValueChange={(text) => onValueChange(value.with(i, { ...header, value: text }))}
          />
          <IconButton label={`Remove header ${i + 1}`} icon={<X />} onClick={() => onValueChange(value.filter((_, at) => at !== i))} />
        </div>
      ))}
      {problem !== undefined && <p className="text-sm wrap-anywhere text-bad">{problem}</p>}
      <p className="text-sm text-muted">Sent with every request. No secrets: the key has its own field.</p>
      <div>
        <Button size="sm" icon={<Plus aria-hidden />} onClick={() => onValueChange([...value, { name: '', value: '' }])}>
          Add Header
        </Button>
      </div>
    </fieldset>
  );
}
