/** Events of an answer as OpenAI's clients get them: under the name they asked for, with the usage only if they asked for it. */
import type { Call } from '../core/call.js';
import { tellsUsage } from '../core/meter.js';
import { answeringName } from '../core/new-call.js';

/** The first key of that name is the event's own: inside text every quote is escaped. */
const MODEL = /"model": ?"[^"\\]*"/;
const NO_CHOICE = /"choices": ?\[\]/;

/**
 * Makes the function that frames events.
 * @param withUsage whether the client wants the usage (`stream_options.include_usage`).
 */
export function openaiText(call: Call, withUsage: boolean): (events: readonly string[]) => string {
  let named = '';
  /** As the engine writes it; the same in every event of an answer. */
  let written = '';
  const rename = (event: string): string => {
    const at = written === '' ? -1 : event.indexOf(written);
    if (at !== -1) return event.slice(0, at) + named + event.slice(at + written.length);
    written = MODEL.exec(event)?.[0] ?? '';
    return written === '' ? event : event.replace(written, () => named);
  };
  return (events) => {
    // Known once the first event is there.
    if (named === '') named = `"model": ${JSON.stringify(answeringName(call))}`;
    let text = '';
    for (const event of events) {
      const own = withUsage || !tellsUsage(event) ? event : withoutUsage(event);
      if (own !== null) text += `data: ${rename(own)}\n\n`;
    }
    return text;
  };
}

/** An event that tells the usage and nothing else goes away. */
function withoutUsage(event: string): string | null {
  if (NO_CHOICE.test(event)) return null;
  const { usage: _usage, ...rest } = JSON.parse(event) as Record<string, unknown>;
  return JSON.stringify(rest);
}
