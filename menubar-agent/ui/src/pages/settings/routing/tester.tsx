/** Says which rule a request would take, and why each other one does not. Nothing is sent anywhere. */
import { useId, useState } from 'react';
import Check from 'lucide-react/icons/check';
import Minus from 'lucide-react/icons/minus';
import X from 'lucide-react/icons/x';
import {
  problemsOf,
  routingTestRequest,
  type AgentError,
  type RoutingMatch,
  type RoutingRule,
  type RoutingTestRequest,
  type RoutingTestResult,
} from '@mlx-manager/shared';
import { Button, cn, Drawer, Field, Input, Select } from '../../../kit/index.js';
import { useAction, useEvents } from '../../../lib/query.js';
import { Choices } from '../editing/choices.js';
import { Failed } from '../editing/editor.js';
import { Note } from '../editing/note.js';
import { atFields, numberOf, textOf, useForm, type Problems } from '../editing/use-form.js';
import { CAPABILITY_WORDS, PROTOCOL_WORDS } from './sentence.js';
import { warningsOf, type Known } from './warnings.js';

interface Asked {
  model: string;
  tokens: string;
  capabilities: RoutingMatch['capabilities'];
  endpoint: RoutingTestRequest['endpoint'];
  protocol: RoutingTestRequest['protocol'];
  client: string;
  key: string;
  /** Local time; empty is now. */
  at: string;
}
const START: Asked = {
  model: '',
  tokens: '1000',
  capabilities: [],
  endpoint: '/v1/chat/completions',
  protocol: 'openai',
  client: '',
  key: '',
  at: '',
};
/** While the page is open, the last request stays as it was typed. */
let kept: Asked = START;

function bodyOf(asked: Asked): RoutingTestRequest {
  const tokens = numberOf(asked.tokens);
  const { capabilities, endpoint, protocol } = asked;
  return {
    model: asked.model.trim(),
    capabilities,
    endpoint,
    protocol,
    client: textOf(asked.client),
    key: textOf(asked.key),
    ...(tokens !== null && { tokens }),
    ...(asked.at !== '' && { at: new Date(asked.at).toISOString() }),
  };
}

const check = (asked: Asked): Problems<Asked> => atFields<Asked>(asked, problemsOf(routingTestRequest, bodyOf(asked)));

export interface TesterProps {
  rules: readonly RoutingRule[];
  known: Known;
  models: readonly string[];
  keys: readonly string[];
  onClose: () => void;
}

export function Tester({ rules, known, models, keys, onClose }: TesterProps) {
  const id = useId();
  const form = useForm<Asked>(kept, check);
  const { draft, problem } = form;
  const set = (change: Partial<Asked>): void => {
    kept = { ...draft, ...change };
    form.set(change);
  };
  const [result, setResult] = useState<RoutingTestResult | null>(null);
  const [error, setError] = useState<AgentError | null>(null);
  const test = useAction((client, body: RoutingTestRequest) => client.testRouting({ body }), {
    done: (answer) => {
      setError(null);
      setResult(answer);
    },
    failed: (reason) => {
      setError(reason);
      return true;
    },
  });
  // Somebody changed a rule, or the switch: what is shown is to be true.
  useEvents(['routing', 'settings', 'provider', 'profile'], () => {
    if (result !== null && test.args !== undefined) void test.run(test.args);
  });
  const submit = (): void => {
    if (form.attempt()) void test.run(bodyOf(draft));
  };
  return (
    <Drawer
      open
      onOpenChange={(open) => !open && onClose()}
      title="Test the rules"
      subtitle="Describe a request, and see which rule takes it. Nothing is sent."
      footer={
        <Button variant="primary" type="submit" form={id} pending={test.pending}>
          Test
        </Button>
      }
    >
      <form
        id={id}
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Model" hint="As the client names it." error={problem('model')}>
          <Input autoFocus list={`${id}-models`} value={draft.model} placeholder="e.g. gpt-4o" onValueChange={(model) => set({ model })} />
        </Field>
        <Offered id={`${id}-models`} list={models} />
        <div className="grid grid-cols-2 gap-3">
          <Field label="Prompt" error={problem('tokens')}>
            <Input inputMode="numeric" unit="tokens" value={draft.tokens} onValueChange={(tokens) => set({ tokens })} />
          </Field>
          <Field label="When" hint="Empty: now." error={problem('at')}>
            <Input type="datetime-local" value={draft.at} onValueChange={(at) => set({ at })} />
          </Field>
          <Field label="Protocol">
            <Select
              value={draft.protocol}
              onValueChange={(protocol) => set({ protocol })}
              options={(Object.keys(PROTOCOL_WORDS) as Asked['protocol'][]).map((value) => ({ value, label: PROTOCOL_WORDS[value] }))}
            />
          </Field>
          <Field label="Endpoint">
            <Select
              value={draft.endpoint}
              onValueChange={(endpoint) => set({ endpoint })}
              options={[
                { value: '/v1/chat/completions', label: 'Chat' },
                { value: '/v1/completions', label: 'Completion' },
                { value: '/v1/embeddings', label: 'Embeddings' },
              ]}
            />
          </Field>
          <Field label="Client" hint="Its user-agent." error={problem('client')}>
            <Input value={draft.client} placeholder="Unknown" onValueChange={(client) => set({ client })} />
          </Field>
          <Field label="API key" hint="By name." error={problem('key')}>
            <Input list={`${id}-keys`} value={draft.key} placeholder="None" onValueChange={(key) => set({ key })} />
          </Field>
        </div>
        <Offered id={`${id}-keys`} list={keys} />
        <Choices
          label="It needs"
          value={draft.capabilities}
          onValueChange={(capabilities) => set({ capabilities })}
          options={(Object.keys(CAPABILITY_WORDS) as RoutingMatch['capabilities']).map((value) => ({
            value,
            label: CAPABILITY_WORDS[value],
          }))}
        />
        {error !== null && <Failed error={error} />}
      </form>
      {result !== null && <Result result={result} rules={rules} known={known} />}
    </Drawer>
  );
}

const Offered = ({ id, list }: { id: string; list: readonly string[] }) => (
  <datalist id={id}>
    {list.slice(0, 200).map((one) => (
      <option key={one} value={one} />
    ))}
  </datalist>
);

function Result({ result, rules, known }: { result: RoutingTestResult; rules: readonly RoutingRule[]; known: Known }) {
  const { rule, enabled, why, target, fallbacks } = result;
  const asked = new Set(why.map(({ id }) => id));
  const taken = rules.find(({ id }) => id === rule?.id);
  const rest = rules.filter(({ id }) => !asked.has(id));
  return (
    <section ref={intoView} aria-label="Result" className="mt-4 flex flex-col gap-3 border-t border-line pt-3">
      <div role="status">
        <p className="font-semibold wrap-anywhere">{rule === null ? 'No rule takes it' : `Taken by ${rule.name}`}</p>
        <p className="wrap-anywhere">
          Answered by {answererOf(target)}
          {fallbacks.map((one) => `, else ${answererOf(one)}`).join('')}.
        </p>
      </div>
      {taken &&
        warningsOf(taken, known).map((warning) => (
          <Note key={warning} tone="warn">
            {warning}
          </Note>
        ))}
      {!enabled && <Note tone="warn">The rules are switched off now: really, the model it names would answer on this Mac.</Note>}
      {why.length > 0 && (
        <ol aria-label="Why" className="flex flex-col gap-1.5">
          {why.map(({ id, name, matched, reason }) => (
            <li key={id} className="flex gap-2">
              {matched ? <Check className="mt-0.5 size-4 shrink-0 text-good" /> : <X className="mt-0.5 size-4 shrink-0 text-muted" />}
              <p className="min-w-0 wrap-anywhere">
                <span className={cn(matched && 'font-semibold')}>{name}</span> <span className="block text-sm text-muted">{reason}</span>
              </p>
            </li>
          ))}
          {rest.length > 0 && (
            <li className="flex gap-2 text-muted">
              <Minus aria-hidden className="mt-0.5 size-4 shrink-0" />
              <p className="min-w-0 wrap-anywhere">
                {rest.length === 1 ? `${rest[0]?.name} is` : `${rest.length} more rules are`} not asked: the first that fits decides.
              </p>
            </li>
          )}
        </ol>
      )}
    </section>
  );
}

const intoView = (element: HTMLElement | null): void => element?.scrollIntoView({ block: 'nearest' });

function answererOf({ kind, name, model }: RoutingTestResult['target']): string {
  if (kind === 'profile') return `the profile ${name}`;
  if (kind === 'provider') return `the provider ${name} with ${model}`;
  return `${model} on this Mac, by the name it gives`;
}
