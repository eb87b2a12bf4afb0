/** Providers: servers beyond this agent that may answer when a routing rule says so. */
import { useState } from 'react';
import Cloud from 'lucide-react/icons/cloud';
import Plus from 'lucide-react/icons/plus';
import { Link } from 'wouter';
import type { Provider, ProviderTest, RoutingRule } from '@mlx-manager/shared';
import { Await, Button, buttonClass, ConfirmDialog, Dialog, EmptyState } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { useProviders, useRoutingRules } from '../../../lib/resources.js';
import { Note } from '../editing/note.js';
import { ProviderEditor } from './provider-editor.js';
import { ProviderRow } from './provider-row.js';

/** Names of the rules that point at a provider. */
const usersOf = (id: number, rules: readonly RoutingRule[]): string[] =>
  rules
    .filter(({ target, fallbacks }) => [...(target === null ? [] : [target]), ...fallbacks].some(({ providerId }) => providerId === id))
    .map(({ name }) => name);

type Asking = { what: 'forget' | 'delete'; provider: Provider } | null;

export default function Providers() {
  const providers = useProviders();
  const rules = useRoutingRules().data ?? [];
  const [editing, edit] = useState<Provider | 'new' | null>(null);
  const [asking, ask] = useState<Asking>(null);
  const [results, setResults] = useState<ReadonlyMap<number, { updatedAt: string; result: ProviderTest }>>(new Map());
  const [testing, setTesting] = useState<ReadonlySet<number>>(new Set());
  const test = useAction((client, { id }: Provider) => client.testProvider({ params: { id } }), {
    done: (result, { id, updatedAt }) => setResults((all) => new Map(all).set(id, { updatedAt, result })),
  });
  // What a test said before a change was of the old address or key.
  const resultOf = ({ id, updatedAt }: Provider): ProviderTest | undefined => {
    const known = results.get(id);
    return known?.updatedAt === updatedAt ? known.result : undefined;
  };
  const onTest = async (provider: Provider): Promise<void> => {
    setTesting((all) => new Set(all).add(provider.id));
    await test.run(provider);
    setTesting((all) => new Set([...all].filter((id) => id !== provider.id)));
  };
  const add = (
    <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => edit('new')}>
      Add Provider
    </Button>
  );
  return (
    <>
      <Note>
        Nothing leaves this Mac by itself. A provider is asked only while the{' '}
        <Link href="/settings/routing" className="underline">
          routing rules
        </Link>{' '}
        are on and one of them points at it; then it gets the whole request: prompts, files and tool results.
      </Note>
      <Await of={providers}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={<Cloud />} title="No provider yet" action={add}>
              A cloud service, another server on this Mac, or another Mac: who may answer what this one cannot.
            </EmptyState>
          ) : (
            <>
              <div className="my-3 flex justify-end">{add}</div>
              <ul className="flex flex-col gap-2">
                {list.map((provider) => (
                  <ProviderRow
                    key={provider.id}
                    provider={provider}
                    rules={usersOf(provider.id, rules)}
                    testing={testing.has(provider.id)}
                    result={resultOf(provider)}
                    onTest={(one) => void onTest(one)}
                    onEdit={edit}
                    onForget={(one) => ask({ what: 'forget', provider: one })}
                    onDelete={(one) => ask({ what: 'delete', provider: one })}
                  />
                ))}
              </ul>
            </>
          )
        }
      </Await>
      {editing !== null && (
        <ProviderEditor
          provider={editing === 'new' ? null : editing}
          listed={editing === 'new' ? [] : (resultOf(editing)?.models ?? [])}
          taken={(providers.data ?? []).map(({ name }) => name)}
          onClose={() => edit(null)}
        />
      )}
      {asking?.what === 'forget' && <Forget provider={asking.provider} onClose={() => ask(null)} />}
      {asking?.what === 'delete' && (
        <Delete provider={asking.provider} rules={usersOf(asking.provider.id, rules)} onClose={() => ask(null)} />
      )}
    </>
  );
}

function Forget({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const forget = useAction((client) => client.updateProvider({ params: { id: provider.id }, body: { key: null } }), {
    success: `Forgot the key of ${provider.name}`,
    done: onClose,
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Forget the key of ${provider.name}?`}
      description="It is deleted from the keychain of this Mac. At the service itself it stays good until you revoke it there."
      confirm="Forget Key"
      pending={forget.pending}
      onConfirm={() => void forget.run()}
    />
  );
}

/** The list of names can be long; these are said. */
const SAID = 8;

function Delete({ provider, rules, onClose }: { provider: Provider; rules: readonly string[]; onClose: () => void }) {
  const { id, name } = provider;
  const remove = useAction((client) => client.deleteProvider({ params: { id } }), { success: `Deleted ${name}`, done: onClose });
  if (rules.length > 0) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={`${name} is in use`}
        size="sm"
        description="Delete these rules or point them elsewhere first."
        footer={
          <>
            <Button onClick={onClose}>Close</Button>
            <Link href="/settings/routing" className={buttonClass('primary')}>
              Open Routing
            </Link>
          </>
        }
      >
        <ul className="list-disc pl-5">
          {rules.slice(0, SAID).map((rule, i) => (
            <li key={i} className="wrap-anywhere">
              {rule}
            </li>
          ))}
          {rules.length > SAID && <li>and {rules.length - SAID} more</li>}
        </ul>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${name}?`}
      description={provider.keySet ? 'Its key is deleted from the keychain with it.' : 'No rule uses it.'}
      confirm="Delete"
      pending={remove.pending}
      onConfirm={() => void remove.run()}
    />
  );
}
