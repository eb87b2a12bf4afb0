/** What the hub has: recommended for this machine, and whatever is searched for. */
import { useMemo, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { AgentError } from '@mlx-manager/shared';
import { Button, EmptyState, ErrorState, Skeleton } from '../../kit/index.js';
import { useFitting, useModelSearch } from './data.js';
import { isFiltered, queryOf, type Filters } from './filters.js';
import { ModelList, type ListItem } from './list.js';
import { activeRows, recommendedOf, rowOfHub, type Here, type ModelRow } from './rows.js';

export interface DiscoverProps {
  here: Here;
  text: string;
  filters: Filters;
  budget: number | undefined;
}

export function Discover({ here, text, filters, budget }: DiscoverProps) {
  const search = useModelSearch(queryOf(text, filters));
  const overview = text.trim() === '' && !isFiltered(filters);
  const fitting = useFitting(overview);
  const { results, error } = search;
  const fits = fitting.data;
  const models = useMemo(() => {
    const found = (results ?? []).map((one) => rowOfHub(one, here));
    const best = overview ? recommendedOf(fits ?? []).map((one) => rowOfHub(one, here)) : [];
    const active = activeRows(here, [...found, ...best]);
    const shown = new Set(active.map((row) => row.modelId));
    const recommended = best.filter((row) => !shown.has(row.modelId));
    for (const row of recommended) shown.add(row.modelId);
    return { active, recommended, found: found.filter((row) => !shown.has(row.modelId)) };
  }, [results, fits, here, overview]);

  const items: ListItem[] = [
    ...models.active.map(item),
    ...(models.recommended.length > 0
      ? [heading('Recommended for This Mac', 'The most downloaded that fit its memory'), ...models.recommended.map(item)]
      : []),
    ...(models.recommended.length > 0 && models.found.length > 0 ? [heading('On the Hub')] : []),
    ...models.found.map(item),
  ];
  const other = (key: string, content: ReactNode): void => void items.push({ kind: 'other', key, content });
  if (error !== null) other('problem', <HubProblem error={error} retry={search.refetch} />);
  else if (results === undefined) other('loading', <Skeleton rows={6} height={84} />);
  else if (models.found.length + models.recommended.length === 0 && !search.more && models.active.length === 0)
    other('none', <Nothing text={text.trim()} filtered={isFiltered(filters)} />);
  else if (search.loadingMore) other('more', <Skeleton rows={2} height={84} />);

  return (
    <>
      <p role="status" className="sr-only">
        {search.searching ? 'Searching…' : results ? `${results.length}${search.more ? ' or more' : ''} models found` : ''}
      </p>
      <ModelList
        items={items}
        here={here}
        budget={budget}
        label="Models on the hub"
        {...(search.more && error === null && { onEnd: search.next })}
      />
    </>
  );
}

const item = (row: ModelRow): ListItem => ({ kind: 'model', key: row.modelId, row });
const heading = (title: string, hint?: string): ListItem => ({
  kind: 'heading',
  key: `heading ${title}`,
  title,
  ...(hint !== undefined && { hint }),
});

function Nothing({ text, filtered }: { text: string; filtered: boolean }) {
  return (
    <EmptyState title={text === '' ? 'No model fits these filters' : `No model is called “${text}”`} className="py-16">
      {filtered ? 'Loosen the filters, or try other words.' : 'Try fewer or other words, e.g. the name of a family: Qwen, Llama, Gemma.'}
    </EmptyState>
  );
}

/** The hub is away, asks for a pause, or does not like the token: what is here goes on working. */
export function HubProblem({ error, retry }: { error: AgentError; retry: () => void }) {
  const byToken = ['HUB_TOKEN_REJECTED', 'HUB_RATE_LIMITED', 'MODEL_GATED'].includes(error.code);
  const toSettings = (
    <Link href="/settings/models?at=hfToken" className="self-center">
      Open Settings
    </Link>
  );
  return <ErrorState error={error} retry={retry} className="py-12" {...(byToken && { action: toSettings })} />;
}

/** Shown where nothing is downloaded. */
export function NothingHere({ discover }: { discover: () => void }) {
  return (
    <EmptyState title="No model is here yet" action={<Button onClick={discover}>Discover Models</Button>} className="py-16">
      What you download stays in Hugging Face’s cache on this Mac; other tools find it there too.
    </EmptyState>
  );
}
