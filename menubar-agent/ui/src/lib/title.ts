/** The title of the browser's tab. */
import { useEffect } from 'react';

/** @param title what is shown, e.g. a model's name; the page's own name is set by the shell. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    if (title === undefined) return undefined;
    const before = document.title;
    document.title = `${title} · MLX Manager`;
    return () => {
      document.title = before;
    };
  }, [title]);
}
