/** The dropdown of the menu bar: its own small entry. */
import { createRoot } from 'react-dom/client';
import { ErrorBoundary } from './app/error-boundary.js';
import { Providers } from './app/providers.js';
import { rootElement } from './app/root.js';
import Dropdown from './pages/dropdown/index.js';
import './styles.css';

createRoot(rootElement()).render(
  <Providers>
    <ErrorBoundary>
      <Dropdown />
    </ErrorBoundary>
  </Providers>,
);
