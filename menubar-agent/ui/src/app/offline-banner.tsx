/** Says that the agent does not answer, and how to start it. It lies over the page, which does not move when it comes or goes. */
import Unplug from 'lucide-react/icons/unplug';
import { CopyButton } from '../kit/index.js';
import { inMacApp } from '../lib/here.js';
import { hub } from '../lib/live.js';
import { useConnection } from '../lib/query.js';
import { Button } from '../kit/button.js';

const COMMAND = 'npx mlx-manager start';
/** Between it and the notices above it, px. */
const GAP = 8;

/** Tells the notices how high it is: they stand above it. */
function makeRoom(banner: HTMLElement | null): (() => void) | undefined {
  if (banner === null) return undefined;
  const { style } = document.documentElement;
  const sized = new ResizeObserver(() => style.setProperty('--banner', `${banner.offsetHeight + GAP}px`));
  sized.observe(banner);
  return () => {
    sized.disconnect();
    style.removeProperty('--banner');
  };
}

export function OfflineBanner() {
  const away = useConnection() === 'away';
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-4 z-40 flex justify-center px-4">
      {away && (
        <div
          ref={makeRoom}
          className="pointer-events-auto flex max-w-full flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-line bg-raised px-3 py-2 shadow-pop"
        >
          <Unplug aria-hidden className="size-4 text-warn" />
          <span className="font-medium">The agent does not answer.</span>
          {inMacApp ? (
            <span className="text-muted">Choose Start the Agent in the menu of the icon; this page goes on by itself.</span>
          ) : (
            <>
              <span className="text-muted">
                Start it by the Mac app, or in the folder of MLX Manager with <code className="text-text">{COMMAND}</code>; this page goes
                on by itself.
              </span>
              <CopyButton text={COMMAND} label="Copy the command" />
            </>
          )}
          <Button size="sm" onClick={() => hub.retry()}>
            Try Now
          </Button>
        </div>
      )}
    </div>
  );
}
