/** Makes a persona, changes one, or shows one of the product. */
import Copy from 'lucide-react/icons/copy';
import { SAMPLING_KEYS, type Persona } from '@mlx-manager/shared';
import { Button, Field, Input, TextArea } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { Editor } from '../editing/editor.js';
import { useForm } from '../editing/use-form.js';
import { useRefusal } from '../editing/use-refusal.js';
import { changesOf, personaBody, personaDraft, personaProblems, type PersonaDraft, type SamplingKey } from './template-draft.js';

const SAMPLING: Record<SamplingKey, { label: string; hint: string }> = {
  temperature: { label: 'Temperature', hint: '0 is always the likeliest word; higher is freer.' },
  topP: { label: 'Top P', hint: 'Only the likeliest words up to this share, 0 to 1.' },
  topK: { label: 'Top K', hint: 'Only so many likeliest words; 0 is all.' },
  minP: { label: 'Min P', hint: 'Leaves out words below this share of the likeliest.' },
  maxTokens: { label: 'Max tokens', hint: 'Longest answer.' },
  repetitionPenalty: { label: 'Repetition penalty', hint: 'Against repeating; 1 is none.' },
  presencePenalty: { label: 'Presence penalty', hint: 'Towards new words, −2 to 2; 0 is none.' },
  frequencyPenalty: { label: 'Frequency penalty', hint: 'Against frequent words, −2 to 2; 0 is none.' },
  seed: { label: 'Seed', hint: 'The same seed, the same answer.' },
};

export interface PersonaEditorProps {
  /** Null makes a new one. */
  persona: Persona | null;
  /** A new one begins as this one. */
  like?: PersonaDraft;
  onClose: () => void;
  onDuplicate: (persona: Persona) => void;
}

export function PersonaEditor({ persona, like, onClose, onDuplicate }: PersonaEditorProps) {
  const builtin = persona?.builtin ?? false;
  const form = useForm<PersonaDraft>(like ?? personaDraft(persona), personaProblems);
  const { draft, set, problem } = form;
  const refusal = useRefusal(persona !== null);
  const save = useAction(
    (client) =>
      persona === null || refusal.gone
        ? client.createPersona({ body: personaBody(draft) })
        : client.updatePersona({ params: { id: persona.id }, body: changesOf(persona, personaBody(draft)) }),
    {
      success: ({ name }) => `Saved ${name}`,
      done: onClose,
      failed: refusal.take,
    },
  );
  return (
    <Editor
      title={persona === null ? 'New persona' : builtin ? persona.name : `Edit ${persona.name}`}
      description={
        builtin
          ? 'It comes with MLX Manager and is not changed. Duplicate it to make it your own.'
          : 'A voice for the model: a system prompt under a name, for chats and templates.'
      }
      size="lg"
      form={form}
      save={persona === null ? 'Add Persona' : 'Save'}
      pending={save.pending}
      error={refusal.error}
      readOnly={builtin}
      onSave={() => {
        refusal.clear();
        void save.run();
      }}
      onClose={onClose}
      {...(builtin &&
        persona && {
          more: (
            <Button icon={<Copy aria-hidden />} onClick={() => onDuplicate(persona)}>
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
            placeholder="What it is good at"
            onValueChange={(description) => set({ description })}
          />
        </Field>
      </div>
      <Field label="System prompt" hint="Told to the model before every conversation." error={problem('systemPrompt')}>
        <TextArea
          rows={9}
          readOnly={builtin}
          value={draft.systemPrompt}
          onValueChange={(systemPrompt) => set({ systemPrompt })}
          placeholder="You are…"
        />
      </Field>
      <fieldset className="min-w-0">
        <legend className="font-medium">Sampling</legend>
        <p className="mb-2 text-sm text-muted">How words are chosen. What is left empty is the profile’s, else the model’s own.</p>
        <div className="grid grid-cols-2 items-start gap-3 sm:grid-cols-3">
          {SAMPLING_KEYS.map((key) => (
            <Field key={key} label={SAMPLING[key].label} hint={SAMPLING[key].hint} error={problem(key)}>
              <Input
                inputMode="decimal"
                readOnly={builtin}
                placeholder="As set"
                value={draft[key]}
                onValueChange={(text) => set({ [key]: text })}
              />
            </Field>
          ))}
        </div>
      </fieldset>
    </Editor>
  );
}
