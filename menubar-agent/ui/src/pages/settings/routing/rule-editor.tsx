/** Makes a routing rule, or changes one: when it holds, and who answers then. */
import { useCallback, useMemo, type ReactNode } from 'react';
import type { FallbackReason, Profile, Provider, RoutingMatch, RoutingRule } from '@mlx-manager/shared';
import { Field, Input } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { useKeys } from '../../../lib/resources.js';
import { Choices } from '../editing/choices.js';
import { Editor } from '../editing/editor.js';
import { Note } from '../editing/note.js';
import { useForm } from '../editing/use-form.js';
import { useRefusal } from '../editing/use-refusal.js';
import { WordsInput } from '../editing/words-input.js';
import { Fallbacks } from './fallbacks.js';
import { AS_ASKED, bodyOf, draftOf, freeName, problemsOfRule, type RuleDraft } from './rule-draft.js';
import { CAPABILITY_WORDS, DAY_WORDS, PROTOCOL_WORDS, ruleSentence, type Names } from './sentence.js';
import { TargetPicker } from './target-picker.js';
import { sendsTo } from './warnings.js';

const options = <V extends string>(words: Record<V, string>): { value: V; label: string }[] =>
  (Object.keys(words) as V[]).map((value) => ({ value, label: words[value] }));
const FALLBACK_OPTIONS: { value: FallbackReason; label: string }[] = [
  { value: 'failed', label: 'It fails' },
  { value: 'full', label: 'Its queue is full, or the wait too long' },
  { value: 'no_fit', label: 'It does not fit into memory' },
];

/** What is edited: a rule, or a new one, perhaps like another and behind it. */
export interface Editing {
  readonly rule: RoutingRule | null;
  readonly like?: RoutingRule;
}

export interface RuleEditorProps {
  editing: Editing;
  rules: readonly RoutingRule[];
  profiles: readonly Profile[];
  providers: readonly Provider[];
  names: Names;
  onClose: () => void;
}

export function RuleEditor({ editing, rules, profiles, providers, names, onClose }: RuleEditorProps) {
  const { rule, like } = editing;
  const check = useCallback((draft: RuleDraft) => problemsOfRule(draft, { profiles, providers }), [profiles, providers]);
  const initial = like
    ? {
        ...draftOf(like),
        name: freeName(
          `${like.name} copy`,
          rules.map(({ name }) => name),
        ),
      }
    : draftOf(rule);
  const form = useForm<RuleDraft>(initial, check);
  const { draft, set, problem } = form;
  const refusal = useRefusal(rule !== null);
  const save = useAction(
    (client) => {
      const body = bodyOf(draft);
      if (rule === null || refusal.gone) return client.createRule({ body: { ...body, ...(like && { position: like.position + 1 }) } });
      // Only what was changed here: what was changed elsewhere meanwhile stays.
      const changed = Object.entries(body).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(rule[key as keyof typeof body]),
      );
      return client.updateRule({ params: { id: rule.id }, body: Object.fromEntries(changed) });
    },
    {
      success: ({ name }) => `Saved ${name}`,
      done: onClose,
      failed: refusal.take,
    },
  );
  const keys = useKeys();
  const modelNames = useMemo(() => profiles.flatMap(({ name, aliases }) => [name, ...aliases]), [profiles]);
  const body = bodyOf(draft);
  const outside = sendsTo(body, providers);
  const words = (key: 'models' | 'clients' | 'keys', what: string, all: string, suggestions?: readonly string[]) => (
    <WordsInput
      what={what}
      value={draft[key]}
      placeholder={draft[key].length === 0 ? all : 'Another one…'}
      {...(suggestions && { suggestions })}
      onValueChange={(value) => set({ [key]: value })}
    />
  );
  return (
    <Editor
      title={rule === null ? 'New rule' : `Edit ${rule.name}`}
      description="Of all rules, the first whose conditions all hold decides."
      size="lg"
      form={form}
      save={rule === null ? 'Add Rule' : 'Save'}
      pending={save.pending}
      error={refusal.error}
      onSave={() => {
        refusal.clear();
        void save.run();
      }}
      onClose={onClose}
    >
      <Field label="Name" error={problem('name')}>
        <Input
          autoFocus
          value={draft.name}
          onValueChange={(name) => set({ name })}
          maxLength={100}
          placeholder="e.g. Long prompts to the big model"
        />
      </Field>
      <Part
        title="When"
        hint="Everything that is set must hold. What is left empty does not matter; with nothing set the rule holds always."
      >
        <Field label="Models" hint="As the client names them; * stands for any text, ? for one letter." error={problem('models')}>
          {words('models', 'model', 'Any model, e.g. gpt-*', modelNames)}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Prompt of at least" hint="Estimated tokens: messages, tools and all." error={problem('minTokens')}>
            <Input inputMode="numeric" unit="tokens" value={draft.minTokens} onValueChange={(minTokens) => set({ minTokens })} />
          </Field>
          <Field label="Prompt of at most" hint="Longer ones are not meant." error={problem('maxTokens')}>
            <Input inputMode="numeric" unit="tokens" value={draft.maxTokens} onValueChange={(maxTokens) => set({ maxTokens })} />
          </Field>
        </div>
        <Choices
          label="It needs"
          hint="All that is ticked must be asked for by the request."
          value={draft.capabilities}
          onValueChange={(capabilities) => set({ capabilities })}
          options={options(CAPABILITY_WORDS)}
        />
        <Choices
          label="The client speaks"
          hint="One of these; none ticked is any."
          value={draft.protocols}
          onValueChange={(protocols: RoutingMatch['protocols']) => set({ protocols })}
          options={options(PROTOCOL_WORDS)}
        />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field label="Clients" hint="As programs name themselves (user-agent), e.g. Zed*." error={problem('clients')}>
            {words('clients', 'client', 'Any client')}
          </Field>
          <Field label="API keys" hint="By name." error={problem('keys')}>
            {words(
              'keys',
              'key',
              'Any key, or none',
              keys.data?.filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name),
            )}
          </Field>
        </div>
        <Choices
          label="On these days"
          hint="None ticked is every day. The hours after midnight belong to the day before."
          value={draft.days}
          onValueChange={(days) => set({ days })}
          options={options(DAY_WORDS)}
        />
        <div className="grid grid-cols-2 gap-4 sm:max-w-80">
          <Field label="From" error={problem('from')}>
            <Input type="time" value={draft.from} onValueChange={(from) => set({ from })} />
          </Field>
          <Field label="To" error={problem('to')}>
            <Input type="time" value={draft.to} onValueChange={(to) => set({ to })} />
          </Field>
        </div>
      </Part>
      <Part title="Then" hint="Who answers in place of the model that was asked for.">
        <Field label="Answered by" error={problem('target') ?? (draft.target.who === initial.target.who ? rule?.problem : undefined)}>
          <TargetPicker
            label="Answered by"
            asAsked
            value={draft.target}
            onValueChange={(target) => set({ target })}
            profiles={profiles}
            providers={providers}
          />
        </Field>
        <Fallbacks
          value={draft.fallbacks}
          onValueChange={(fallbacks) => set({ fallbacks })}
          problem={problem('fallbacks')}
          profiles={profiles}
          providers={providers}
        />
        {draft.fallbacks.length > 0 && (
          <Choices
            label="Fall back when"
            value={draft.fallbackOn}
            onValueChange={(fallbackOn) => set({ fallbackOn })}
            options={FALLBACK_OPTIONS}
            problem={problem('fallbackOn')}
          />
        )}
        {draft.target.who === AS_ASKED && draft.fallbacks.length === 0 && (
          <p className="text-sm text-muted">Without a fallback this rule keeps what it matches on this Mac: no later rule is asked.</p>
        )}
      </Part>
      <Note tone={outside.length > 0 ? 'warn' : 'plain'}>
        <p aria-live="polite">{ruleSentence(body, names)}</p>
        {outside.length > 0 && <p className="mt-1 text-sm">Such requests leave this Mac: prompts and files go to {outside.join(', ')}.</p>}
      </Note>
    </Editor>
  );
}

function Part({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-4 border-t border-line pt-3">
      <div>
        <h3 className="text-lg font-semibold">{title}</h3>
        <p className="text-sm text-muted">{hint}</p>
      </div>
      {children}
    </section>
  );
}
