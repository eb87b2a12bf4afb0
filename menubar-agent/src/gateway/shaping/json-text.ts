/** Finds the JSON in what a model wrote. Pure. */
import { JsonRepair } from '../anthropic/json-repair.js';

export interface FoundJson {
  readonly text: string;
  readonly value: unknown;
}

const FENCE = /```(?:json|JSON)?[ \t]*\r?\n?([\s\S]*?)```/;
/** Thinking that the engine left in the answer. */
const THOUGHT = /^\s*<think>([\s\S]*?)<\/think>\s*/;

/** Takes thinking off the front of an answer. */
export function splitThought(text: string): { readonly thought: string; readonly rest: string } {
  const match = THOUGHT.exec(text);
  return match ? { thought: match[1]?.trim() ?? '', rest: text.slice(match[0].length) } : { thought: '', rest: text };
}

/** The JSON of an answer: all of it, what stands in a Markdown fence, or the part between the outermost brackets. Undefined when there is none. */
export function findJson(text: string): FoundJson | undefined {
  for (const candidate of candidates(text)) {
    for (const form of [candidate, repaired(candidate)]) {
      try {
        return { text: form, value: JSON.parse(form) };
      } catch {
        continue; // the next candidate may be better
      }
    }
  }
  return undefined;
}

function* candidates(text: string): Generator<string> {
  yield text.trim();
  const fenced = FENCE.exec(text)?.[1];
  if (fenced !== undefined) yield fenced.trim();
  for (const [open, close] of ['{}', '[]']) {
    const from = text.indexOf(open ?? '');
    const to = text.lastIndexOf(close ?? '');
    if (from !== -1 && to > from) yield text.slice(from, to + 1);
  }
}

function repaired(text: string): string {
  const repair = new JsonRepair();
  return repair.push(text) + repair.end();
}
