/** The window. */
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { Providers } from './app/providers.js';
import { Shell } from './app/shell.js';
import { aroundNavigation } from './lib/leave-guard.js';
import './styles.css';

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <Providers>
      <Router aroundNav={aroundNavigation}>
        <Shell />
      </Router>
    </Providers>,
  );
