/**
 * The dropdown: the daily gestures. Small and keyboard first: arrows through the rows, Enter does, Esc goes back and at last away, `/` finds a profile.
 */
import { useEffect, useRef } from 'react';
import AppWindow from 'lucide-react/icons/app-window';
import Settings from 'lucide-react/icons/settings';
import { buttonClass } from '../../kit/button.js';
import { cn } from '../../kit/cn.js';
import { ErrorState } from '../../kit/states.js';
import { useShortcut } from '../../lib/keys.js';
import { useDownloads, useProfiles, useServers, useUsage } from '../../lib/resources.js';
import { inOrder } from '../../lib/servers.js';
import { useStarting } from '../../lib/starting.js';
import { moveFocus, useKeptFocus } from './arrows.js';
import { AskLine } from './ask.js';
import { Downloads } from './downloads.js';
import { MemoryBar } from './memory.js';
import { putAway } from './put-away.js';
import { QuickStart } from './quick-start.js';
import { Running } from './running.js';
import { openInWindow, ToWindow } from './section.js';

const search = (): HTMLInputElement | null => document.querySelector('[data-page-search]');

export default function Dropdown() {
  const servers = useServers();
  const profiles = useProfiles();
  // Read by rows that come once these two are there: asked for now, they are there with them, and the event stream need not be opened twice.
  useUsage();
  useDownloads();
  const starting = useStarting();
  const ask = useRef<HTMLInputElement>(null);
  useShortcut('/', () => search()?.focus());
  useShortcut('mod+k', () => ask.current?.focus());
  useShortcut('mod+l', () => openInWindow('/logs'));
  useShortcut('mod+,', () => openInWindow('/settings'));
  useEffect(() => {
    // Wherever the focus is; what closes or clears something with Esc keeps it to itself.
    const hear = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) putAway();
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, []);
  const error = servers.error ?? profiles.error;
  const there = servers.data !== undefined && profiles.data !== undefined;
  useEffect(() => {
    if (there && document.activeElement === document.body) search()?.focus();
  }, [there]);
  const list = inOrder(servers.data ?? []);
  const main = useRef<HTMLElement>(null);
  useKeptFocus(main);
  return (
    <main
      ref={main}
      className="flex h-full flex-col"
      onKeyDown={(event) => {
        if (!event.defaultPrevented && moveFocus(event)) event.preventDefault();
      }}
    >
      <header className="flex items-center gap-1 border-b border-line py-1.5 pr-2 pl-4">
        <h1 className="flex-1 font-semibold">MLX Manager</h1>
        <ToWindow href="/" label="Open the window" className={cn(buttonClass('ghost'), 'w-7 !px-0')}>
          <AppWindow aria-hidden />
        </ToWindow>
        <ToWindow href="/settings" label="Settings" className={cn(buttonClass('ghost'), 'w-7 !px-0')}>
          <Settings aria-hidden />
        </ToWindow>
      </header>
      <MemoryBar />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        {there ? (
          <>
            <Running servers={list} starting={starting} />
            <QuickStart profiles={profiles.data ?? []} servers={list} starting={starting} />
            <Downloads />
          </>
        ) : (
          error && (
            <ErrorState
              error={error}
              retry={() => {
                servers.refetch();
                profiles.refetch();
              }}
            />
          )
        )}
      </div>
      <AskLine input={ask} />
    </main>
  );
}
