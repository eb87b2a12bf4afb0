/** The place of everything that is drawn, and the picture of it that came with the page. */
import { useLayoutEffect, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { PICTURE_ID } from '@mlx-manager/shared';

/** The agent may have ended while it sent the page: then there is no place yet, and the page waits for the agent in its own. */
function rootElement(): HTMLElement {
  const there = document.getElementById('root');
  if (there) return there;
  const made = document.createElement('div');
  made.id = 'root';
  document.body.append(made);
  return made;
}

/** Draws a page. In the frame in which it is there, its picture is not any more; of one that fails, `begin.js` says so in the picture's place. */
export function show(page: ReactNode): void {
  createRoot(rootElement()).render(<InPlaceOfPicture>{page}</InPlaceOfPicture>);
}

function InPlaceOfPicture({ children }: { children: ReactNode }) {
  useLayoutEffect(() => document.getElementById(PICTURE_ID)?.remove(), []);
  return children;
}
