/** The window, whole: what the browser draws, and the agent for the browser's first picture. */
import { Router, type RouterProps } from 'wouter';
import { aroundNavigation } from '../lib/leave-guard.js';
import { pageOf } from './navigation.js';
import { Providers } from './providers.js';
import { Shell } from './shell.js';
import SignInAgain from './sign-in-again.js';

/** Fetches what the page of an address draws at once. What fails is told by the page's place. */
export async function preloadPage(pathname: string): Promise<void> {
  await pageOf(pathname === '/' ? '/servers' : pathname)
    ?.preload(pathname)
    .catch(() => undefined);
}

/** @param router where there is no browser: the address that is drawn. */
export const Window = ({ router = {} }: { router?: Pick<RouterProps, 'ssrPath' | 'ssrSearch' | 'ssrContext'> }) => (
  <Providers again={<SignInAgain />}>
    <Router aroundNav={aroundNavigation} {...router}>
      <Shell />
    </Router>
  </Providers>
);
