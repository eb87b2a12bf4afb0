/** The window. */
import { createRoot } from 'react-dom/client';
import { Providers } from './app/providers.js';
import { Shell } from './app/shell.js';
import './styles.css';

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <Providers>
      <Shell />
    </Providers>,
  );
