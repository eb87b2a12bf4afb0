/** What every entry stands on: data, notices, and the state of the connection. */
import type { ReactNode } from 'react';
import { QueryClientProvider } from '@tanstack/react-query';
import { Toasts } from '../kit/toasts.js';
import { hub, queryClient } from '../lib/live.js';
import { useConnection, useEvents } from '../lib/query.js';
import { OfflineBanner } from './offline-banner.js';
import { SignIn } from './sign-in.js';

hub.attach(document);

export function Providers({ children }: { children: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient}>
      <Gate>{children}</Gate>
      <OfflineBanner />
      <Toasts />
    </QueryClientProvider>
  );
}

function Gate({ children }: { children: ReactNode }) {
  // There is always something to hear: that the agent is there.
  useEvents(['agent'], () => undefined);
  return useConnection() === 'signed-out' ? <SignIn /> : children;
}
