/** What is on this machine, and how much room it takes. */
import { useMemo } from 'react';
import { EmptyState } from '../../kit/index.js';
import { NothingHere } from './discover.js';
import { ModelList, type ListItem } from './list.js';
import { activeRows, matches, rowOfLocal, sorted, type Here, type LocalSort } from './rows.js';

export interface DownloadedProps {
  here: Here;
  text: string;
  sort: LocalSort;
  budget: number | undefined;
  discover: () => void;
}

export function Downloaded({ here, text, sort, budget, discover }: DownloadedProps) {
  const items = useMemo((): ListItem[] => {
    const active = activeRows(here, []);
    const moving = new Set(active.map((row) => row.modelId));
    const resting = sorted(here.models, sort).filter((model) => !moving.has(model.modelId) && matches(model.modelId, text.trim()));
    return [...active, ...resting.map(rowOfLocal)].map((row) => ({ kind: 'model', key: row.modelId, row }));
  }, [here, text, sort]);
  if (items.length === 0) {
    return here.models.length === 0 ? (
      <NothingHere discover={discover} />
    ) : (
      <EmptyState title={`No model here is called “${text.trim()}”`} className="py-16" />
    );
  }
  return <ModelList items={items} here={here} budget={budget} label="Downloaded models" />;
}
