/** Requests: what is asked of the models, as it happens and as it was. */
import { useEffect, useMemo, useState } from 'react';
import Activity from 'lucide-react/icons/activity';
import Download from 'lucide-react/icons/download';
import Trash2 from 'lucide-react/icons/trash-2';
import { Await, Button, ConfirmDialog, EmptyState, Menu, PageHeader, Skeleton, Tabs } from '../../kit/index.js';
import { useAction } from '../../lib/query.js';
import { saveFrom } from '../../lib/save-file.js';
import { Detail } from './detail.js';
import { FilterRow } from './filters.js';
import { RequestList } from './list.js';
import { Summary } from './summary.js';
import { TimingLegend } from './timing.js';
import { exportAddress, NO_FILTERS, toQuery, type Filters } from './trace.js';
import { useTraces, type Traces } from './use-traces.js';

/** They go on when one comes back from another page. */
let kept: Filters = NO_FILTERS;

export default function Requests() {
  const [filters, setFilters] = useState(kept);
  useEffect(() => {
    kept = filters;
  }, [filters]);
  const query = useMemo(() => toQuery(filters, Date.now()), [filters]);
  const traces = useTraces(query);
  const [view, setView] = useState<'traces' | 'summary'>('traces');
  const [chosen, choose] = useState<string | null>(null);
  const filtered = filters !== NO_FILTERS && Object.keys(query).length > 0;
  return (
    <>
      <PageHeader title="Requests" below={<FilterRow filters={filters} onChange={setFilters} />}>
        <Menu
          trigger={<Button icon={<Download aria-hidden />}>Export</Button>}
          entries={(['csv', 'jsonl'] as const).map((format) => ({
            label: format === 'csv' ? 'CSV' : 'JSON Lines',
            run: () => saveFrom(exportAddress(query, format), `requests.${format}`),
          }))}
        />
        <Clear
          onDone={() => {
            choose(null);
            traces.clear();
          }}
        />
      </PageHeader>
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Tabs
            label="View"
            fill
            value={view}
            onValueChange={setView}
            className="pt-2 [&>div:first-child]:px-5 [&>div:first-child]:pb-2"
            aside={view === 'traces' && <TimingLegend />}
            tabs={[
              { value: 'traces', label: 'Requests', panel: <Listed traces={traces} filtered={filtered} onChoose={choose} /> },
              { value: 'summary', label: 'Summary', panel: view === 'summary' && <Summary query={query} version={traces.version} /> },
            ]}
          />
        </div>
        {chosen !== null && view === 'traces' && <Detail key={chosen} id={chosen} onClose={() => choose(null)} />}
      </div>
    </>
  );
}

function Listed({ traces, filtered, onChoose }: { traces: Traces; filtered: boolean; onChoose: (id: string) => void }) {
  return (
    <Await of={{ ...traces.loaded, data: traces.rows }} skeleton={<Skeleton className="px-5" rows={8} height={26} />}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState icon={<Activity />} title={filtered ? 'No request fits' : 'No request yet'}>
            {filtered ? 'Change or clear the filters above.' : 'Whatever a client or a chat asks of a model appears here while it happens.'}
          </EmptyState>
        ) : (
          <RequestList rows={rows} onChoose={onChoose} onEnd={traces.more} />
        )
      }
    </Await>
  );
}

function Clear({ onDone }: { onDone: () => void }) {
  const [asking, ask] = useState(false);
  const clear = useAction((client) => client.deleteRequests(), {
    success: 'Requests forgotten',
    done: () => {
      ask(false);
      onDone();
    },
    failed: () => {
      ask(false);
      return false;
    },
  });
  return (
    <>
      <Button variant="danger" icon={<Trash2 aria-hidden />} onClick={() => ask(true)}>
        Clear
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={ask}
        title="Forget all requests?"
        description="Every measured request is deleted, with the prompts and answers that were kept. Totals of running servers go on."
        confirm="Forget All"
        pending={clear.pending}
        onConfirm={() => void clear.run()}
      />
    </>
  );
}
