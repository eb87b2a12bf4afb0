/** Reads the events of one answer as they go by, and writes into its trace what they tell. Cheap: it runs for every token. */
import type { ChatUsage } from './chunks.js';
import { Passed, type Piece } from './passed.js';
import type { AnswerText, Trace } from './trace.js';

/** What stands before a piece of text in an event. Inside a JSON string every quote is escaped, so that `"content":` can only be a key. */
const PIECE = /"(content|reasoning_content|text|arguments)": ?"/g;
const FINISH = /"finish_reason": ?"(\w+)"/;
const USAGE = /"usage": ?\{/;

/** Whether an event tells the usage. */
export const tellsUsage = (event: string): boolean => USAGE.test(event);

export class Meter {
  /** Text still JSON-escaped: it is read only when somebody wants it. */
  #text = '';
  #reasoning = '';

  /** @param trace written to. */
  constructor(private readonly trace: Trace) {}

  /** Notes what goes by. */
  piece(piece: Piece): void {
    for (const event of piece instanceof Passed ? piece.events : piece) this.event(event);
  }

  /** Notes one corrected event. */
  event(event: string): void {
    const { trace } = this;
    const usage = usageIn(event);
    if (usage !== null) noteUsage(trace, usage);
    const finish = FINISH.exec(event)?.[1];
    if (finish !== undefined) trace.finishReason = finish;
    let said = false;
    PIECE.lastIndex = 0;
    for (let found = PIECE.exec(event); found !== null; found = PIECE.exec(event)) {
      const from = PIECE.lastIndex;
      const end = endOfString(event, from);
      PIECE.lastIndex = end + 1;
      const piece = event.slice(from, end);
      if (piece === '') continue;
      said = true;
      if (found[1] === 'reasoning_content') this.#reasoning += piece;
      else this.#text += piece;
    }
    if (!said) return;
    trace.pieces++;
    if (trace.firstTokenTick === 0) trace.firstTokenTick = performance.now();
  }

  /** What was said so far. */
  answer(): AnswerText {
    const text = this.#text;
    const reasoning = this.#reasoning;
    // Read only where tokens must be counted, or captured.
    return {
      get text() {
        return unescape(text);
      },
      get reasoning() {
        return unescape(reasoning);
      },
    };
  }
}

/** Where a JSON string ends. By hand: a long one with many escapes is too much for a regular expression. @param from behind its opening quote. */
function endOfString(json: string, from: number): number {
  for (let at = json.indexOf('"', from); at !== -1; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charAt(at - 1 - escapes) === '\\') escapes++;
    if (escapes % 2 === 0) return at;
  }
  return json.length;
}

/** The usage an event tells: of the whole event, or of the end of one that was cut off in front (`"usage": {…}}`). */
function usageIn(event: string): ChatUsage | null {
  if (!USAGE.test(event)) return null;
  try {
    return (JSON.parse(event.startsWith('{') ? event : `{${event}`) as { usage: ChatUsage | null }).usage;
  } catch {
    return null; // no JSON: whoever reads the event will say so
  }
}

/** Takes an engine's figures over. */
export function noteUsage(trace: Trace, usage: Partial<ChatUsage>): void {
  const { prompt_tokens: prompt, completion_tokens: completion } = usage;
  if (typeof prompt === 'number') trace.promptTokens = prompt;
  if (typeof completion === 'number') trace.completionTokens = completion;
  const cached = usage.prompt_tokens_details?.cached_tokens;
  if (typeof cached === 'number') trace.cachedTokens = cached;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  if (typeof reasoning === 'number') trace.reasoningTokens = reasoning;
}

function unescape(json: string): string {
  try {
    return JSON.parse(`"${json}"`) as string;
  } catch {
    return json; // an engine escaped it wrongly: the text with its escapes is better than none
  }
}
