/** JSON that somebody else wrote. */

/** The object in a text; null when the text is damaged or holds something else: then it describes nothing. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // an engine that loads the file will say what is wrong with it
  }
}
