/** The time, for what counts seconds on the page. Asks nobody. */
import { useEffect, useState } from 'react';

/** Milliseconds since 1970, anew every so many; it rests while the page is hidden. */
export function useNow(everyMs: number, enabled = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!enabled) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setNow(Date.now());
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, enabled]);
  return now;
}
