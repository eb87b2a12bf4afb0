/** The window: sidebar and page, shortcuts, titles. */
import { Suspense, useEffect, useRef, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { EmptyState, Skeleton } from '../kit/index.js';
import { atServer } from '../lib/here.js';
import { useShortcut } from '../lib/keys.js';
import { pageSearch, useFocusAlong } from '../lib/page-focus.js';
import { useConnection } from '../lib/query.js';
import { ErrorBoundary } from './error-boundary.js';
import { Home } from './home.js';
import { pageOf, SIDEBAR } from './navigation.js';
import { Sidebar } from './sidebar.js';

export function Shell() {
  const [location] = useLocation();
  const page = pageOf(location);
  const main = useRef<HTMLElement>(null);
  useFocusAlong(location);
  useEffect(() => {
    document.title = page ? `${page.title} · MLX Manager` : 'MLX Manager';
  }, [page]);
  return (
    <div className="flex h-full">
      <a
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent-fill px-3 py-1.5 text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      <Sidebar />
      <main id="main" ref={main} tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col">
        <Shortcuts toPage={() => main.current?.focus()} />
        <ErrorBoundary key={page?.name ?? location}>
          <WhileLoading>{location === '/' ? <Home /> : page ? <page.Part /> : <Missing />}</WhileLoading>
        </ErrorBoundary>
      </main>
    </div>
  );
}

/** At the server nothing waits; and what fails there is not to end as a placeholder that says nothing. */
const WhileLoading = ({ children }: { children: ReactNode }) =>
  atServer ? children : <Suspense fallback={<Skeleton className="p-5" rows={5} />}>{children}</Suspense>;

function Missing() {
  return (
    <EmptyState page title="There is no such page">
      The address may be from another version. Choose a page on the left.
    </EmptyState>
  );
}

/** Command and a number: a page. Command-L: the search of the logs, Command-K: a new chat, Command-comma: settings, from anywhere. `/`: the page's search. */
function Shortcuts({ toPage }: { toPage: () => void }) {
  const [location, navigate] = useLocation();
  const go = (name: string): void => {
    navigate(`/${name}`);
    toPage();
  };
  // A dialog goes with its page; what is not saved in it is asked about. The one that asks for a session stays where it is.
  const signedIn = useConnection() !== 'signed-out';
  const toLogs = (): void => {
    const search = pageOf(location)?.name === 'logs' ? pageSearch() : null;
    if (search) search.select();
    // The page focuses its search once it is there.
    else navigate('/logs', { state: { focus: 'search' } });
  };
  useShortcut('mod+l', toLogs, signedIn, true);
  useShortcut('mod+,', () => go('settings'));
  // The chat page has its own, which leaves the chat that is open.
  useShortcut('mod+k', () => go('chat'), pageOf(location)?.name !== 'chat');
  useShortcut('/', () => pageSearch()?.focus());
  return SIDEBAR.map(({ name }, i) => <PageShortcut key={name} keys={`mod+${i + 1}`} go={() => go(name)} />);
}

function PageShortcut({ keys, go }: { keys: string; go: () => void }) {
  useShortcut(keys, go);
  return null;
}
