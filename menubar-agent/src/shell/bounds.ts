/** Where the window was, so that it comes back there. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Rectangle } from 'electron';

export const MIN_SIZE = { width: 760, height: 520 };
const DEFAULT_SIZE = { width: 1180, height: 780 };
/** Of a window so much must be on a display that it can be taken hold of. */
const VISIBLE = { width: 120, height: 60 };

/** What was saved; null when there is none or it is damaged. */
export function readBounds(file: string): Rectangle | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null; // none yet, or half written: the window opens where new ones do
  }
  if (typeof value !== 'object' || value === null) return null;
  const { x, y, width, height } = value as Record<string, unknown>;
  return [x, y, width, height].every(Number.isSafeInteger) ? ({ x, y, width, height } as Rectangle) : null;
}

/** Saves them at once or not at all. */
export function writeBounds(file: string, { x, y, width, height }: Rectangle): void {
  writeFileSync(`${file}.new`, JSON.stringify({ x, y, width, height }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * Where to open the window: where it was, if a display is still there and large enough; else in the middle, at its usual size.
 * @param areas the displays' work areas.
 */
export function placeWindow(saved: Rectangle | null, areas: readonly Rectangle[]): Partial<Rectangle> & { width: number; height: number } {
  const display = saved && areas.find((area) => overlap(saved, area));
  if (!saved || !display) return DEFAULT_SIZE;
  return {
    x: saved.x,
    // A title bar above the display could not be reached.
    y: Math.max(saved.y, display.y),
    width: clamp(saved.width, MIN_SIZE.width, display.width),
    height: clamp(saved.height, MIN_SIZE.height, display.height),
  };
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, Math.max(least, most)));

function overlap(a: Rectangle, b: Rectangle): boolean {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width >= VISIBLE.width && height >= VISIBLE.height;
}
