/** The model: one that is here, or one that fits, downloaded. */
import { useState } from 'react';
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { Link } from 'wouter';
import type { DownloadTask, LocalModel } from '@mlx-manager/shared';
import { Badge, Button, cn, Progress, Skeleton } from '../../kit/index.js';
import { shortName } from '../../lib/bring-up.js';
import { bytes, count } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { useFitting } from '../models/data.js';
import { HubProblem } from '../models/discover.js';
import { describeTask } from '../models/progress.js';
import { pageOf } from '../models/rows.js';
import { beginnersOf } from './state.js';
import { Step, Trouble } from './step.js';

export interface ModelStepProps {
  chosen: string | null;
  choose: (modelId: string | null) => void;
  here: readonly LocalModel[];
  task: DownloadTask | undefined;
  /** The chosen one is here, whole. */
  ready: boolean;
}

export function ModelStep({ chosen, choose, here, task, ready }: ModelStepProps) {
  if (chosen === null) {
    return (
      <Step number={2} title="Model" state="now">
        <Choice here={here} choose={choose} />
      </Step>
    );
  }
  if (ready) {
    return (
      <Step number={2} title="Model" state="done">
        <p className="flex items-center gap-3 text-muted">
          <span className="truncate" title={chosen}>
            {shortName(chosen)} is here.
          </span>
          <Button size="sm" variant="ghost" onClick={() => choose(null)}>
            Choose Another
          </Button>
        </p>
      </Step>
    );
  }
  return (
    <Step number={2} title="Model" state="now">
      <Download modelId={chosen} task={task} choose={choose} />
    </Step>
  );
}

interface Offer {
  readonly modelId: string;
  readonly here: boolean;
  readonly words: string;
}

function Choice({ here, choose }: { here: readonly LocalModel[]; choose: (modelId: string) => void }) {
  const fitting = useFitting();
  const [picked, pick] = useState<string | null>(null);
  const download = useAction((client, modelId: string) => client.downloadModel({ body: { modelId } }), {
    done: (_started, modelId) => choose(modelId),
  });
  const onHub = beginnersOf(fitting.data ?? []).filter((one) => !here.some((model) => model.modelId === one.modelId));
  const offers: Offer[] = [
    ...here.slice(0, 4).map((one) => ({ modelId: one.modelId, here: true, words: `${bytes(one.sizeBytes)} on this Mac` })),
    ...onHub.map((one) => ({
      modelId: one.modelId,
      here: false,
      words: `${bytes(one.sizeBytes ?? 0)} to download, ${count(one.downloads)} downloads`,
    })),
  ];
  const offer = offers.find((one) => one.modelId === picked) ?? offers[0];
  return (
    <>
      <p className={cn('text-muted', offers.length === 0 && !fitting.loading && 'hidden')}>
        {here.length > 0 ? 'Some are on this Mac already.' : 'These fit this Mac. A small one answers soonest.'}
      </p>
      {offers.length > 0 && offer && (
        <RadioGroup aria-label="Model" value={offer.modelId} onValueChange={(value) => pick(value)} className="mt-2 flex flex-col gap-1.5">
          {offers.map((one) => (
            <label
              key={one.modelId}
              className="flex items-center gap-3 rounded-lg border border-line px-3 py-2 hover:bg-hover has-[[data-checked]]:border-accent has-[[data-checked]]:bg-accent-soft"
            >
              <Radio.Root
                value={one.modelId}
                className="flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong bg-surface data-[checked]:border-accent-fill data-[checked]:bg-accent-fill"
              >
                <Radio.Indicator className="size-1.5 rounded-full bg-on-accent" />
              </Radio.Root>
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium" title={one.modelId}>
                  {shortName(one.modelId)}
                </span>
                <span className="block truncate text-sm text-muted">{one.words}</span>
              </span>
              {one.here && <Badge tone="good">here</Badge>}
            </label>
          ))}
        </RadioGroup>
      )}
      {fitting.loading && <Skeleton rows={offers.length > 0 ? 1 : 3} height={54} className="mt-2" />}
      {fitting.error &&
        (offers.length === 0 ? (
          <HubProblem error={fitting.error} retry={fitting.refetch} />
        ) : (
          <p className="mt-2 text-sm text-muted">{fitting.error.message}</p>
        ))}
      {fitting.data && offers.length === 0 && (
        <p className="mt-2 [&_a]:underline">
          The hub has no model that fits this Mac. Look for one <Link href="/models">among all models</Link>.
        </p>
      )}
      {offer && (
        <div className="mt-3 flex flex-wrap items-center gap-3">
          <Button
            variant="primary"
            pending={download.pending}
            onClick={() => (offer.here ? choose(offer.modelId) : void download.run(offer.modelId))}
          >
            {offer.here ? 'Use This Model' : 'Download and Start'}
          </Button>
          <Link href="/models" className="text-sm">
            More models
          </Link>
        </div>
      )}
    </>
  );
}

function Download({
  modelId,
  task,
  choose,
}: {
  modelId: string;
  task: DownloadTask | undefined;
  choose: (modelId: string | null) => void;
}) {
  const again = useAction((client) => client.downloadModel({ body: { modelId } }));
  const pause = useAction((client, taskId: string) => client.pauseDownload({ params: { taskId } }));
  const cancel = useAction((client, taskId: string) => client.cancelDownload({ params: { taskId } }), { done: () => choose(null) });
  const status = task?.status;
  const stopped = status === 'paused' || status === 'failed' || status === 'cancelled';
  const arrived = status === 'completed';
  return (
    <>
      <p className="truncate text-muted [&_a]:underline" title={modelId}>
        <Link href={pageOf(modelId)}>{shortName(modelId)}</Link>{' '}
        {arrived ? 'has arrived.' : stopped ? 'is not here yet.' : 'is on its way. What has arrived is kept, whatever happens.'}
      </p>
      {task?.error && status === 'failed' && <Trouble message={task.error.message} action={task.error.action} />}
      <Progress
        className="mt-2"
        value={task && task.totalBytes !== null ? task.downloadedBytes / Math.max(1, task.totalBytes) : null}
        label={`Download of ${modelId}`}
      />
      <p className="mt-1 flex min-h-4 flex-wrap gap-x-3 text-sm text-muted">
        {task && describeTask(task).map((words) => <span key={words}>{words}</span>)}
      </p>
      <div className="mt-2 flex gap-2">
        {stopped ? (
          <Button variant="primary" pending={again.pending} onClick={() => void again.run()}>
            {status === 'paused' ? 'Resume' : 'Try Again'}
          </Button>
        ) : (
          task &&
          !arrived && (
            <Button pending={pause.pending} onClick={() => void pause.run(task.taskId)}>
              Pause
            </Button>
          )
        )}
        <Button
          variant="ghost"
          pending={cancel.pending}
          onClick={() => (task && !arrived && status !== 'cancelled' && status !== 'failed' ? void cancel.run(task.taskId) : choose(null))}
        >
          Choose Another
        </Button>
      </div>
    </>
  );
}
