/** The dropdown of the menu bar, whole: what the browser draws, and the agent for the browser's first picture. */
import Dropdown from '../pages/dropdown/index.js';
import { ErrorBoundary } from './error-boundary.js';
import { Providers } from './providers.js';

export const MenuBar = () => (
  <Providers>
    <ErrorBoundary>
      <Dropdown />
    </ErrorBoundary>
  </Providers>
);
