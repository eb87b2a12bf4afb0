/** How a chat's answers are made: persona, system prompt, sampling, tools. What is left empty is the persona's, else the profile's. */
import { useState } from 'react';
import type { Chat, Persona, SamplingDefaults } from '@mlx-manager/shared';
import { Button, Dialog, Field, Input, Select, TextArea } from '../../kit/index.js';
import { EXAMPLE, readTools, toolsText } from './tools.js';

export type ChatChoice = Pick<Chat, 'personaId' | 'systemPrompt' | 'sampling' | 'tools'>;

const FIELDS: readonly { key: keyof SamplingDefaults; label: string; hint: string; whole?: boolean; min: number; max?: number }[] = [
  { key: 'temperature', label: 'Temperature', hint: '0 is always the likeliest word', min: 0, max: 5 },
  { key: 'topP', label: 'Top P', hint: 'Likeliest words up to this share', min: 0, max: 1 },
  { key: 'topK', label: 'Top K', hint: 'So many likeliest words', whole: true, min: 0 },
  { key: 'minP', label: 'Min P', hint: 'Share of the likeliest word', min: 0, max: 1 },
  { key: 'maxTokens', label: 'Max tokens', hint: 'Longest answer', whole: true, min: 1 },
  { key: 'repetitionPenalty', label: 'Repetition penalty', hint: '1 is none', min: 0, max: 10 },
  { key: 'presencePenalty', label: 'Presence penalty', hint: '0 is none', min: -2, max: 2 },
  { key: 'frequencyPenalty', label: 'Frequency penalty', hint: '0 is none', min: -2, max: 2 },
  { key: 'seed', label: 'Seed', hint: 'The same again', whole: true, min: Number.MIN_SAFE_INTEGER },
];

/** What is wrong with a number; null when nothing is. */
function problemOf({ whole, min, max }: (typeof FIELDS)[number], text: string): string | null {
  if (text.trim() === '') return null;
  const value = Number(text);
  if (!Number.isFinite(value) || (whole === true && !Number.isInteger(value))) return whole === true ? 'A whole number' : 'A number';
  if (value < min || (max !== undefined && value > max)) return max === undefined ? `At least ${min}` : `${min} to ${max}`;
  return null;
}

export interface ChatSettingsProps {
  value: ChatChoice;
  personas: readonly Persona[];
  pending: boolean;
  onClose: () => void;
  onSave: (value: ChatChoice) => void;
}

export function ChatSettings({ value, personas, pending, onClose, onSave }: ChatSettingsProps) {
  const [personaId, setPersonaId] = useState(value.personaId);
  const [prompt, setPrompt] = useState(value.systemPrompt ?? '');
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(FIELDS.map(({ key }) => [key, String(value.sampling[key] ?? '')])),
  );
  const [toolText, setToolText] = useState(() => toolsText(value.tools));
  // Tools that came by the API may have another form, and stay as they are.
  const { tools, problem } = toolText === toolsText(value.tools) ? { tools: value.tools, problem: null } : readTools(toolText);
  const persona = personas.find(({ id }) => id === personaId);
  const wrong = FIELDS.some((field) => problemOf(field, texts[field.key] ?? '') !== null);
  const save = (): void => {
    if (wrong || tools === null) return;
    const sampling = Object.fromEntries(
      FIELDS.flatMap(({ key }) => ((texts[key] ?? '').trim() === '' ? [] : [[key, Number(texts[key])]])),
    ) as SamplingDefaults;
    onSave({ personaId, systemPrompt: prompt.trim() === '' ? null : prompt, sampling, tools });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Chat Settings"
      description="For the answers from now on. What is left empty is the persona’s, else the profile’s."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="chat-settings" pending={pending} disabled={wrong || problem !== null}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="chat-settings"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field label="Persona" {...(persona?.description && { hint: persona.description })}>
          <Select<number>
            label="Persona"
            value={personaId ?? 0}
            onValueChange={(id) => setPersonaId(id === 0 ? null : id)}
            options={[{ value: 0, label: 'None' }, ...personas.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        </Field>
        <Field label="System prompt" hint="Stands over the persona’s.">
          <TextArea
            rows={5}
            value={prompt}
            onValueChange={setPrompt}
            maxLength={100_000}
            {...(persona && { placeholder: persona.systemPrompt.slice(0, 300) })}
          />
        </Field>
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
          {FIELDS.map((field) => (
            <Field key={field.key} label={field.label} hint={field.hint} error={problemOf(field, texts[field.key] ?? '')}>
              <Input
                inputMode="decimal"
                value={texts[field.key] ?? ''}
                placeholder={String(persona?.sampling[field.key] ?? 'As set')}
                onValueChange={(text) => setTexts((all) => ({ ...all, [field.key]: text }))}
              />
            </Field>
          ))}
        </div>
        <Field
          label="Tools"
          hint="As JSON, in OpenAI’s form. An answer may end with calls of them: you type what each one answered, and it goes on."
          error={problem}
        >
          <TextArea rows={4} className="font-mono" spellCheck={false} value={toolText} placeholder={EXAMPLE} onValueChange={setToolText} />
        </Field>
      </form>
    </Dialog>
  );
}
