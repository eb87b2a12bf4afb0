/** The last Esc: there is nothing left to close or to clear. */
import { PUT_AWAY_HASH } from '@mlx-manager/shared';

/** Tells the shell, which sees where its pages are, that the reader is done. A browser's tab stays as it is. */
export function putAway(): void {
  const here = location.pathname + location.search;
  history.replaceState(null, '', here + PUT_AWAY_HASH);
  history.replaceState(null, '', here);
}
