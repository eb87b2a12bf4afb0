/** A model in a list. */
import { memo } from 'react';
import { Link } from 'wouter';
import { Card } from '../../kit/index.js';
import { shortName } from '../../lib/bring-up.js';
import { bytes, count, relativeTime } from '../../lib/format.js';
import { ModelActions } from './actions.js';
import { Badges, FitMeter, FitWords } from './badges.js';
import { TaskProgress } from './progress.js';
import { ownerOf, pageOf, stateOf, type Here, type ModelRow } from './rows.js';

export interface ModelTileProps {
  row: ModelRow;
  here: Here;
  /** Bytes that models may take; undefined until known. */
  budget: number | undefined;
  onDownload?: (modelId: string) => void;
}

export const ModelTile = memo(function ModelTile({ row, here, budget, onDownload }: ModelTileProps) {
  const { modelId } = row;
  const state = stateOf(row, here);
  return (
    <Card className="mx-px flex flex-col">
      <div className="flex items-start gap-4">
        <div className="min-w-0 flex-1">
          <p className="flex min-w-0 items-baseline gap-2">
            <Link
              href={pageOf(modelId)}
              data-row={modelId}
              title={modelId}
              className="truncate text-lg font-semibold text-text no-underline hover:underline"
            >
              {shortName(modelId)}
            </Link>
            <span className="min-w-12 shrink-[9] truncate text-sm font-normal text-muted">{ownerOf(modelId)}</span>
          </p>
          <div className="mt-1">
            <Badges row={row} />
          </div>
          <p className="mt-1.5 flex flex-wrap gap-x-3 text-sm text-muted">
            <FitWords needs={row.needsBytes} budget={budget} className="lg:hidden" />
            {facts(row).map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
          </p>
        </div>
        <FitMeter needs={row.needsBytes} budget={budget} className="w-32 shrink-0 pt-0.5 max-lg:hidden" />
        <div className="flex w-52 shrink-0 justify-end">
          <ModelActions row={row} here={here} {...(onDownload && { onDownload })} />
        </div>
      </div>
      {'task' in state && <TaskProgress task={state.task} />}
    </Card>
  );
});

/** Figures of a row, in words. */
export function facts({ sizeBytes, hub, local }: Pick<ModelRow, 'sizeBytes' | 'hub' | 'local'>): string[] {
  const size = sizeBytes === null ? [] : [local?.complete ? `${bytes(sizeBytes)} on disk` : bytes(sizeBytes)];
  if (hub) {
    const updated = hub.lastModified === null ? [] : [`updated ${relativeTime(hub.lastModified)}`];
    return [...size, `${count(hub.downloads)} downloads`, `${count(hub.likes)} likes`, ...updated];
  }
  if (!local) return size;
  const used = local.lastUsedAt === null ? 'never used' : `used ${relativeTime(local.lastUsedAt)}`;
  return [...size, ...(local.complete ? [used] : ['not whole']), ...(local.source === 'folder' ? ['in a folder of yours'] : [])];
}
