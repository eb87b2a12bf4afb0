/** Models: what the hub has, what is here, and each model's own page. */
import { useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { cn, ErrorState, PageHeader, SearchInput, Select, Skeleton, Switch, Tabs } from '../../kit/index.js';
import { bytes, plural } from '../../lib/format.js';
import { here as address } from '../../lib/here.js';
import { useFocusBack } from '../../lib/page-focus.js';
import { useSystemInfo } from '../../lib/resources.js';
import { useHere, useRested } from './data.js';
import { ModelPage } from './detail.js';
import { Discover } from './discover.js';
import { Downloaded } from './downloaded.js';
import { BITS, KINDS, NO_FILTERS, SORTS } from './filters.js';
import { toFirst } from './list.js';
import { MoreFilters } from './more-filters.js';
import { LOCAL_SORTS, type LocalSort } from './rows.js';

/** A letter's time: what is typed is asked once it rests. */
const REST_MS = 200;
const GIB = 2 ** 30;
const LOCAL_SORT_NAMES: Record<LocalSort, string> = { size: 'Largest first', used: 'Last used first', name: 'By name' };

export default function Models() {
  // The router decodes half of an address; a folder's path needs it as it is.
  const [location] = useLocation();
  const modelId = location === '/models' ? '' : decoded(address().pathname.replace(/^\/models\/?/, ''));
  const isPage = modelId !== '';
  const lists = useRef<HTMLDivElement>(null);
  useFocusBack(isPage ? modelId : null, lists);
  return (
    <>
      {isPage && <ModelPage key={modelId} modelId={modelId} />}
      {/* Kept while a model's page is looked at: search and place are where they were, and the focus comes back. */}
      <div ref={lists} className={cn('flex min-h-0 flex-1 flex-col', isPage && 'hidden')}>
        <ModelLists />
      </div>
    </>
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand; there is no such model
  }
}

type Tab = 'discover' | 'downloaded';

function ModelLists() {
  const [tab, setTab] = useState<Tab>('discover');
  const [text, setText] = useState('');
  const [filters, setFilters] = useState(NO_FILTERS);
  const [sort, setSort] = useState<LocalSort>('size');
  const { here, error, refetch } = useHere();
  const gib = useSystemInfo().data?.mlxRecommendedGb;
  const budget = gib === undefined ? undefined : gib * GIB;
  const rested = useRested(text, REST_MS);
  const change = (next: Partial<typeof filters>): void => setFilters({ ...filters, ...next });
  const total = here?.models.reduce((sum, model) => sum + model.sizeBytes, 0);

  const panel = (content: 'discover' | 'downloaded') => {
    if (!here) return error ? <ErrorState error={error} retry={refetch} /> : <Skeleton rows={6} height={84} className="pt-3" />;
    if (content === 'discover') return <Discover here={here} text={rested} filters={filters} budget={budget} />;
    return <Downloaded here={here} text={text} sort={sort} budget={budget} discover={() => setTab('discover')} />;
  };
  return (
    <>
      <PageHeader
        title="Models"
        below={
          <SearchInput
            value={text}
            onValueChange={setText}
            label={tab === 'discover' ? 'Search models on the hub' : 'Search downloaded models'}
            onKeyDown={toFirst}
          />
        }
      >
        {here && total !== undefined && (
          <span className="truncate text-muted">
            {here.models.length === 0 ? 'Nothing downloaded' : `${plural(here.models.length, 'model')} here, ${bytes(total)} in all`}
          </span>
        )}
      </PageHeader>
      <Tabs
        label="Models"
        fill
        // Narrow, the filters have a line of their own.
        className="px-5 pt-3 [&>[role=tabpanel]]:mt-2 max-lg:[&>div:first-child]:flex-wrap"
        value={tab}
        onValueChange={setTab}
        tabs={[
          { value: 'discover', label: 'Discover', panel: panel('discover') },
          { value: 'downloaded', label: `Downloaded${here ? ` (${here.models.length})` : ''}`, panel: panel('downloaded') },
        ]}
        aside={
          tab === 'discover' ? (
            <div className="flex min-w-0 items-center justify-end gap-2 max-lg:w-full max-lg:justify-start max-sm:flex-wrap">
              <label className="flex items-center gap-1.5 whitespace-nowrap">
                <Switch label="Only models that fit this Mac" checked={filters.fits} onCheckedChange={(fits) => change({ fits })} />
                Fits this Mac
              </label>
              <Select
                label="Kind"
                className="w-36 max-lg:min-w-0 max-lg:flex-1"
                value={filters.kind}
                onValueChange={(kind) => change({ kind })}
                options={KINDS}
              />
              <Select
                label="Bits"
                className="w-24 max-lg:min-w-0 max-lg:flex-1"
                value={filters.bits}
                onValueChange={(bits) => change({ bits })}
                options={BITS}
              />
              <Select
                label="Order"
                className="w-40 max-lg:min-w-0 max-lg:flex-1"
                value={filters.sort}
                onValueChange={(next) => change({ sort: next })}
                options={SORTS}
              />
              <MoreFilters filters={filters} onChange={change} />
            </div>
          ) : (
            <Select
              label="Order"
              className="w-40"
              value={sort}
              onValueChange={setSort}
              options={LOCAL_SORTS.map((value) => ({ value, label: LOCAL_SORT_NAMES[value] }))}
            />
          )
        }
      />
    </>
  );
}
