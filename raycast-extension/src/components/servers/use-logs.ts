/** Follows a server's log: bounded, paced, over reconnections. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { LogLine } from "@mlx-manager/shared";
import { agent } from "../../lib/agent";
import { pace } from "../../lib/pace";

export type LogLevel = "all" | Exclude<LogLine["level"], "debug">;

/** Lines kept in memory; the file has the others. */
export const LOG_KEPT = 2000;
/** Between two paintings, ms. */
const PAINT_MS = 50;
/** Between two tries to connect, ms: grows from the first to the second. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

export interface FollowedLogs {
  /** Oldest first. */
  lines: readonly LogLine[];
  /** Until the history of this level and text is here. */
  isLoading: boolean;
  /** Why nothing comes; it is tried again by itself. */
  error: Error | undefined;
  following: boolean;
  /** Lines that came while it was paused. */
  waiting: number;
  setFollowing(following: boolean): void;
  /** Forgets what is shown; new lines go on. */
  clear(): void;
  retry(): void;
}

/**
 * @param level this one and above.
 * @param search only lines that hold this text, also old ones: the agent looks for them in the file.
 */
export function useLogs(profileId: number, level: LogLevel, search: string): FollowedLogs {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [isLoading, setLoading] = useState(true);
  const [error, setError] = useState<Error>();
  const [following, setFollow] = useState(true);
  const [waiting, setWaiting] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const kept = useRef<LogLine[]>([]);
  const paused = useRef(false);
  const painted = useRef<number>(0);
  const cleared = useRef(0);

  const show = useCallback(() => {
    painted.current = kept.current.at(-1)?.seq ?? painted.current;
    setLines(kept.current.slice(-LOG_KEPT));
    setWaiting(0);
  }, []);

  useEffect(() => {
    const left = new AbortController();
    const { signal } = left;
    let fresh = true;
    const paint = pace<void>(PAINT_MS, () => {
      if (paused.current) setWaiting(kept.current.filter(({ seq }) => seq > painted.current).length);
      else show();
    });
    const add = (added: LogLine[]): void => {
      if (fresh) kept.current = [];
      fresh = false;
      for (const line of added) if (line.seq > cleared.current) kept.current.push(line);
      // Now and then, not at each line.
      if (kept.current.length > 2 * LOG_KEPT) kept.current = kept.current.slice(-LOG_KEPT);
    };
    const query = { lines: LOG_KEPT, ...(level !== "all" && { level }), ...(search && { search }) };
    const read = async (): Promise<void> => {
      const client = agent();
      // Whole at once, and proof that the agent answers; a stream tells neither where history ends.
      const history = await client.serverLogs({ params: { profileId }, query, signal });
      const known = fresh ? 0 : (kept.current.at(-1)?.seq ?? 0);
      const first = fresh;
      add(history.lines.filter(({ seq }) => seq > known));
      // What was asked for anew shows at once, paused or not.
      if (first) show();
      else paint();
      setLoading(false);
      setError(undefined);
      const last = kept.current.at(-1)?.seq ?? cleared.current;
      const after = last > 0 ? { lastEventId: String(last) } : {};
      for await (const line of client.followLogs({ profileId, query, ...after, signal })) {
        if (signal.aborted) return;
        add([line]);
        paint();
      }
    };
    const follow = async (): Promise<void> => {
      for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        const began = Date.now();
        try {
          await read();
        } catch (problem) {
          if (signal.aborted) return;
          paint.flush();
          setLoading(false);
          const next = problem instanceof Error ? problem : new Error(String(problem));
          // The same again is no news.
          setError((before) => (before?.message === next.message ? before : next));
        }
        if (Date.now() - began > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
        await sleep(pause, signal);
      }
    };
    setLoading(true);
    void follow();
    return () => {
      left.abort();
      paint.cancel();
    };
  }, [profileId, level, search, attempt, show]);

  return {
    lines,
    isLoading,
    error,
    following,
    waiting,
    setFollowing(next) {
      paused.current = !next;
      setFollow(next);
      if (next) show();
    },
    clear() {
      cleared.current = kept.current.at(-1)?.seq ?? cleared.current;
      kept.current = [];
      show();
    },
    retry: () => setAttempt((count) => count + 1),
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
