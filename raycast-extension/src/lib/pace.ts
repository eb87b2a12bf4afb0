/** Keeps what streams from drawing the screen at each piece. */

export interface Paced<T> {
  /** The newest state. Painted at once when nothing was for `ms`, else when that time is over. */
  (value: T): void;
  /** Paints what waits, now; for the end of a stream. */
  flush(): void;
  /** Forgets what waits; for a window that closes. */
  cancel(): void;
}

/**
 * @param ms the least time between two paintings, milliseconds.
 * @param paint gets the newest value only.
 */
export function pace<T>(ms: number, paint: (value: T) => void): Paced<T> {
  let waiting: { value: T } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const rest = (): void => {
    timer = setTimeout(() => {
      timer = undefined;
      paced.flush();
    }, ms);
  };
  const paced = (value: T): void => {
    waiting = { value };
    if (timer === undefined) paced.flush();
  };
  paced.flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!waiting) return;
    const { value } = waiting;
    waiting = undefined;
    rest();
    paint(value);
  };
  paced.cancel = (): void => {
    clearTimeout(timer);
    timer = undefined;
    waiting = undefined;
  };
  return paced;
}
