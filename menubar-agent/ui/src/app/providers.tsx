/** What every entry stands on: data, notices, and the state of the connection. */
import { useRef, type ReactNode } from 'react';
import { QueryClientProvider } from '@tanstack/react-query';
import { Toasts } from '../kit/toasts.js';
import { atServer } from '../lib/here.js';
import { hub, queryClient } from '../lib/live.js';
import { useConnection, useEvents } from '../lib/query.js';
import { OfflineBanner } from './offline-banner.js';
import { SignIn } from './sign-in.js';

if (!atServer) hub.attach(document);

/** @param again what asks for a new session over a page in use, which stays; without it the page gives way. */
export function Providers({ children, again }: { children: ReactNode; again?: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient}>
      <Gate again={again}>{children}</Gate>
      <OfflineBanner />
      <Toasts />
    </QueryClientProvider>
  );
}

function Gate({ children, again }: { children: ReactNode; again: ReactNode }) {
  // There is always something to hear: that the agent is there.
  useEvents(['agent'], () => undefined);
  const connection = useConnection();
  /** The page was in use: what is typed in it outlives the session. */
  const used = useRef(false);
  used.current ||= connection === 'live';
  const out = connection === 'signed-out';
  if (out && (!used.current || again === undefined)) return <SignIn />;
  return (
    <>
      {children}
      {out && again}
    </>
  );
}
