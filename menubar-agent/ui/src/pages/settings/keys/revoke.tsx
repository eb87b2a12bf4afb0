/** Asks before a key is revoked, and says who would notice. */
import type { ApiKey } from '@mlx-manager/shared';
import { ConfirmDialog } from '../../../kit/index.js';
import { relativeTime } from '../../../lib/format.js';
import { useAction, useApi } from '../../../lib/query.js';

export function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { id, name } = apiKey;
  const last = useApi(['requests', 'last-of-key', id], (client, signal) => client.listRequests({ query: { key: id, limit: 1 }, signal }), {
    // What it answered the last time the question was asked is old.
    topics: ['key'],
  });
  const revoke = useAction((client) => client.revokeKey({ params: { id } }), { success: `Revoked ${name}`, done: onClose });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Revoke ${name}?`}
      description={
        <>
          <span className="block">{usedBy(apiKey, last.data?.[0])}</span>
          <span className="mt-2 block">
            Whoever sends it gets status 401 from now on. A revoked key stays revoked; requests under way are not cut off.
          </span>
        </>
      }
      confirm="Revoke"
      pending={revoke.pending}
      onConfirm={() => void revoke.run()}
    />
  );
}

/** Who used a key last, in a sentence. */
function usedBy({ lastUsedAt }: ApiKey, last: { client: string | null; model: string; startedAt: string } | undefined): string {
  const at = [lastUsedAt, last?.startedAt]
    .filter((one) => one != null)
    .sort()
    .at(-1);
  if (at === undefined) return 'It was never used.';
  const when = relativeTime(at);
  if (last === undefined) return `It was last used ${when}.`;
  return `It was last used ${when} by ${last.client ?? 'an unknown program'}, for the model ${last.model}.`;
}
