/** Requests, errors, tokens and speed per profile, key, client or model. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { RequestFilter, RequestStatistics, RequestSummary, SummaryGroup } from '@mlx-manager/shared';
import { Await, EmptyState, PageBody, Select } from '../../kit/index.js';
import { count, percent } from '../../lib/format.js';
import { useApi } from '../../lib/query.js';
import { shortModel } from '../../lib/servers.js';
import { ms } from './trace.js';

const GROUPS: { value: SummaryGroup; label: string; none: string }[] = [
  { value: 'profile', label: 'By profile', none: 'no profile' },
  { value: 'key', label: 'By key', none: 'no key' },
  { value: 'client', label: 'By client', none: 'unknown client' },
  { value: 'model', label: 'By model', none: 'no model' },
];
/** While requests come, it is fetched anew at most this often, ms. */
const REFRESH_MS = 1000;

/** @param version counts requests that ended: what makes it old. */
export function Summary({ query, version }: { query: Partial<RequestFilter>; version: number }) {
  const [by, setBy] = useState<SummaryGroup>('profile');
  const summary = useApi<RequestSummary>(
    ['requests', 'summary', by, JSON.stringify(query)],
    (client, signal) => client.summarizeRequests({ query: { ...query, by }, signal }),
    { keepPrevious: true },
  );
  const { refetch } = summary;
  const shown = useRef(version);
  useEffect(() => refetch(), [refetch]);
  useEffect(() => {
    if (shown.current === version) return undefined;
    const timer = setTimeout(() => {
      shown.current = version;
      refetch();
    }, REFRESH_MS);
    return () => clearTimeout(timer);
  }, [version, refetch]);
  const { none } = GROUPS.find(({ value }) => value === by) ?? { none: '' };
  return (
    <PageBody label="Summary">
      <div className="mb-3 flex">
        <Select label="Group" value={by} onValueChange={setBy} options={GROUPS} />
      </div>
      <Await of={summary}>
        {({ total, groups }) =>
          total.requests === 0 ? (
            <EmptyState title="No request to sum up" />
          ) : (
            <table className="w-full border-separate border-spacing-0">
              <thead>
                <tr className="text-xs text-muted">
                  <Head left>Name</Head>
                  <Head>Requests</Head>
                  <Head>Errors</Head>
                  <Head>Tokens read</Head>
                  <Head>written</Head>
                  <Head title="Half of the requests had their first token by then">First token</Head>
                  <Head title="95 of 100 had it by then">95 %</Head>
                  <Head title="Of half of the requests">Tokens/s</Head>
                </tr>
              </thead>
              <tbody>
                {groups.map((group) => (
                  <StatRow
                    key={`${group.id}-${group.name}`}
                    name={by === 'model' ? shortModel(group.name ?? none) : (group.name ?? none)}
                    title={group.name ?? none}
                    stats={group}
                  />
                ))}
              </tbody>
              <tfoot>
                <StatRow name="All" title="All" stats={total} strong />
              </tfoot>
            </table>
          )
        }
      </Await>
    </PageBody>
  );
}

function Head({ left = false, title, children }: { left?: boolean; title?: string; children: ReactNode }) {
  return (
    <th
      scope="col"
      title={title}
      className={`border-b border-line px-2 py-1.5 font-medium whitespace-nowrap ${left ? 'text-left' : 'text-right'}`}
    >
      {children}
    </th>
  );
}

function StatRow({ name, title, stats, strong = false }: { name: string; title: string; stats: RequestStatistics; strong?: boolean }) {
  const cell = 'border-b border-line px-2 py-1.5 text-right whitespace-nowrap';
  const time = (value: number | null): string => (value === null ? '–' : ms(value));
  return (
    <tr className={strong ? 'font-semibold' : undefined}>
      <th
        scope="row"
        title={title}
        className={`max-w-60 truncate border-b border-line px-2 py-1.5 text-left ${strong ? '' : 'font-normal'}`}
      >
        {name}
      </th>
      <td className={cell}>{count(stats.requests)}</td>
      <td className={`${cell} ${stats.errors > 0 ? 'text-bad' : 'text-muted'}`}>
        {stats.errors === 0 ? '0' : `${count(stats.errors)} · ${percent((stats.errors / stats.requests) * 100)}`}
      </td>
      <td className={cell}>{count(stats.promptTokens)}</td>
      <td className={cell}>{count(stats.completionTokens)}</td>
      <td className={cell}>{time(stats.p50FirstTokenMs)}</td>
      <td className={cell}>{time(stats.p95FirstTokenMs)}</td>
      <td className={cell}>{stats.p50TokensPerSecond === null ? '–' : stats.p50TokensPerSecond.toFixed(1)}</td>
    </tr>
  );
}
