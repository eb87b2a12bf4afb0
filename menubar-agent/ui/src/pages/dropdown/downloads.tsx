/** Downloads under way, paused or failed. */
import Pause from 'lucide-react/icons/pause';
import Play from 'lucide-react/icons/play';
import X from 'lucide-react/icons/x';
import type { DownloadTask } from '@mlx-manager/shared';
import { IconButton } from '../../kit/button.js';
import { Progress } from '../../kit/meters.js';
import { bytes, duration, rate } from '../../lib/format.js';
import { useAction } from '../../lib/query.js';
import { useDownloads } from '../../lib/resources.js';
import { shortModel } from '../../lib/servers.js';
import { Failed, Part, ToWindow } from './section.js';

const SHOWN: ReadonlySet<DownloadTask['status']> = new Set(['queued', 'starting', 'downloading', 'paused', 'failed']);

export function Downloads() {
  const { data } = useDownloads();
  const tasks = (data ?? []).filter(({ status }) => SHOWN.has(status));
  if (tasks.length === 0) return null;
  return (
    <Part title="Downloads">
      <ul>
        {tasks.map((task) => (
          <Row key={task.taskId} task={task} />
        ))}
      </ul>
    </Part>
  );
}

function Row({ task }: { task: DownloadTask }) {
  const { taskId, modelId, status, error } = task;
  const params = { taskId };
  const pause = useAction((client) => client.pauseDownload({ params }));
  const resume = useAction((client) => client.resumeDownload({ params }));
  const cancel = useAction((client) => (status === 'failed' ? client.removeDownload({ params }) : client.cancelDownload({ params })));
  const name = shortModel(modelId);
  const rests = status === 'paused' || status === 'failed';
  return (
    <li data-row className="flex flex-wrap items-center gap-1 rounded-md px-2 py-1 hover:bg-hover">
      <ToWindow href={`/models/${encodeURIComponent(modelId)}`} cell className="min-w-0 flex-1 rounded text-text no-underline">
        <span className="block truncate font-medium" title={modelId}>
          {name}
        </span>
        <Progress value={task.totalBytes === null ? null : task.progress / 100} label={`Download of ${name}`} className="my-1" />
        <span className="block truncate text-sm text-muted">{words(task)}</span>
      </ToWindow>
      {rests ? (
        <IconButton
          label={`${status === 'failed' ? 'Try' : 'Resume'} ${name}${status === 'failed' ? ' again' : ''}`}
          icon={<Play aria-hidden />}
          data-cell
          pending={resume.pending}
          onClick={() => void resume.run()}
        />
      ) : (
        <IconButton
          label={`Pause ${name}`}
          icon={<Pause aria-hidden />}
          data-cell
          pending={pause.pending}
          onClick={() => void pause.run()}
        />
      )}
      <IconButton
        label={status === 'failed' ? `Dismiss ${name}` : `Cancel ${name}`}
        icon={<X aria-hidden />}
        data-cell
        pending={cancel.pending}
        onClick={() => void cancel.run()}
      />
      {status === 'failed' && error && <Failed message={error.message} action={error.action} code={error.code} />}
    </li>
  );
}

function words({ status, progress, totalBytes, downloadedBytes, speedMbps, etaSeconds }: DownloadTask): string {
  if (status === 'failed') return 'Failed';
  if (status === 'queued') return 'Waits for its turn';
  if (totalBytes === null) return 'Begins';
  const size = `${Math.floor(progress)} % · ${bytes(downloadedBytes)} of ${bytes(totalBytes)}`;
  if (status === 'paused') return `Paused · ${size}`;
  return `${size} · ${rate(speedMbps * 1e6)}${etaSeconds === null ? '' : ` · ${duration(etaSeconds)}`}`;
}
