/** API keys: who may ask models here, how much, and how much they did. */
import { useEffect, useRef, useState } from 'react';
import KeyRound from 'lucide-react/icons/key-round';
import Plus from 'lucide-react/icons/plus';
import type { ApiKey, ApiKeyCreated } from '@mlx-manager/shared';
import { Await, Button, EmptyState, SearchInput } from '../../../kit/index.js';
import { plural } from '../../../lib/format.js';
import { useNow } from '../../../lib/now.js';
import { useApi } from '../../../lib/query.js';
import { useKeys, useSettings, useUsage } from '../../../lib/resources.js';
import { stateOf } from './key-draft.js';
import { KeyEditor } from './key-editor.js';
import { KeyRow } from './key-row.js';
import { Revoke } from './revoke.js';
import { Secret } from './secret.js';

/** While requests come, their sums are fetched anew at most this often, ms. */
const REFRESH_MS = 1000;
/** From so many on, they can be searched. */
const MANY = 8;

export default function Keys() {
  const keys = useKeys();
  const { usage, refresh } = useSums(keys.refetch);
  const settings = useSettings();
  const now = useNow(60_000);
  const [search, setSearch] = useState('');
  const [editing, edit] = useState<ApiKey | 'new' | null>(null);
  const [made, show] = useState<ApiKeyCreated | null>(null);
  const [revoking, revoke] = useState<ApiKey | null>(null);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, prefix, models }: ApiKey): boolean =>
    words.every((word) => `${name} ${prefix} ${models?.join(' ') ?? ''}`.toLowerCase().includes(word));
  const add = (
    <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => edit('new')}>
      New Key
    </Button>
  );
  return (
    <>
      <Await of={keys}>
        {(all) => {
          const current = all.filter((key) => stateOf(key, now) !== 'revoked');
          const revoked = all.filter((key) => stateOf(key, now) === 'revoked');
          const rows = (list: readonly ApiKey[]) => (
            <ul className="flex flex-col gap-2">
              {list.map((key) => (
                <KeyRow
                  key={key.id}
                  apiKey={key}
                  now={now}
                  sums={usage.sums?.groups.find(({ id }) => id === key.id)}
                  active={usage.live?.keys.find(({ keyId }) => keyId === key.id)?.active ?? 0}
                  onEdit={edit}
                  onRevoke={revoke}
                />
              ))}
            </ul>
          );
          return (
            <>
              <p className="mb-3 text-sm text-muted">
                {settings.data && need(settings.data)} Figures are of the last {plural(settings.data?.requestRetentionDays ?? 30, 'day')}.
              </p>
              {current.length > 0 && (
                <div className="mb-3 flex flex-wrap items-center justify-end gap-3">
                  {all.length > MANY && (
                    <SearchInput
                      slash={false}
                      label="Search keys"
                      value={search}
                      onValueChange={setSearch}
                      className="mr-auto max-w-72 min-w-40"
                    />
                  )}
                  {add}
                </div>
              )}
              {current.length === 0 ? (
                <EmptyState icon={<KeyRound />} title="No key yet" action={add}>
                  Give each program a key of its own: it can be limited, and revoked without touching the others.
                </EmptyState>
              ) : current.some(fits) ? (
                rows(current.filter(fits))
              ) : (
                <EmptyState title="No key fits">Change or clear the search.</EmptyState>
              )}
              {revoked.some(fits) && (
                <details className="mt-4">
                  <summary className="w-fit rounded-md px-1 py-1 font-medium text-muted hover:text-text">
                    {plural(revoked.filter(fits).length, 'revoked key')}
                  </summary>
                  <div className="mt-2">{rows(revoked.filter(fits))}</div>
                </details>
              )}
            </>
          );
        }}
      </Await>
      {editing !== null && (
        <KeyEditor
          apiKey={editing === 'new' ? null : editing}
          onClose={() => edit(null)}
          onMade={(key) => {
            edit(null);
            show(key);
          }}
        />
      )}
      {made !== null && <Secret made={made} onClose={() => show(null)} />}
      {revoking !== null && (
        <Revoke
          apiKey={revoking}
          onClose={() => {
            revoke(null);
            refresh();
          }}
        />
      )}
    </>
  );
}

/** Whether one needs a key at all, in a sentence. */
const need = ({ requireApiKey }: { requireApiKey: boolean }): string =>
  requireApiKey
    ? 'Every request to /v1 needs a key, also on this Mac.'
    : 'On this Mac /v1 answers without a key; from other machines it always needs one.';

/** Sums of each key's kept requests, fetched anew (with the keys' last use) when requests came. */
function useSums(refetchKeys: () => void) {
  const live = useUsage().data;
  const sums = useApi(['requests', 'summary', 'by-key'], (client, signal) => client.summarizeRequests({ query: { by: 'key' }, signal }));
  const version = live?.keys.map(({ keyId, requests, active }) => `${keyId}:${requests}:${active}`).join();
  const seen = useRef<string | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { refetch } = sums;
  // What was shown here earlier may be old.
  useEffect(() => refetch(), [refetch]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (version === undefined || version === seen.current) return;
    const first = seen.current === undefined;
    seen.current = version;
    if (first) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      refetch();
      refetchKeys();
    }, REFRESH_MS);
  }, [version, refetch, refetchKeys]);
  return { usage: { live, sums: sums.data }, refresh: refetch };
}
