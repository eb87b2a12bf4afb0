/** The command to paste that gets an answer. */

/**
 * A curl command that asks a profile something.
 * @param baseUrl e.g. `http://127.0.0.1:10239/v1`.
 * @param model name or alias of a profile.
 */
export function askCommand(baseUrl: string, model: string, question = 'What is the capital of France?'): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: question }] });
  return `curl -s ${baseUrl}/chat/completions -H 'Content-Type: application/json' -d '${body.replaceAll("'", "'\\''")}'`;
}
