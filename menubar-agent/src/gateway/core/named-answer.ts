/** The model's name in an answer that is passed on as text. */

/** The only member of that name in an answer of numbers (embeddings): neither texts nor keys of the client are in it. */
const MODEL = /"model": ?"[^"\\]*(?:\\.[^"\\]*)*"/;
/** The name stands before the numbers or behind them. */
const EDGE = 2_000;

/** @returns the answer under another model name; megabytes of numbers are not read for it. */
export function namedAnswer(text: string, name: string): string {
  const named = `"model": ${JSON.stringify(name)}`;
  const front = text.slice(0, EDGE);
  if (MODEL.test(front)) return front.replace(MODEL, () => named) + text.slice(EDGE);
  const end = Math.max(EDGE, text.length - EDGE);
  return text.slice(0, end) + text.slice(end).replace(MODEL, () => named);
}
