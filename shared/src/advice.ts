/** What to do about an error, for somebody in front of a screen: the agent's own advice is often for a program or a terminal. */

/** Words that only a program can do something with: calls of the HTTP API. */
export const API_CALL = /\b(?:GET|POST|PUT|PATCH|DELETE) \/|\/api\//;

/**
 * @param action what the agent advises.
 * @param own what this screen advises instead, where it knows better.
 * @param notHere words that nobody can follow here.
 * @returns sentences for the screen; empty where nothing is left to say.
 */
export function adviceOnScreen(action: string, own: string | undefined, notHere: RegExp): string {
  if (!notHere.test(action)) return action;
  if (own !== undefined) return own;
  return action
    .split(/(?<=[.;!?])\s+/)
    .filter((sentence) => !notHere.test(sentence))
    .join(' ')
    .replace(/;$/, '.');
}
