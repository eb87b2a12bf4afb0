/** The window. */
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { pageOf } from './app/navigation.js';
import { Providers } from './app/providers.js';
import { rootElement } from './app/root.js';
import { Shell } from './app/shell.js';
import SignInAgain from './app/sign-in-again.js';
import { aroundNavigation } from './lib/leave-guard.js';
import './styles.css';
// Here and not with its page: a sheet that could not be fetched once is not fetched again.
import './pages/chat/chat.css';

// Its scripts come with the window's own: the first drawing has the page in it. What fails is told by the page's place.
const { pathname } = window.location;
await pageOf(pathname === '/' ? '/servers' : pathname)
  ?.preload()
  .catch(() => undefined);
createRoot(rootElement()).render(
  <Providers again={<SignInAgain />}>
    <Router aroundNav={aroundNavigation}>
      <Shell />
    </Router>
  </Providers>,
);
