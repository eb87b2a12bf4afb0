/** The window. */
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { pageOf } from './app/navigation.js';
import { Providers } from './app/providers.js';
import { Shell } from './app/shell.js';
import { aroundNavigation } from './lib/leave-guard.js';
import './styles.css';

const root = document.getElementById('root');
// Its scripts come with the window's own: the first drawing has the page in it. What fails is told by the page's place.
const { pathname } = window.location;
await pageOf(pathname === '/' ? '/servers' : pathname)
  ?.preload()
  .catch(() => undefined);
if (root)
  createRoot(root).render(
    <Providers>
      <Router aroundNav={aroundNavigation}>
        <Shell />
      </Router>
    </Providers>,
  );
