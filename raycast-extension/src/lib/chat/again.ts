/** When and how often a broken connection to an answer is made anew. */
import { AgentError } from "@mlx-manager/shared";

/** Between tries to watch again, milliseconds. Then it is given up, and told. */
export const PAUSES_MS: readonly number[] = [100, 250, 500, 1000, 2000, 4000];

/** Whether it may be over in a moment: the connection broke, or the agent is being started again. */
export function passes(error: unknown): boolean {
  return (
    error instanceof AgentError &&
    ["STREAM_BROKEN", "AGENT_NOT_RUNNING", "AGENT_UNREACHABLE", "SHUTTING_DOWN"].includes(error.code)
  );
}

/** Waits; ends early when told to. */
export function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    function end(): void {
      clearTimeout(timer);
      resolve();
    }
  });
}
