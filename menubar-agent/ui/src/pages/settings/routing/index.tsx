/** Routing: which rule sends which request to whom. */
import { useCallback, useMemo, useState } from 'react';
import FlaskConical from 'lucide-react/icons/flask-conical';
import Plus from 'lucide-react/icons/plus';
import Waypoints from 'lucide-react/icons/waypoints';
import { Link } from 'wouter';
import type { RoutingRule } from '@mlx-manager/shared';
import { Await, Button, ConfirmDialog, EmptyState, Skeleton } from '../../../kit/index.js';
import { useAction } from '../../../lib/query.js';
import { useKeys, useProfiles, useProviders, useRoutingRules } from '../../../lib/resources.js';
import { Settings } from '../groups.js';
import { RuleEditor, type Editing } from './rule-editor.js';
import { RuleList } from './rule-list.js';
import type { Names } from './sentence.js';
import { Tester } from './tester.js';

export default function Routing() {
  const rules = useRoutingRules();
  const profiles = useProfiles();
  const providers = useProviders();
  const keys = useKeys();
  const [editing, setEditing] = useState<Editing | null>(null);
  const [deleting, setDeleting] = useState<RoutingRule | null>(null);
  const [testing, setTesting] = useState(false);
  const names = useMemo<Names>(() => {
    const byProfile = new Map((profiles.data ?? []).map(({ id, name }) => [id, name]));
    const byProvider = new Map((providers.data ?? []).map(({ id, name }) => [id, name]));
    return { profile: (id) => byProfile.get(id), provider: (id) => byProvider.get(id) };
  }, [profiles.data, providers.data]);
  const edit = useCallback((rule: RoutingRule) => setEditing({ rule }), []);
  const duplicate = useCallback((like: RoutingRule) => setEditing({ rule: null, like }), []);
  const remove = useCallback((rule: RoutingRule) => setDeleting(rule), []);
  const add = (
    <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => setEditing({ rule: null })}>
      New Rule
    </Button>
  );
  // A sentence without its names would say that they were deleted.
  const all =
    rules.data && profiles.data && providers.data ? { list: rules.data, profiles: profiles.data, providers: providers.data } : undefined;
  return (
    <>
      <Settings group="routing" />
      <Await
        of={{
          data: all,
          error: rules.error ?? profiles.error ?? providers.error,
          refetch: () => [rules, profiles, providers].forEach((one) => one.refetch()),
        }}
        skeleton={<Skeleton rows={4} height={56} />}
      >
        {(known) =>
          known.list.length === 0 ? (
            <EmptyState icon={<Waypoints />} title="No rule yet" action={add}>
              A rule sends requests to another profile, or to a{' '}
              <Link href="/settings/providers" className="underline">
                provider
              </Link>
              : by model, size, need, client, key or time. Or it names who answers when the first one fails.
            </EmptyState>
          ) : (
            <>
              <div className="my-3 flex flex-wrap items-center justify-between gap-3">
                <p className="min-w-0 flex-1 basis-64 text-sm text-muted">
                  Asked from top to bottom; the first rule whose conditions all hold decides.
                </p>
                <div className="flex gap-2">
                  <Button icon={<FlaskConical aria-hidden />} onClick={() => setTesting(true)}>
                    Test…
                  </Button>
                  {add}
                </div>
              </div>
              <RuleList
                rules={known.list}
                profiles={known.profiles}
                providers={known.providers}
                names={names}
                refetch={rules.refetch}
                onEdit={edit}
                onDuplicate={duplicate}
                onDelete={remove}
              />
            </>
          )
        }
      </Await>
      {editing !== null && all && (
        <RuleEditor
          editing={editing}
          rules={all.list}
          profiles={all.profiles}
          providers={all.providers}
          names={names}
          onClose={() => setEditing(null)}
        />
      )}
      {testing && (
        <Tester
          rules={rules.data ?? []}
          known={{ profiles: profiles.data ?? [], providers: providers.data ?? [] }}
          models={(profiles.data ?? []).flatMap(({ name, aliases }) => [name, ...aliases])}
          keys={(keys.data ?? []).filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name)}
          onClose={() => setTesting(false)}
        />
      )}
      {deleting !== null && <Delete rule={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function Delete({ rule, onClose }: { rule: RoutingRule; onClose: () => void }) {
  const remove = useAction((client) => client.deleteRule({ params: { id: rule.id } }), { success: `Deleted ${rule.name}`, done: onClose });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete the rule ${rule.name}?`}
      description="Requests it took are held against the rules behind it. To keep it for later, switch it off instead."
      confirm="Delete"
      pending={remove.pending}
      onConfirm={() => void remove.run()}
    />
  );
}
