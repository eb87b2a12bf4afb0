/** How far a download is, or why it stopped. */
import type { DownloadTask } from '@mlx-manager/shared';
import { Progress } from '../../kit/index.js';
import { adviceFor } from '../../lib/advice.js';
import { bytes, duration, rate } from '../../lib/format.js';

export function TaskProgress({ task }: { task: DownloadTask }) {
  const { status, totalBytes, downloadedBytes, error, modelId } = task;
  return (
    <div className="mt-2">
      {status !== 'failed' && (
        <Progress value={totalBytes === null ? null : downloadedBytes / Math.max(1, totalBytes)} label={`Download of ${modelId}`} />
      )}
      {status === 'failed' ? (
        <p role="alert" className="text-sm wrap-anywhere">
          <span className="text-bad">{error?.message ?? 'The download failed.'}</span>{' '}
          <span className="text-muted">{error && adviceFor(error.code, error.action)}</span>
        </p>
      ) : (
        <p className="mt-1 flex min-h-4 flex-wrap gap-x-3 text-sm text-muted">
          {describeTask(task).map((text) => (
            <span key={text}>{text}</span>
          ))}
        </p>
      )}
    </div>
  );
}

/** Where it is, in a few words each: `1.2 GB of 4 GB`, `12 MB/s`, `3 min left`. */
export function describeTask({
  status,
  totalBytes,
  downloadedBytes,
  speedMbps,
  etaSeconds,
  filesDone,
  filesTotal,
}: DownloadTask): string[] {
  const amount = totalBytes === null ? [] : [`${bytes(downloadedBytes)} of ${bytes(totalBytes)}`];
  if (status === 'queued') return ['Waits for another download', ...amount];
  if (status === 'starting') return ['Starting…', ...amount];
  if (status === 'paused') return ['Paused', ...amount];
  if (totalBytes !== null && downloadedBytes >= totalBytes) return ['Checking…', ...amount];
  return [
    ...amount,
    ...(speedMbps > 0 ? [rate(speedMbps * 1e6)] : []),
    ...(etaSeconds !== null ? [`${duration(etaSeconds)} left`] : []),
    ...(filesTotal !== null && filesTotal > 1 ? [`file ${Math.min(filesDone + 1, filesTotal)} of ${filesTotal}`] : []),
  ];
}
