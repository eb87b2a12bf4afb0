/** Events of an answer as OpenAI's clients get them: under the name they asked for, with the usage only if they asked for it. */
import type { Call } from '../core/call.js';
import { answeringName } from '../core/new-call.js';
import { tellsUsage } from '../core/meter.js';

/** The first key of that name is the event's own: inside text every quote is escaped. */
const MODEL = /"model": ?"[^"\\]*"/;
const NO_CHOICE = /"choices": ?\[\]/;

/**
 * Frames events.
 * @param withUsage whether the client wants the usage (`stream_options.include_usage`).
 */
export async function* openaiText(call: Call, events: AsyncIterable<readonly string[]>, withUsage: boolean): AsyncGenerator<string> {
  let named = '';
  for await (const some of events) {
    if (named === '') named = `"model": ${JSON.stringify(answeringName(call))}`;
    let text = '';
    for (const event of some) {
      const own = withUsage || !tellsUsage(event) ? event : withoutUsage(event);
      if (own !== null) text += `data: ${own.replace(MODEL, () => named)}\n\n`;
    }
    yield text;
  }
  yield 'data: [DONE]\n\n';
}

/** An event that tells the usage and nothing else goes away. */
function withoutUsage(event: string): string | null {
  if (NO_CHOICE.test(event)) return null;
  const { usage: _usage, ...rest } = JSON.parse(event) as Record<string, unknown>;
  return JSON.stringify(rest);
}
