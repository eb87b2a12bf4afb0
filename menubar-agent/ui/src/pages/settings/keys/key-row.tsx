/** One key: what it may, when it was used, and how much. */
import { memo } from 'react';
import Ban from 'lucide-react/icons/ban';
import Pencil from 'lucide-react/icons/pencil';
import type { ApiKey, RequestStatistics } from '@mlx-manager/shared';
import { Badge, Button, Card } from '../../../kit/index.js';
import { count, dateTime, plural, relativeTime } from '../../../lib/format.js';
import { stateOf } from './key-draft.js';
import { PRIORITY_WORDS } from './key-editor.js';

export interface KeyRowProps {
  apiKey: ApiKey;
  /** Milliseconds since 1970. */
  now: number;
  sums: RequestStatistics | undefined;
  /** Requests under way. */
  active: number;
  onEdit: (key: ApiKey) => void;
  onRevoke: (key: ApiKey) => void;
}

export const KeyRow = memo(function KeyRow({ apiKey, now, sums, active, onEdit, onRevoke }: KeyRowProps) {
  const { name, prefix, priority, expiresAt, revokedAt, lastUsedAt } = apiKey;
  const state = stateOf(apiKey, now);
  return (
    <li>
      <Card role="group" aria-label={name} className={state === 'active' ? undefined : 'text-muted'}>
        <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
          <div className="min-w-0 flex-1 basis-48">
            <p className="truncate font-semibold" title={name}>
              {name}
            </p>
            <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">
              <code title="How its secret begins">{prefix}…</code>
              {state === 'expired' && <Badge tone="warn">expired {relativeTime(expiresAt ?? '')}</Badge>}
              {state === 'active' && expiresAt !== null && <Badge title={dateTime(expiresAt)}>expires {relativeTime(expiresAt)}</Badge>}
              {priority !== null && <Badge title={PRIORITY_WORDS[priority].hint}>{PRIORITY_WORDS[priority].label}</Badge>}
              {active > 0 && <Badge tone="good">{plural(active, 'request')} under way</Badge>}
            </p>
          </div>
          {state === 'revoked' ? (
            <span className="text-sm" title={dateTime(revokedAt ?? '')}>
              revoked {relativeTime(revokedAt ?? '')}
            </span>
          ) : (
            <div className="flex gap-1">
              <Button size="sm" icon={<Pencil aria-hidden />} aria-label={`Edit ${name}`} onClick={() => onEdit(apiKey)}>
                Edit
              </Button>
              <Button size="sm" variant="danger" icon={<Ban aria-hidden />} aria-label={`Revoke ${name}`} onClick={() => onRevoke(apiKey)}>
                Revoke
              </Button>
            </div>
          )}
        </div>
        <dl className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(130px,1fr))] gap-x-4 gap-y-1 text-sm">
          <Figure name="Limits" value={limitsOf(apiKey)} />
          <Figure name="Models" value={apiKey.models === null ? 'all' : apiKey.models.join(', ')} />
          <Figure
            name="Last used"
            value={lastUsedAt === null ? 'never' : relativeTime(lastUsedAt)}
            {...(lastUsedAt && { title: dateTime(lastUsedAt) })}
          />
          <Figure name="Used" value={usedOf(sums)} />
        </dl>
      </Card>
    </li>
  );
});

function Figure({ name, value, title = value }: { name: string; value: string; title?: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="line-clamp-2 wrap-anywhere" title={title}>
        {value}
      </dd>
    </div>
  );
}

function limitsOf({ requestsPerMinute, tokensPerMinute }: ApiKey): string {
  const parts = [
    ...(requestsPerMinute === null ? [] : [`${count(requestsPerMinute)} requests/min`]),
    ...(tokensPerMinute === null ? [] : [`${count(tokensPerMinute)} tokens/min`]),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function usedOf(sums: RequestStatistics | undefined): string {
  if (sums === undefined || sums.requests === 0) return 'no requests';
  const { requests, promptTokens, completionTokens, errors } = sums;
  const failed = errors === 0 ? '' : `, ${count(errors)} failed`;
  return `${count(requests)} ${requests === 1 ? 'request' : 'requests'}, ${count(promptTokens + completionTokens)} tokens${failed}`;
}
