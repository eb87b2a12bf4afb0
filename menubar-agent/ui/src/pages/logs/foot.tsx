/** The line below: how many lines, whether they follow, and where the others are. */
import type { LogSource } from '@mlx-manager/shared';
import { CopyButton, StateDot } from '../../kit/index.js';
import { plural } from '../../lib/format.js';
import type { LogFeed } from './feed.js';
import { HISTORY } from './lines.js';

export function Foot({
  feed,
  shown,
  sources,
  all,
  state,
}: {
  feed: LogFeed;
  shown: number;
  sources: readonly LogSource[];
  all: boolean;
  state: string;
}) {
  const total = feed.ring.lines.length;
  const { dropped } = feed.ring;
  // Numbers begin at 1: others came before these, or these were cleared.
  const first = feed.ring.lines[0]?.seq;
  const earlier = all ? total >= HISTORY : first !== 1;
  const file = sources[0]?.path ?? '';
  const path = all ? file.slice(0, file.lastIndexOf('/')) : file;
  return (
    <footer className="flex shrink-0 items-center gap-3 border-t border-line px-5 py-1 text-sm text-muted">
      <StateDot
        tone={feed.error ? 'warn' : state === 'Following' ? 'good' : 'plain'}
        label={feed.error ? 'Reconnecting' : state}
        busy={feed.error !== null}
      />
      <span className="shrink-0">{shown === total ? plural(total, 'line') : `${shown} of ${plural(total, 'line')}`}</span>
      {path !== '' && (
        <span className="ml-auto flex min-w-0 items-center gap-1">
          <span className="min-w-0 truncate select-text" title={path}>
            {dropped > 0
              ? `${plural(dropped, 'earlier line')} left this view; all are in `
              : earlier
                ? 'Earlier lines are in '
                : 'Kept in '}
            <code className="text-text">{path}</code>
          </span>
          <CopyButton text={path} label="Copy the path" />
        </span>
      )}
    </footer>
  );
}
